package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
)

// merge is embedded by the layers that join inputs element by element, as keras/src/layers/merging/
// base_merge.py.
type merge struct{ Activity }

const stretching = "Inputs are stretched to one shape as in NumPy; one of fewer axes gets axes of size 1 after the batch."

// Mask is where one of the inputs has something.
func (merge) Mask(s *Scope, _, masks []*op.Node) *op.Node { return either(s, masks) }

// InputCount is one or more.
func (merge) InputCount() (least, most int) { return 1, -1 }

// Shape is the shape that all inputs stretch to.
func (merge) Shape(in []shape.Spec) (shape.Spec, error) {
	for _, s := range in {
		if err := wantFloats(s); err != nil {
			return shape.Spec{}, err
		}
	}
	out := in[0]
	from := 0 // the input that out is the shape of; the later ones have left it as it is
	for i, s := range in[1:] {
		next, err := stretch(out.Shape, s.Shape)
		if err != nil {
			what := fmt.Sprintf("input %d", from)
			if !out.Shape.Equal(in[from].Shape) {
				what = fmt.Sprintf("inputs 0 to %d, together", i)
			}
			return shape.Spec{}, fmt.Errorf("%s, %s, and input %d, %s, cannot be joined: %w", what, out.Shape, i+1, s.Shape, err)
		}
		if !next.Equal(out.Shape) && next.Equal(s.Shape) {
			from = i + 1
		}
		out.Shape = next
	}
	return out, nil
}

// stretch is the shape that both stretch to. An open axis takes the other's size, if that is not 1.
func stretch(a, b shape.Shape) (shape.Shape, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := a.Clone()
	lead := len(a) - len(b)
	for i, d := range b {
		o := &out[lead+i]
		switch {
		case *o == d || d == 1:
		case *o == 1:
			*o = d
		case d == shape.Unknown:
		case *o == shape.Unknown:
			*o = d
		default:
			return nil, fmt.Errorf("axis %d is %d in one and %d in the other", lead+i+1, *o, d)
		}
	}
	return out, nil
}

// Weights is empty.
func (merge) Weights([]shape.Spec) []Weight { return nil }

// chain joins the first two inputs, then the result and the third, and so on.
func (merge) chain(s *Scope, fn string, in []*op.Node) *op.Node {
	rank := 0
	for _, n := range in {
		rank = max(rank, len(n.Shape()))
	}
	var out *op.Node
	for i, n := range in {
		if d := n.Shape(); len(d) < rank {
			to := make([]int, rank)
			for k := range to {
				to[k] = 1
			}
			to[0] = d[0]
			copy(to[rank-len(d)+1:], d[1:])
			n = s.Apply(op.Reshape{To: to}, n)
		}
		if i == 0 {
			out = n
		} else {
			out = s.Apply(op.Binary{Fn: fn}, out, n)
		}
	}
	return out
}
