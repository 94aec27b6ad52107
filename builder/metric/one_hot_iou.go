package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("one_hot_iou", func() Metric { return new(oneHotIoU) }, "one_hot_io_u")

// oneHotIoU is the intersection over the union.
type oneHotIoU struct{ intersection }

func (m *oneHotIoU) Schema(b *schema.Block) {
	b.Doc("Mean over some classes of the intersection over the union, TP / (TP + FP + FN), of one-hot targets.", "keras.metrics.OneHotIoU")
	m.bindClasses(b)
	m.bindTargets(b)
	m.bindRest(b, true, "one_hot_io_u")
}
