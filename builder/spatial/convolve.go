package spatial

import "github.com/dlrun/dlrun/builder/op"

// Convolve slides a window over one, two or three spatial axes of x [batch, spatial..., channels] and
// sums the products with kernel [window..., channels/groups, filters], + bias [filters] where that is
// not nil, then relu where asked. There is one operation for it, over two axes: one axis is an image
// that is a cell high, three are images whose channels are those of all depths below the window.
func Convolve(g *op.Graph, w Window, groups int, relu bool, x, kernel, bias *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	c := op.Conv2D{Groups: groups, Bias: bias != nil, Relu: relu}
	apply := func(x, kernel *op.Node) *op.Node {
		in := []*op.Node{x, kernel}
		if bias != nil {
			in = append(in, bias)
		}
		return g.Apply(c, in...)
	}
	shape, k := op.SpecOf(x).Shape, op.SpecOf(kernel).Shape
	switch len(w.Size) {
	case 1:
		if before := w.Causal(0); before > 0 {
			x = g.Apply(op.Pad{Before: []int{0, before, 0}, After: []int{0, 0, 0}}, x)
			shape[1] += before
		}
		c.Window = w.line()
		y := apply(reshaped(g, x, shape[0], 1, shape[1], shape[2]), reshaped(g, kernel, 1, k[0], k[1], k[2]))
		if g.Err() != nil {
			return nil
		}
		out := op.SpecOf(y).Shape
		return reshaped(g, y, out[0], out[2], out[3])
	case 2:
		c.Window = w.planes(0)
		return apply(x, kernel)
	}
	c.Window = w.planes(1)
	n, filters, along := shape[0], k[4], w.Axis(0)
	depth := along.Out(0, shape[1])
	x = g.Apply(op.Planes{
		Size: along.Size[0], Stride: along.Strides[0], Gap: max(1, along.Dilation[0]), Before: along.Before(0, shape[1]), Positions: depth, Groups: groups,
	}, x)
	kernel = g.Apply(op.Transpose{Perm: []int{1, 2, 0, 3, 4}}, kernel)
	y := apply(x, reshaped(g, kernel, k[1], k[2], k[0]*k[3], filters))
	if g.Err() != nil {
		return nil
	}
	out := op.SpecOf(y).Shape
	return reshaped(g, y, n, depth, out[1], out[2], filters)
}
