package loss

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_categorical_crossentropy", func() Loss { return new(sparseCategoricalCrossentropy) })

// sparseCategoricalCrossentropy is -ln p of the class whose number is the target. See
// op.Crossentropy for what happens to probabilities and logits.
type sparseCategoricalCrossentropy struct {
	reduced
	fromLogits  bool
	ignoreClass *int
	axis        int
}

func (l *sparseCategoricalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of targets that are class numbers, from 0.", "keras.losses.SparseCategoricalCrossentropy",
		"A target that is not the number of a class is an error.")
	b.Bool(&l.fromLogits, "from_logits", "Whether the output is logits, before a softmax, instead of probabilities.", schema.Default(false))
	b.OptInt(&l.ignoreClass, "ignore_class", "A target of this number does not count.")
	b.Int(&l.axis, "axis", "Axis of the classes; the batch counts as 0.", schema.Default(-1))
	l.bind(b)
}

// Target is a class number for each position of the output, perhaps in an axis of size 1.
func (l *sparseCategoricalCrossentropy) Target(target, output shape.Spec) (shape.Spec, error) {
	target.DType = shape.Int32
	if !output.Known || !target.Known {
		return target, nil
	}
	axis, err := shape.Axis(l.axis, len(output.Shape))
	if err != nil {
		return target, err
	}
	want := append(output.Shape[:axis].Clone(), output.Shape[axis+1:]...)
	if target.Shape.Fits(want) {
		target.Shape = join(target.Shape, want)
		return target, nil
	}
	open := output.Shape.Clone()
	open[axis] = 1
	if target.Shape.Fits(open) {
		target.Shape = join(target.Shape, open)
		return target, nil
	}
	hint := ""
	if target.Shape.Fits(output.Shape) {
		hint = "; if it is one-hot, the loss is categorical_crossentropy"
	}
	return target, fmt.Errorf("this loss wants one class number where the output has %s classes, so the shape %s%s",
		count(output.Shape[axis]), want, hint)
}

func count(n int) string {
	if n == shape.Unknown {
		return "the"
	}
	return fmt.Sprint(n)
}

// Build returns the values, [batch, ...] without the axis of the classes.
func (l *sparseCategoricalCrossentropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	p := op.SpecOf(output).Shape
	c := op.Crossentropy{Sparse: true, FromLogits: l.fromLogits, Axis: l.axis}
	if c.Axis < 0 {
		c.Axis += len(p)
	}
	if l.ignoreClass != nil {
		c.HasIgnore, c.Ignore = true, *l.ignoreClass
	}
	if ys := op.SpecOf(y).Shape; len(ys) == len(p) && c.Axis < len(ys) {
		y = g.Apply(op.Reshape{To: append(append([]int{}, ys[:c.Axis]...), ys[c.Axis+1:]...)}, y)
	}
	return g.Apply(c, y, output)
}

// FromLogits implements Probabilistic.
func (l *sparseCategoricalCrossentropy) FromLogits() bool { return l.fromLogits }

// Activation implements Probabilistic.
func (l *sparseCategoricalCrossentropy) Activation() string { return "softmax" }
