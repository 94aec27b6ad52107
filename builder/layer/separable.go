package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// separable is embedded by separable_conv1d and separable_conv2d, after
// keras/src/layers/convolutional/base_separable_conv.py: a depthwise convolution, whose channels a
// window of one cell then mixes.
type separable struct {
	windowArgs
	filters         int
	depthMultiplier int
	depthwise       WeightArgs
	pointwise       WeightArgs
}

func (c *separable) bind(b *schema.Block, rank int) {
	b.Int(&c.filters, "filters", "Number of output channels.", schema.AtLeast(1), schema.MayBeUnknown())
	c.bindWindow(b, rank)
	bindMultiplier(b, &c.depthMultiplier)
	c.depthwise.Bind(b, "depthwise", "glorot_uniform")
	c.pointwise.Bind(b, "pointwise", "glorot_uniform")
	c.bindRest(b)
}

// Validate checks the lists.
func (c *separable) Validate() error { return c.checkWindow(false) }

// Shape is [positions of the window, filters].
func (c *separable) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, c.rank); err != nil {
		return x, err
	}
	d, p := c.kernelShapes(x)
	return c.shape(x, c.filters, "filters", d, p)
}

func (c *separable) kernelShapes(x shape.Spec) (depthwise, pointwise shape.Shape) {
	channels := x.Shape[c.rank]
	return slices.Concat(c.kernelSize.values(), []int{channels, c.depthMultiplier}),
		slices.Concat(fill(c.rank, 1), []int{multiplied(channels, c.depthMultiplier), c.filters})
}

// Weights are depthwise_kernel [window, channels, depth_multiplier], pointwise_kernel [1...,
// channels·depth_multiplier, filters] and bias [filters].
func (c *separable) Weights(in []shape.Spec) []Weight {
	d, p := c.kernelShapes(in[0])
	w := []Weight{{Name: "depthwise_kernel", Shape: d, Args: c.depthwise}, {Name: "pointwise_kernel", Shape: p, Args: c.pointwise}}
	if c.useBias {
		w = append(w, Weight{Name: "bias", Shape: shape.Shape{c.filters}, Args: c.bias})
	}
	return w
}

// Build is two convolutions.
func (c *separable) Build(s *Scope, in []*op.Node) *op.Node {
	kernel, groups := grouped(s, s.Weight("depthwise_kernel"))
	y := convolve(s, c.window(), groups, false, in[0], kernel, nil)
	one := sliding{size: fill(c.rank, 1), strides: fill(c.rank, 1), padding: "valid"}
	relu := activation.IsRelu(c.activation)
	y = convolve(s, one, 1, relu, y, s.Weight("pointwise_kernel"), c.biasNode(s))
	if relu {
		return y
	}
	return c.activate(s, c.activation, y)
}
