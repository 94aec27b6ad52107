package layer

import (
	"fmt"
	"strings"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/builder/spatial"
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

// window is the window as the graph's builders know it.
func (w *sliding) window() spatial.Window {
	return spatial.Window{Size: w.size, Strides: w.strides, Dilation: w.dilation, Padding: w.padding}
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
		if out[i] = w.window().Out(i, n); out[i] < 1 {
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
		out = append(out, w.window().Axis(i).Extent(0))
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

// spatialAxes names the axes of a value of so many spatial axes, as messages show them.
func spatialAxes(rank int) []string {
	return [][]string{{"steps", "channels"}, {"height", "width", "channels"}, {"depth", "height", "width", "channels"}}[rank-1]
}

// wantSpatial refuses what is not a value of floats with so many spatial axes and channels.
func wantSpatial(x shape.Spec, rank int) error {
	if err := wantRank(x, spatialAxes(rank)...); err != nil {
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
