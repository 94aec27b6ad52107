package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("one_hot_mean_iou", func() Metric { return new(oneHotMeanIoU) }, "one_hot_mean_io_u")

// oneHotMeanIoU is the intersection over the union.
type oneHotMeanIoU struct{ intersection }

func (m *oneHotMeanIoU) Schema(b *schema.Block) {
	b.Doc("Mean over the classes of the intersection over the union, TP / (TP + FP + FN), of one-hot targets.", "keras.metrics.OneHotMeanIoU")
	m.bindClasses(b)
	m.bindRest(b, true, "one_hot_mean_io_u")
}
