package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("mean_iou", func() Metric { return new(meanIoU) }, "mean_io_u")

// meanIoU is the intersection over the union.
type meanIoU struct{ intersection }

func (m *meanIoU) Schema(b *schema.Block) {
	b.Doc("Mean over the classes of the intersection over the union, TP / (TP + FP + FN).", "keras.metrics.MeanIoU")
	m.bindClasses(b)
	m.bindRest(b, false, "mean_io_u")
}
