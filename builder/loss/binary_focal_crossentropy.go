package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("binary_focal_crossentropy", func() Loss { return new(binaryFocalCrossentropy) })

// binaryFocalCrossentropy is the binary crossentropy times (1-q)^γ, q = yp + (1-y)(1-p) being the
// probability of what is true (Lin et al., 2018), and times the weight of the class if asked.
type binaryFocalCrossentropy struct {
	along
	balanced     bool
	alpha, gamma float64
	fromLogits   bool
	smoothing    float64
}

func (l *binaryFocalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Binary crossentropy that weighs down what is predicted well already.", "keras.losses.BinaryFocalCrossentropy")
	b.Bool(&l.balanced, "apply_class_balancing", "Whether to weigh the classes 1 and 0 by alpha and 1 - alpha.", schema.Default(false))
	b.Float(&l.alpha, "alpha", "Weight of class 1 where classes are balanced.", schema.Default(0.25), schema.AtLeast(0), schema.AtMost(1))
	b.Float(&l.gamma, "gamma", "Power of the factor that weighs down easy examples.", schema.Default(2.0), schema.AtLeast(0))
	b.Bool(&l.fromLogits, "from_logits", "Whether the output is logits, before a sigmoid, instead of probabilities.", schema.Default(false))
	b.Float(&l.smoothing, "label_smoothing", "How far targets are squeezed towards 0.5.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	l.bind(b)
}

// Build returns the values, [batch, ...] without the axis.
func (l *binaryFocalCrossentropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	fn, weight := "binary_focal", -1.0
	if l.fromLogits {
		fn = "binary_logit_focal"
	}
	if l.balanced {
		weight = l.alpha
	}
	return l.apply(g, op.PointLoss{Fn: fn, A: l.smoothing, B: l.gamma, C: weight}, y, output)
}

// FromLogits implements Probabilistic.
func (l *binaryFocalCrossentropy) FromLogits() bool { return l.fromLogits }

// Activation implements Probabilistic.
func (l *binaryFocalCrossentropy) Activation() string { return "sigmoid" }
