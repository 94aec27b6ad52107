package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// depthwise is embedded by depthwise_conv1d and depthwise_conv2d, after
// keras/src/layers/convolutional/base_depthwise_conv.py: a convolution with a group for each channel.
type depthwise struct {
	windowArgs
	depthMultiplier int
	kernel          WeightArgs
}

func (c *depthwise) bind(b *schema.Block, rank int) {
	c.bindWindow(b, rank)
	bindMultiplier(b, &c.depthMultiplier)
	c.kernel.Bind(b, "depthwise", "glorot_uniform")
	c.bindRest(b)
}

func bindMultiplier(b *schema.Block, p *int) {
	b.Int(p, "depth_multiplier", "Number of filters that each input channel gets.", schema.AtLeast(1), schema.Default(1))
}

// Validate checks the lists.
func (c *depthwise) Validate() error { return c.checkWindow(false) }

// multiplied is the number of channels that a depthwise convolution makes.
func multiplied(channels, multiplier int) int {
	if channels == shape.Unknown {
		return shape.Unknown
	}
	return channels * multiplier
}

// Shape is [positions of the window, channels·depth_multiplier].
func (c *depthwise) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, c.rank); err != nil {
		return x, err
	}
	return c.shape(x, multiplied(x.Shape[c.rank], c.depthMultiplier), "depth_multiplier", c.kernelShape(x))
}

func (c *depthwise) kernelShape(x shape.Spec) shape.Shape {
	return slices.Concat(c.kernelSize.values(), []int{x.Shape[c.rank], c.depthMultiplier})
}

// Weights are kernel [window, channels, depth_multiplier] and bias.
func (c *depthwise) Weights(in []shape.Spec) []Weight {
	w := []Weight{{Name: "kernel", Shape: c.kernelShape(in[0]), Args: c.kernel}}
	if c.useBias {
		w = append(w, Weight{Name: "bias", Shape: shape.Shape{multiplied(in[0].Shape[c.rank], c.depthMultiplier)}, Args: c.bias})
	}
	return w
}

// Build convolves each channel.
func (c *depthwise) Build(s *Scope, in []*op.Node) *op.Node {
	kernel, groups := grouped(s, s.Weight("kernel"))
	return c.build(s, groups, in[0], kernel)
}

// grouped is a kernel [window, channels, multiplier] as one of a convolution with a group for each
// channel: [window, 1, channels·multiplier].
func grouped(s *Scope, kernel *op.Node) (k *op.Node, groups int) {
	if s.Err() != nil {
		return nil, 1
	}
	d := op.SpecOf(kernel).Shape
	last := len(d) - 2
	return reshaped(s, kernel, slices.Concat(d[:last], []int{1, d[last] * d[last+1]})...), d[last]
}
