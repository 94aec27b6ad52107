package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("binary_crossentropy", func() Loss { return new(binaryCrossentropy) }, "bce", "BCE")

// binaryCrossentropy is -y·ln p - (1-y)·ln(1-p). Probabilities are cut to [1e-7, 1-1e-7]; logits are
// not, so they train on where probabilities would have no gradient.
type binaryCrossentropy struct {
	along
	fromLogits bool
	smoothing  float64
}

func (l *binaryCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of targets between 0 and 1, each output element by itself.", "keras.losses.BinaryCrossentropy")
	b.Bool(&l.fromLogits, "from_logits", "Whether the output is logits, before a sigmoid, instead of probabilities.", schema.Default(false))
	b.Float(&l.smoothing, "label_smoothing", "How far targets are squeezed towards 0.5.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	l.bind(b)
}

// Build returns the values, [batch, ...] without the axis.
func (l *binaryCrossentropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	fn := "binary_crossentropy"
	if l.fromLogits {
		fn = "binary_logit_crossentropy"
	}
	return l.apply(g, op.PointLoss{Fn: fn, A: l.smoothing}, y, output)
}

// FromLogits implements Probabilistic.
func (l *binaryCrossentropy) FromLogits() bool { return l.fromLogits }

// Activation implements Probabilistic.
func (l *binaryCrossentropy) Activation() string { return "sigmoid" }
