package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/builder/spatial"
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

// Shape is the output's size along each axis, filters.
func (c *convTranspose) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, c.rank); err != nil {
		return x, err
	}
	var out shape.Shape
	sw := c.window()
	w := sw.window()
	for i, n := range x.Shape[:c.rank] {
		size := shape.Unknown
		if n != shape.Unknown {
			if _, size = w.Transposed(c.outputPadding.values(), i, n); size < 1 {
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
	w := c.window()
	y := spatial.Transpose(s.Graph, w.window(), c.outputPadding.values(), in[0], s.Weight("kernel"))
	if c.useBias {
		y = s.Apply(op.Binary{Fn: "add"}, y, s.Weight("bias"))
	}
	return c.activate(s, c.activation, y)
}
