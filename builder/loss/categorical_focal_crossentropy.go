package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("categorical_focal_crossentropy", func() Loss { return new(categoricalFocalCrossentropy) })

// categoricalFocalCrossentropy is -Σ α·(1-p)^γ·y·ln p over the classes (Lin et al., 2018).
// Probabilities are divided by their sum and cut to [1e-7, 1-1e-7].
type categoricalFocalCrossentropy struct {
	categoricalCrossentropy
	alpha, gamma float64
}

func (l *categoricalFocalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Categorical crossentropy that weighs down what is predicted well already.", "keras.losses.CategoricalFocalCrossentropy")
	b.Float(&l.alpha, "alpha", "Factor of all classes.", schema.Default(0.25), schema.AtLeast(0))
	b.Float(&l.gamma, "gamma", "Power of the factor that weighs down easy examples.", schema.Default(2.0), schema.AtLeast(0))
	l.bind(b)
}

// Build returns the values, [batch, ...] without the axis of the classes.
func (l *categoricalFocalCrossentropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	s := op.SpecOf(output).Shape
	axis := l.axis
	if axis < 0 {
		axis += len(s)
	}
	if l.smoothing != 0 { // Keras counts the classes along the last axis
		y = g.Apply(op.Unary{Fn: "affine", A: 1 - l.smoothing, B: l.smoothing / float64(s[len(s)-1])}, y)
	}
	p := output
	if l.fromLogits {
		p = g.Apply(op.Softmax{Axis: axis}, p)
	}
	p = g.Apply(op.Binary{Fn: "div"}, p, g.Apply(op.Reduce{Fn: "sum", Axes: []int{axis}, KeepDims: true}, p))
	p = g.Apply(op.Unary{Fn: "clip", A: 1e-7, B: 1 - 1e-7}, p)
	weight := g.Apply(op.Unary{Fn: "pow", A: l.gamma}, g.Apply(op.Unary{Fn: "affine", A: -1, B: 1}, p))
	each := g.Apply(op.Binary{Fn: "mul"}, weight, g.Apply(op.Binary{Fn: "mul"}, y, g.Apply(op.Unary{Fn: "log"}, p)))
	return g.Apply(op.Scale(-l.alpha), g.Apply(op.Reduce{Fn: "sum", Axes: []int{axis}}, each))
}

// FromLogits implements Probabilistic.
func (l *categoricalFocalCrossentropy) FromLogits() bool { return l.fromLogits }

// Activation implements Probabilistic.
func (l *categoricalFocalCrossentropy) Activation() string { return "softmax" }
