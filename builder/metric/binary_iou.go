package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("binary_iou", func() Metric { return new(binaryIoU) }, "binary_io_u")

// binaryIoU is the intersection over the union of what is above a threshold and what is not.
type binaryIoU struct{ intersection }

func (m *binaryIoU) Schema(b *schema.Block) {
	b.Doc("Mean over the classes 0 and 1 of the intersection over the union, outputs from a threshold on counting as 1.", "keras.metrics.BinaryIoU")
	m.classes, m.sparseTarget, m.sparseOutput = 2, true, true
	m.threshold = new(float64)
	m.bindTargets(b, schema.Default([]int{0, 1}))
	b.Float(m.threshold, "threshold", "From it on a prediction counts as 1.", schema.Default(0.5))
	m.named.bindAs(b, "binary_io_u")
}
