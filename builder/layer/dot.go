package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("dot", func() Layer { return new(dot) })

// dot multiplies two inputs along an axis of each, after keras/src/layers/merging/dot.py.
type dot struct {
	axes      []int
	normalize bool
	Activity
}

func (l *dot) Schema(b *schema.Block) {
	b.Doc("Dot products of two inputs along an axis of each.", "keras.layers.Dot")
	b.IntOrInts(&l.axes, "axes", "The axis of both inputs, or a list of two: of the first and of the second; the batch is axis 0.")
	b.Bool(&l.normalize, "normalize", "Whether both are divided by their lengths along the axis first, so that the products are cosines.", schema.Default(false))
	l.Activity.Bind(b)
}

// Validate checks the list.
func (l *dot) Validate() error {
	if n := len(l.axes); n != 1 && n != 2 {
		return schema.Atf("axes", "one axis or a list of two is wanted, got a list of %d", n)
	}
	return nil
}

// InputCount is two.
func (*dot) InputCount() (least, most int) { return 2, 2 }

// along are the axes of two shapes, counted without the batch.
func (l *dot) along(shapes ...shape.Shape) ([2]int, error) {
	var out [2]int
	for i, s := range shapes {
		axis := l.axes[0]
		if len(l.axes) == 2 {
			axis = l.axes[i]
		}
		a, err := shape.Axis(axis, len(s))
		if err != nil {
			return out, schema.Atf("axes", "input %d, %s: %w", i, s, err)
		}
		out[i] = a
	}
	return out, nil
}

// Shape is what is left of both, the batch once; [1] where nothing is.
func (l *dot) Shape(in []shape.Spec) (shape.Spec, error) {
	for i, x := range in {
		if err := wantFloats(x); err != nil {
			return x, err
		}
		if len(x.Shape) == 0 {
			return x, schema.Atf("axes", "input %d has no axis but the batch", i)
		}
	}
	at, err := l.along(in[0].Shape, in[1].Shape)
	if err != nil {
		return in[0], err
	}
	a, b := in[0].Shape[at[0]], in[1].Shape[at[1]]
	if a != b && a != shape.Unknown && b != shape.Unknown {
		return in[0], schema.Atf("axes", "input 0, %s, has %d elements along axis %d, and input 1, %s, has %d along axis %d: they must be as many",
			in[0], a, at[0]+1, in[1], b, at[1]+1)
	}
	out := slices.Concat(rest(in[0].Shape, at[0]), rest(in[1].Shape, at[1]))
	if len(out) == 0 {
		out = shape.Shape{1}
	}
	if err := wantSize("an output", out); err != nil {
		return in[0], schema.At("axes", err)
	}
	return shape.Of(out...), nil
}

// rest is a shape without one axis.
func rest(s shape.Shape, axis int) shape.Shape {
	return slices.Delete(s.Clone(), axis, axis+1)
}

// Weights is empty.
func (*dot) Weights([]shape.Spec) []Weight { return nil }

// Build is a product of matrices: of the first input, the axis moved to the end, and of the second.
func (l *dot) Build(s *Scope, in []*op.Node) *op.Node {
	d := [2][]int{op.SpecOf(in[0]).Shape, op.SpecOf(in[1]).Shape}
	at, err := l.along(d[0][1:], d[1][1:])
	if err != nil {
		return s.Fail(err)
	}
	var flat [2]*op.Node
	var left []int
	for i, x := range in {
		axis := at[i] + 1
		if l.normalize {
			x = op.UnitLength(s.Graph, x, 1e-7, axis)
		}
		perm := rest(allAxes(len(d[i])), axis)
		x = s.Apply(op.Transpose{Perm: append(perm, axis)}, x)
		others := rest(d[i], axis)[1:]
		left = append(left, others...)
		flat[i] = reshaped(s, x, d[i][0], others.Size(), d[i][axis])
	}
	if len(left) == 0 {
		left = []int{1}
	}
	y := s.Apply(op.MatMul{TransB: true}, flat[0], flat[1])
	return reshaped(s, y, slices.Concat(d[0][:1], left)...)
}

// allAxes counts axes.
func allAxes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
