package layer

import (
	"fmt"
	"strings"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// perAxis is an argument with a whole number for each spatial axis of a layer, of which there are
// one, two or three; one number stands for all.
type perAxis struct {
	rank int
	two  [2]int
	list []int
}

func (p *perAxis) bind(b *schema.Block, rank int, name, help string, opts ...schema.Option) {
	*p = perAxis{rank: rank, two: [2]int{-1, -1}}
	switch rank {
	case 1:
		b.IntOrInts(&p.list, name, help+" One number, or a list of it.", opts...)
	case 2:
		b.Pair(&p.two, name, help+" One number, or [height, width].", opts...)
	default:
		b.IntOrInts(&p.list, name, help+" One number, or a list of three: depth, height and width.", opts...)
	}
}

// check refuses a list of the wrong length.
func (p *perAxis) check(name string) error {
	switch n := len(p.list); {
	case p.rank == 1 && n > 1:
		return schema.Atf(name, "one number is wanted, got a list of %d", n)
	case p.rank == 3 && n != 0 && n != 1 && n != 3:
		return schema.Atf(name, "one number or a list of three is wanted, for depth, height and width, got a list of %d", n)
	}
	return nil
}

// values are the numbers of the axes; nil where the argument was left out and has no default.
func (p *perAxis) values() []int {
	switch {
	case p.rank == 2 && p.two[0] >= 0:
		return p.two[:]
	case p.rank == 3 && len(p.list) == 1:
		return []int{p.list[0], p.list[0], p.list[0]}
	case p.rank != 2 && len(p.list) == p.rank:
		return p.list
	}
	return nil
}

// sliding is a window over the spatial axes of a value [batch, spatial axes..., channels].
type sliding struct {
	size, strides []int
	dilation      []int  // nil is 1 everywhere
	padding       string // valid, same, or causal: padded before the first so that nothing sees what comes later
}

// axis is the window along one spatial axis, as axis 0 of an op.Window.
func (w *sliding) axis(i int) op.Window {
	o := op.Window{Size: [2]int{w.size[i], 1}, Strides: [2]int{w.strides[i], 1}, Dilation: [2]int{1, 1}, Same: w.padding == "same"}
	if w.dilation != nil {
		o.Dilation[0] = w.dilation[i]
	}
	return o
}

// causal is how many cells of padding come before the first where the padding is causal, else 0.
func (w *sliding) causal(i int) int {
	if w.padding != "causal" {
		return 0
	}
	o := w.axis(i)
	return o.Extent(0) - 1
}

// planes is the window over two spatial axes from the i-th on.
func (w *sliding) planes(i int) op.Window {
	a, b := w.axis(i), w.axis(i+1)
	return op.Window{
		Size: [2]int{a.Size[0], b.Size[0]}, Strides: [2]int{a.Strides[0], b.Strides[0]},
		Dilation: [2]int{a.Dilation[0], b.Dilation[0]}, Same: a.Same,
	}
}

// line is the window of a layer with one spatial axis as one over an image that is one cell high.
func (w *sliding) line() op.Window {
	a := w.axis(0)
	return op.Window{
		Size: [2]int{1, a.Size[0]}, Strides: [2]int{1, a.Strides[0]}, Dilation: [2]int{1, a.Dilation[0]}, Same: a.Same,
	}
}

// positions is how often the window fits along each spatial axis of x; arg is the argument that sets
// the window's size.
func (w *sliding) positions(arg string, x shape.Spec) ([]int, error) {
	out := make([]int, len(w.size))
	for i := range out {
		n := x.Shape[i]
		if n == shape.Unknown {
			out[i] = shape.Unknown
			continue
		}
		a := w.axis(i)
		if out[i] = a.Out(0, n+w.causal(i)); out[i] < 1 {
			covers := ""
			if w.extent() != sizesText(w.size) {
				covers = fmt.Sprintf(", which with its dilation covers %s,", w.extent())
			}
			return nil, schema.Atf(arg, "a window of %s%s is larger than the input %s with padding \"valid\": make it smaller, or use padding = \"same\"", sizesText(w.size), covers, x)
		}
	}
	return out, nil
}

// extent is what the window covers, dilation included.
func (w *sliding) extent() string {
	var out []int
	for i := range w.size {
		a := w.axis(i)
		out = append(out, a.Extent(0))
	}
	return sizesText(out)
}

// sizesText writes sizes as 3x3.
func sizesText(sizes []int) string {
	parts := make([]string, len(sizes))
	for i, n := range sizes {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, "x")
}

// spatial names the axes of a value of so many spatial axes, as messages show them.
func spatial(rank int) []string {
	return [][]string{{"steps", "channels"}, {"height", "width", "channels"}, {"depth", "height", "width", "channels"}}[rank-1]
}

// wantSpatial refuses what is not a value of floats with so many spatial axes and channels.
func wantSpatial(x shape.Spec, rank int) error {
	if err := wantRank(x, spatial(rank)...); err != nil {
		return err
	}
	return wantFloats(x)
}

// bindPaddings binds Keras' argument padding of layers with a window over one, two or three axes.
func bindPaddings(b *schema.Block, p *string, also ...string) {
	help := "\"valid\": the window stays inside; \"same\": the input is padded so that with strides of 1 the size stays"
	for _, a := range also {
		help += "; \"" + a + "\": it is padded before its first step, so that no output sees a later input"
	}
	b.Enum(p, "padding", help+".", append([]string{"valid", "same"}, also...), schema.Default("valid"))
}
