package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// windowArgs are the arguments of the window that convolutional layers slide, which they embed.
type windowArgs struct {
	rank         int
	kernelSize   perAxis
	strides      perAxis
	padding      string
	dilationRate perAxis
	activation   activation.Activation
	useBias      bool
	bias         WeightArgs
	dataFormat
	Activity
}

// bindWindow binds them; also names paddings besides valid and same.
func (c *windowArgs) bindWindow(b *schema.Block, rank int, also ...string) {
	c.rank = rank
	c.kernelSize.bind(b, rank, "kernel_size", "Size of the window.", schema.AtLeast(1))
	c.strides.bind(b, rank, "strides", "Step of the window.", schema.AtLeast(1), schema.Default(1))
	bindPaddings(b, &c.padding, also...)
	c.bindFormat(b)
	c.dilationRate.bind(b, rank, "dilation_rate", "Distance of neighbouring cells of the window.", schema.AtLeast(1), schema.Default(1))
}

// bindRest binds what comes after the layer's own arguments.
func (c *windowArgs) bindRest(b *schema.Block) {
	activation.Argument(b, &c.activation)
	b.Bool(&c.useBias, "use_bias", "Whether a bias is added.", schema.Default(true))
	c.bias.Bind(b, "bias", "zeros")
	c.Activity.Bind(b)
}

// checkWindow refuses lists of the wrong length and, where alone, strides together with dilation.
func (c *windowArgs) checkWindow(alone bool) error {
	for _, a := range []struct {
		name string
		p    *perAxis
	}{{"kernel_size", &c.kernelSize}, {"strides", &c.strides}, {"dilation_rate", &c.dilationRate}} {
		if err := a.p.check(a.name); err != nil {
			return err
		}
	}
	if s, d := c.strides.values(), c.dilationRate.values(); alone && slices.Max(s) > 1 && slices.Max(d) > 1 {
		return schema.Atf("dilation_rate", "a dilation_rate of %v does not go with strides of %v: one of them must be 1", d, s)
	}
	return nil
}

func (c *windowArgs) window() sliding {
	return sliding{size: c.kernelSize.values(), strides: c.strides.values(), dilation: c.dilationRate.values(), padding: c.padding}
}

// shape is [positions of the window, filters] after the activation. kernels are the shapes of the
// weights, arg the argument that makes them large.
func (c *windowArgs) shape(x shape.Spec, filters int, arg string, kernels ...shape.Shape) (shape.Spec, error) {
	w := c.window()
	out, err := w.positions("kernel_size", x)
	if err != nil {
		return x, err
	}
	return c.sized(x, append(out, filters), arg, kernels...)
}

// sized checks how large weights and output are, and applies the activation's rule.
func (c *windowArgs) sized(x shape.Spec, out shape.Shape, arg string, kernels ...shape.Shape) (shape.Spec, error) {
	for _, k := range kernels {
		if err := wantSize("a kernel", k); err != nil {
			return x, schema.At(arg, err)
		}
	}
	if err := wantSize("an output", out); err != nil {
		return x, schema.At(arg, err)
	}
	out, err := c.activated(c.activation, out)
	if err != nil {
		return x, schema.At("activation", err)
	}
	return shape.Of(out...), nil
}

// biasNode is the bias, or nil.
func (c *windowArgs) biasNode(s *Scope) *op.Node {
	if !c.useBias {
		return nil
	}
	return s.Weight("bias")
}

// build convolves, with the activation in the operation where it is relu.
func (c *windowArgs) build(s *Scope, groups int, x, kernel *op.Node) *op.Node {
	relu := activation.IsRelu(c.activation)
	y := convolve(s, c.window(), groups, relu, x, kernel, c.biasNode(s))
	if relu {
		return y
	}
	return c.activate(s, c.activation, y)
}

// convolution is embedded by conv1d and conv3d, after keras/src/layers/convolutional/base_conv.py.
type convolution struct {
	windowArgs
	filters int
	groups  int
	kernel  WeightArgs
	lora
}

func (c *convolution) bind(b *schema.Block, rank int, also ...string) {
	b.Int(&c.filters, "filters", "Number of output channels.", schema.AtLeast(1), schema.MayBeUnknown())
	c.bindWindow(b, rank, also...)
	b.Int(&c.groups, "groups", "Number of parts into which the channels are divided, each with filters of its own.", schema.AtLeast(1), schema.Default(1))
	c.kernel.Bind(b, "kernel", "glorot_uniform")
	c.bindRest(b)
	c.bindLora(b, "kernel")
}

// Validate refuses what Keras refuses whatever the input is.
func (c *convolution) Validate() error {
	if c.filters%c.groups != 0 {
		return schema.Atf("filters", "%d filters cannot be divided among %d groups", c.filters, c.groups)
	}
	if err := c.checkLora(c.kernel, "kernel"); err != nil {
		return err
	}
	return c.checkWindow(true)
}

// Shape is [positions of the window, filters].
func (c *convolution) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, c.rank); err != nil {
		return x, err
	}
	if n := x.Shape[c.rank]; n != shape.Unknown && n%c.groups != 0 {
		return x, schema.Atf("groups", "the %d channels of the input %s cannot be divided into %d groups", n, x, c.groups)
	}
	return c.shape(x, c.filters, "filters", c.kernelShape(x))
}

func (c *convolution) kernelShape(x shape.Spec) shape.Shape {
	channels := x.Shape[c.rank]
	if channels != shape.Unknown {
		channels /= c.groups
	}
	return slices.Concat(c.kernelSize.values(), []int{channels, c.filters})
}

// Weights are kernel [window, channels/groups, filters] and bias [filters], and those of low-rank adaptation.
func (c *convolution) Weights(in []shape.Spec) []Weight {
	w := []Weight{{Name: "kernel", Shape: c.kernelShape(in[0]), Args: c.kernel}}
	if c.useBias {
		w = append(w, Weight{Name: "bias", Shape: shape.Shape{c.filters}, Args: c.bias})
	}
	return c.adapted(w, "kernel")
}

// Build convolves.
func (c *convolution) Build(s *Scope, in []*op.Node) *op.Node {
	return c.build(s, c.groups, in[0], c.merged(s, "kernel"))
}
