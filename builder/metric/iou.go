package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("iou", func() Metric { return new(iou) }, "io_u")

// iou is the intersection over the union.
type iou struct{ intersection }

func (m *iou) Schema(b *schema.Block) {
	b.Doc("Mean over some classes of the intersection over the union, TP / (TP + FP + FN).", "keras.metrics.IoU")
	m.bindClasses(b)
	m.bindTargets(b)
	m.bindRest(b, false, "io_u")
}
