package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// convTranspose is embedded by the transposed convolutions, after
// keras/src/layers/convolutional/base_conv_transpose.py.
type convTranspose struct {
	windowArgs
	filters       int
	outputPadding perAxis
	kernel        WeightArgs
}

func (c *convTranspose) bind(b *schema.Block, rank int) {
	b.Int(&c.filters, "filters", "Number of output channels.", schema.AtLeast(1), schema.MayBeUnknown())
	c.bindWindow(b, rank)
	c.outputPadding.bind(b, rank, "output_padding", "How many cells more than needed the output has at its end, less than strides. "+
		"When left out, padding = \"same\" makes stride times as many cells as the input has.", schema.AtLeast(0), schema.Optional())
	c.kernel.Bind(b, "kernel", "glorot_uniform")
	c.bindRest(b)
}

// Validate refuses what Keras refuses whatever the input is.
func (c *convTranspose) Validate() error {
	if err := c.outputPadding.check("output_padding"); err != nil {
		return err
	}
	if err := c.checkWindow(true); err != nil {
		return err
	}
	steps := c.strides.values()
	for i, p := range c.outputPadding.values() {
		if p >= steps[i] {
			return schema.Atf("output_padding", "output_padding must be less than strides: it is %d where the stride is %d", p, steps[i])
		}
	}
	return nil
}

// cut is the part of all that the windows cover, (n-1)·stride + extent cells along axis i, that is
// the output: from begin on, size cells, zeros where it is longer. After keras/src/backend/common/
// backend_utils.py: compute_conv_transpose_padding_args_for_jax.
func (c *convTranspose) cut(i, n int) (begin, size int) {
	w := c.window()
	a := w.axis(i)
	extent, step := a.Extent(0), a.Strides[0]
	more := c.outputPadding.values()
	if c.padding != "same" {
		size = (n-1)*step + max(extent, step)
		if more != nil {
			size = (n-1)*step + extent + more[i]
		}
		return 0, size
	}
	size = n * step
	pad := step + extent - 2
	if more != nil {
		size = (n-1)*step + extent%2 + more[i]
		pad = extent + extent%2 - 2 + more[i]
	}
	return extent - 1 - min(pad/2+pad%2, extent-1), size
}

// Shape is the output's size along each axis, filters.
func (c *convTranspose) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, c.rank); err != nil {
		return x, err
	}
	var out shape.Shape
	for i, n := range x.Shape[:c.rank] {
		size := shape.Unknown
		if n != shape.Unknown {
			if _, size = c.cut(i, n); size < 1 {
				return x, schema.Atf("output_padding", "of the %d cells of the input %s nothing is left with this output_padding", n, x)
			}
		}
		out = append(out, size)
	}
	return c.sized(x, append(out, c.filters), "filters", c.kernelShape(x))
}

func (c *convTranspose) kernelShape(x shape.Spec) shape.Shape {
	return slices.Concat(c.kernelSize.values(), []int{c.filters, x.Shape[c.rank]})
}

// Weights are kernel [window, filters, channels] and bias [filters].
func (c *convTranspose) Weights(in []shape.Spec) []Weight {
	w := []Weight{{Name: "kernel", Shape: c.kernelShape(in[0]), Args: c.kernel}}
	if c.useBias {
		w = append(w, Weight{Name: "bias", Shape: shape.Shape{c.filters}, Args: c.bias})
	}
	return w
}

// Build makes all that the windows cover and cuts the output out of it.
func (c *convTranspose) Build(s *Scope, in []*op.Node) *op.Node {
	y := spread(s, c.window(), in[0], s.Weight("kernel"))
	if s.Err() != nil {
		return nil
	}
	d := op.SpecOf(y).Shape
	cut := op.Slice{Begin: make([]int, len(d)), End: slices.Clone(d)}
	pad := op.Pad{Before: make([]int, len(d)), After: make([]int, len(d))}
	cuts, pads := false, false
	for i, n := range op.SpecOf(in[0]).Shape[1 : 1+c.rank] {
		begin, size := c.cut(i, n)
		end := min(d[1+i], begin+size)
		cut.Begin[1+i], cut.End[1+i], pad.After[1+i] = begin, end, begin+size-end
		cuts, pads = cuts || end-begin != d[1+i], pads || begin+size != end
	}
	if cuts {
		y = s.Apply(cut, y)
	}
	if pads {
		y = s.Apply(pad, y)
	}
	if c.useBias {
		y = s.Apply(op.Binary{Fn: "add"}, y, s.Weight("bias"))
	}
	return c.activate(s, c.activation, y)
}

// spread is op.Conv2DTranspose over one, two or three spatial axes, without padding; see convolve.
func spread(s *Scope, w sliding, x, kernel *op.Node) *op.Node {
	if s.Err() != nil {
		return nil
	}
	w.padding = "valid"
	d, k := op.SpecOf(x).Shape, op.SpecOf(kernel).Shape
	switch len(w.size) {
	case 1:
		y := s.Apply(op.Conv2DTranspose{Window: w.line()}, reshaped(s, x, d[0], 1, d[1], d[2]), reshaped(s, kernel, 1, k[0], k[1], k[2]))
		if s.Err() != nil {
			return nil
		}
		out := op.SpecOf(y).Shape
		return reshaped(s, y, out[0], out[2], out[3])
	case 2:
		return s.Apply(op.Conv2DTranspose{Window: w.planes(0)}, x, kernel)
	}
	// The planes that each plane of the input lays along the depth are channels at first.
	size, filters := k[0], k[3]
	kernel = s.Apply(op.Transpose{Perm: []int{1, 2, 0, 3, 4}}, kernel)
	y := s.Apply(op.Conv2DTranspose{Window: w.planes(1)}, reshaped(s, x, d[0]*d[1], d[2], d[3], d[4]), reshaped(s, kernel, k[1], k[2], size*filters, k[4]))
	if s.Err() != nil {
		return nil
	}
	out := op.SpecOf(y).Shape
	y = reshaped(s, y, d[0], d[1], out[1], out[2], size*filters)
	var sum *op.Node
	for t := range size {
		if s.Err() != nil {
			return nil
		}
		p := s.Apply(op.SliceAxis(op.SpecOf(y), 4, t*filters, (t+1)*filters), y)
		p = along(s, w.axis(0), t, p)
		if sum == nil {
			sum = p
		} else {
			sum = s.Apply(op.Binary{Fn: "add"}, sum, p)
		}
	}
	return sum
}

// along puts the planes that cell t of a window lays, one for each position, where they belong along
// axis 1, zeros between them.
func along(s *Scope, w op.Window, t int, x *op.Node) *op.Node {
	if s.Err() != nil {
		return nil
	}
	d := op.SpecOf(x).Shape
	step, gap := w.Strides[0], max(1, w.Dilation[0])
	n := d[1]
	if step > 1 {
		x = reshaped(s, x, slices.Concat(d[:2], []int{1}, d[2:])...)
		after := make([]int, len(d)+1)
		after[2] = step - 1
		x = s.Apply(op.Pad{Before: make([]int, len(d)+1), After: after}, x)
		x = reshaped(s, x, slices.Concat([]int{d[0], n * step}, d[2:])...)
		if s.Err() != nil {
			return nil
		}
		n = (n-1)*step + 1
		x = s.Apply(op.SliceAxis(op.SpecOf(x), 1, 0, n), x)
	}
	before, after := make([]int, len(d)), make([]int, len(d))
	before[1], after[1] = t*gap, w.Extent(0)-1-t*gap
	return s.Apply(op.Pad{Before: before, After: after}, x)
}
