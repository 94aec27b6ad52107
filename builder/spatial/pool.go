package spatial

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// A Pool makes the operation that pools below a window of two axes.
type Pool func(w op.Window) op.Def

// Max pools to the largest cell.
func Max(w op.Window) op.Def { return op.MaxPool2D{Window: w} }

// Average pools to the mean of the cells that are no padding.
func Average(w op.Window) op.Def { return op.AvgPool2D{Window: w} }

// Pooled pools over one, two or three axes. Maximum and mean of a volume are those of its planes' maxima
// and means: below one window all planes have as many cells, padding left out.
func Pooled(g *op.Graph, w Window, of Pool, x *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	d := op.SpecOf(x).Shape
	if len(w.Size) == 2 {
		return g.Apply(of(w.planes(0)), x)
	}
	if len(w.Size) == 1 { // as Convolve has one axis, so that a convolution can do the pooling behind it
		y := g.Apply(of(w.line()), reshaped(g, x, d[0], 1, d[1], d[2]))
		if g.Err() != nil {
			return nil
		}
		return reshaped(g, y, d[0], op.SpecOf(y).Shape[2], d[2])
	}
	y := g.Apply(of(w.planes(1)), reshaped(g, x, d[0]*d[1], d[2], d[3], d[4]))
	if g.Err() != nil {
		return nil
	}
	out := op.SpecOf(y).Shape
	y = g.Apply(of(w.Axis(0)), reshaped(g, y, d[0], d[1], out[1]*out[2], d[4]))
	if g.Err() != nil {
		return nil
	}
	return reshaped(g, y, d[0], op.SpecOf(y).Shape[1], out[1], out[2], d[4])
}

// AdaptiveAxis pools the n cells along an axis into m, after keras/src/backend/jax/nn.py: adaptive_average_pool. Window i of
// m goes from ⌊i·n/m⌋ up to, but without, ⌈(i+1)·n/m⌉. Where windows are of one size and as far apart
// it is one operation. Else they are of two sizes; windows of both are laid everywhere, and those that
// are wanted cut out.
func AdaptiveAxis(g *op.Graph, of Pool, x *op.Node, axis, m int) *op.Node {
	d := op.SpecOf(x).Shape
	n := d[axis]
	line := reshaped(g, x, product(d[:axis]), n, 1, product(d[axis+1:]))
	apply := func(size, step int) *op.Node {
		return g.Apply(of(op.Window{Size: [2]int{size, 1}, Strides: [2]int{step, 1}}), line)
	}
	out := slices.Clone(d)
	out[axis] = m
	if n%m == 0 {
		return reshaped(g, apply(n/m, n/m), out...)
	}
	laid := map[int]*op.Node{} // by size
	var parts []*op.Node
	for i := range m {
		begin, end := i*n/m, ((i+1)*n+m-1)/m
		if laid[end-begin] == nil {
			laid[end-begin] = apply(end-begin, 1)
		}
		if g.Err() != nil {
			return nil
		}
		all := laid[end-begin]
		parts = append(parts, g.Apply(op.SliceAxis(op.SpecOf(all), 1, begin, begin+1), all))
	}
	return reshaped(g, g.Apply(op.Concat{Axis: 1}, parts...), out...)
}

func product(sizes []int) int {
	n := 1
	for _, d := range sizes {
		n *= d
	}
	return n
}
