package loss

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("categorical_crossentropy", func() Loss { return new(categoricalCrossentropy) })

// categoricalCrossentropy is -Σ y·ln p over the classes. See op.Crossentropy for what happens to
// probabilities and logits.
type categoricalCrossentropy struct {
	reduced
	fromLogits bool
	smoothing  float64
	axis       int
}

func (l *categoricalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of one-hot targets, or of any distribution over the classes.", "keras.losses.CategoricalCrossentropy")
	l.bind(b)
}

func (l *categoricalCrossentropy) bind(b *schema.Block) {
	b.Bool(&l.fromLogits, "from_logits", "Whether the output is logits, before a softmax, instead of probabilities.", schema.Default(false))
	b.Float(&l.smoothing, "label_smoothing", "Share of the target that is spread evenly over all classes.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	b.Int(&l.axis, "axis", "Axis of the classes; the batch counts as 0.", schema.Default(-1))
	l.reduced.bind(b)
}

// Target is a distribution over the classes, of the output's shape.
func (l *categoricalCrossentropy) Target(target, output shape.Spec) (shape.Spec, error) {
	target.DType = shape.Float32
	if !output.Known || !target.Known {
		return target, nil
	}
	if _, err := shape.Axis(l.axis, len(output.Shape)); err != nil {
		return target, err
	}
	if !target.Shape.Fits(output.Shape) {
		hint := ""
		if shape.AreLabels(target.Shape, output.Shape) {
			hint = "; if it is a class number, the loss is sparse_categorical_crossentropy, or give the target the transform one_hot"
		}
		return target, fmt.Errorf("this loss wants a number for each class, so the shape of the output%s", hint)
	}
	target.Shape = join(target.Shape, output.Shape)
	return target, nil
}

// Build returns the values, [batch, ...] without the axis of the classes.
func (l *categoricalCrossentropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	c := op.Crossentropy{FromLogits: l.fromLogits, Smoothing: l.smoothing, Axis: l.axis}
	s := op.SpecOf(output).Shape
	if c.Axis < 0 {
		c.Axis += len(s)
	}
	if last := len(s) - 1; c.Axis != last && l.smoothing != 0 { // Keras counts the classes along the last axis
		y = g.Apply(op.Unary{Fn: "affine", A: 1 - l.smoothing, B: l.smoothing / float64(s[last])}, y)
		c.Smoothing = 0
	}
	return g.Apply(c, y, output)
}

// FromLogits implements Probabilistic.
func (l *categoricalCrossentropy) FromLogits() bool { return l.fromLogits }

// Activation implements Probabilistic.
func (l *categoricalCrossentropy) Activation() string { return "softmax" }
