package layer

import "github.com/dlrun/dlrun/builder/op"

// either is 1 where one of the masks is: what Keras' merging layers make of their inputs' masks. It
// is nil where an input has none.
func either(s *Scope, masks []*op.Node) *op.Node {
	var out *op.Node
	for _, m := range masks {
		switch {
		case m == nil:
			return nil
		case out == nil:
			out = m
		default:
			out = s.Apply(op.Binary{Fn: "max"}, out, m)
		}
	}
	return out
}

// ones is a mask of x's first axes that is 1 everywhere.
func ones(s *Scope, x *op.Node, axes int) *op.Node {
	spec := op.SpecOf(x)
	if axes < len(spec.Shape) {
		x = s.Apply(op.Slice{Begin: make([]int, len(spec.Shape)), End: append(append([]int(nil), spec.Shape[:axes]...), fill(len(spec.Shape)-axes, 1)...)}, x)
		x = s.Apply(op.Reshape{To: spec.Shape[:axes]}, x)
	}
	differs := func(from float64) *op.Node { return s.Apply(op.NotEqual{Value: from, To: s.DType}, x) }
	return s.Apply(op.Binary{Fn: "max"}, differs(0), differs(1)) // nothing equals both
}

func fill(n, v int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = v
	}
	return out
}
