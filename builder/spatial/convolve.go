package spatial

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

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
	n, filters := shape[0], k[4]
	x, depth := stack(g, w.Axis(0), groups, x)
	kernel = g.Apply(op.Transpose{Perm: []int{1, 2, 0, 3, 4}}, kernel)
	y := apply(x, reshaped(g, kernel, k[1], k[2], k[0]*k[3], filters))
	if g.Err() != nil {
		return nil
	}
	out := op.SpecOf(y).Shape
	return reshaped(g, y, n, depth, out[1], out[2], filters)
}

// stack makes of x [batch, depth, height, width, channels] one image for each position of the window
// along the depth: [batch·positions, height, width, groups·size·channels/groups], the planes below
// the window beside each other in the channels of each group.
func stack(g *op.Graph, w op.Window, groups int, x *op.Node) (planes *op.Node, positions int) {
	d := op.SpecOf(x).Shape
	n, depth, rest, channels := d[0], d[1], d[2:4], d[4]
	size, step, gap := w.Size[0], w.Strides[0], max(1, w.Dilation[0])
	positions = w.Out(0, depth)
	before := w.Before(0, depth)
	// Each plane of the window begins gap further on, and takes every step-th plane from there.
	after := max(0, (size-1)*gap+positions*step-before-depth)
	x = g.Apply(op.Pad{Before: []int{0, before, 0, 0, 0}, After: []int{0, after, 0, 0, 0}}, x)
	var parts []*op.Node
	for t := range size {
		if g.Err() != nil {
			return nil, positions
		}
		p := g.Apply(op.SliceAxis(op.SpecOf(x), 1, t*gap, t*gap+positions*step), x)
		if step > 1 {
			p = reshaped(g, p, slices.Concat([]int{n, positions, step}, rest, []int{channels})...)
			if g.Err() != nil {
				return nil, positions
			}
			p = g.Apply(op.SliceAxis(op.SpecOf(p), 2, 0, 1), p)
		}
		parts = append(parts, reshaped(g, p, n*positions, rest[0], rest[1], groups, 1, channels/groups))
	}
	planes = parts[0]
	if size > 1 {
		planes = g.Apply(op.Concat{Axis: 4}, parts...)
	}
	return reshaped(g, planes, n*positions, rest[0], rest[1], size*channels), positions
}
