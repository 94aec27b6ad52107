package spatial

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// Transpose is Spread with the output that padding and output_padding (more, nil where it was left out) say cut out of it.
func Transpose(g *op.Graph, w Window, more []int, x, kernel *op.Node) *op.Node {
	if w.Padding == "same" && more == nil && len(w.Size) < 3 { // what the operation cuts out itself
		return spread(g, w, x, kernel)
	}
	y := Spread(g, w, x, kernel)
	if g.Err() != nil {
		return nil
	}
	d := op.SpecOf(y).Shape
	cut := op.Slice{Begin: make([]int, len(d)), End: slices.Clone(d)}
	pad := op.Pad{Before: make([]int, len(d)), After: make([]int, len(d))}
	cuts, pads := false, false
	for i, n := range op.SpecOf(x).Shape[1 : 1+len(w.Size)] {
		begin, size := w.Transposed(more, i, n)
		end := min(d[1+i], begin+size)
		cut.Begin[1+i], cut.End[1+i], pad.After[1+i] = begin, end, begin+size-end
		cuts, pads = cuts || end-begin != d[1+i], pads || begin+size != end
	}
	if cuts {
		y = g.Apply(cut, y)
	}
	if pads {
		y = g.Apply(pad, y)
	}
	return y
}

// Spread is op.Conv2DTranspose over one, two or three spatial axes, without padding; see Convolve.
func Spread(g *op.Graph, w Window, x, kernel *op.Node) *op.Node {
	w.Padding = "valid"
	return spread(g, w, x, kernel)
}

// spread is Spread with the padding of w.
func spread(g *op.Graph, w Window, x, kernel *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	d, k := op.SpecOf(x).Shape, op.SpecOf(kernel).Shape
	switch len(w.Size) {
	case 1:
		y := g.Apply(op.Conv2DTranspose{Window: w.line()}, reshaped(g, x, d[0], 1, d[1], d[2]), reshaped(g, kernel, 1, k[0], k[1], k[2]))
		if g.Err() != nil {
			return nil
		}
		out := op.SpecOf(y).Shape
		return reshaped(g, y, out[0], out[2], out[3])
	case 2:
		return g.Apply(op.Conv2DTranspose{Window: w.planes(0)}, x, kernel)
	}
	// The planes that each plane of the input lays along the depth are channels at first.
	size, filters := k[0], k[3]
	kernel = g.Apply(op.Transpose{Perm: []int{1, 2, 0, 3, 4}}, kernel)
	y := g.Apply(op.Conv2DTranspose{Window: w.planes(1)}, reshaped(g, x, d[0]*d[1], d[2], d[3], d[4]), reshaped(g, kernel, k[1], k[2], size*filters, k[4]))
	if g.Err() != nil {
		return nil
	}
	out := op.SpecOf(y).Shape
	y = reshaped(g, y, d[0], d[1], out[1], out[2], size*filters)
	var sum *op.Node
	for t := range size {
		if g.Err() != nil {
			return nil
		}
		p := g.Apply(op.SliceAxis(op.SpecOf(y), 4, t*filters, (t+1)*filters), y)
		p = along(g, w.Axis(0), t, p)
		if sum == nil {
			sum = p
		} else {
			sum = g.Apply(op.Binary{Fn: "add"}, sum, p)
		}
	}
	return sum
}

// along puts the planes that cell t of a window lays, one for each position, where they belong along
// axis 1, zeros between them.
func along(g *op.Graph, w op.Window, t int, x *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	d := op.SpecOf(x).Shape
	step, gap := w.Strides[0], max(1, w.Dilation[0])
	n := d[1]
	if step > 1 {
		x = reshaped(g, x, slices.Concat(d[:2], []int{1}, d[2:])...)
		after := make([]int, len(d)+1)
		after[2] = step - 1
		x = g.Apply(op.Pad{Before: make([]int, len(d)+1), After: after}, x)
		x = reshaped(g, x, slices.Concat([]int{d[0], n * step}, d[2:])...)
		if g.Err() != nil {
			return nil
		}
		n = (n-1)*step + 1
		x = g.Apply(op.SliceAxis(op.SpecOf(x), 1, 0, n), x)
	}
	before, after := make([]int, len(d)), make([]int, len(d))
	before[1], after[1] = t*gap, w.Extent(0)-1-t*gap
	return g.Apply(op.Pad{Before: before, After: after}, x)
}
