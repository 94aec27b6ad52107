package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("conv2d", func() Layer { return new(conv2D) }, "convolution2d")

// conv2D slides a window over an image and sums what it sees.
type conv2D struct {
	filters      int
	kernelSize   [2]int
	strides      [2]int
	padding      string
	dilationRate [2]int
	groups       int
	activation   activation.Activation
	useBias      bool
	kernel       WeightArgs
	bias         WeightArgs
	lora
	dataFormat
	Activity
}

func (c *conv2D) Schema(b *schema.Block) {
	b.Doc("Slides a window over an image and sums what it sees, once for each filter.", "keras.layers.Conv2D")
	b.Int(&c.filters, "filters", "Number of output channels.", schema.AtLeast(1), schema.MayBeUnknown())
	b.Pair(&c.kernelSize, "kernel_size", "Height and width of the window.", schema.AtLeast(1))
	b.Pair(&c.strides, "strides", "Step of the window.", schema.AtLeast(1), schema.Default(1))
	bindPadding(b, &c.padding)
	c.bindFormat(b)
	b.Pair(&c.dilationRate, "dilation_rate", "Distance of neighbouring cells of the window.", schema.AtLeast(1), schema.Default(1))
	b.Int(&c.groups, "groups", "Number of parts into which the channels are divided, each with filters of its own.", schema.AtLeast(1), schema.Default(1))
	activation.Argument(b, &c.activation)
	b.Bool(&c.useBias, "use_bias", "Whether a bias is added.", schema.Default(true))
	c.kernel.Bind(b, "kernel", "glorot_uniform")
	c.bias.Bind(b, "bias", "zeros")
	c.bindLora(b, "kernel")
	c.Activity.Bind(b)
}

// Validate refuses what Keras refuses whatever the input is.
func (c *conv2D) Validate() error {
	if max(c.strides[0], c.strides[1]) > 1 && max(c.dilationRate[0], c.dilationRate[1]) > 1 {
		return schema.Atf("dilation_rate", "a dilation_rate of %s does not go with strides of %s: one of them must be 1", schema.List(c.dilationRate[:]), schema.List(c.strides[:]))
	}
	if c.filters%c.groups != 0 {
		return schema.Atf("filters", "%d filters cannot be divided among %d groups", c.filters, c.groups)
	}
	return c.checkLora(c.kernel, "kernel")
}

func (c *conv2D) window() op.Window {
	return op.Window{Size: c.kernelSize, Strides: c.strides, Dilation: c.dilationRate, Same: c.padding == "same"}
}

// Shape is [positions of the window, filters].
func (c *conv2D) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantImage(x); err != nil {
		return x, err
	}
	channels := x.Shape[2]
	if channels != shape.Unknown && channels%c.groups != 0 {
		return x, schema.Atf("groups", "the %d channels of the input %s cannot be divided into %d groups", channels, x, c.groups)
	}
	h, w, err := slide(c.window(), "kernel_size", x)
	if err != nil {
		return x, err
	}
	if err := wantSize("a kernel", c.kernelShape(x)); err != nil {
		return x, schema.At("filters", err)
	}
	out := shape.Shape{h, w, c.filters}
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("filters", err)
	}
	out, err = c.activated(c.activation, out)
	if err != nil {
		return x, schema.At("activation", err)
	}
	return shape.Of(out...), nil
}

func (c *conv2D) kernelShape(x shape.Spec) shape.Shape {
	channels := x.Shape[2]
	if channels != shape.Unknown {
		channels /= c.groups
	}
	return shape.Shape{c.kernelSize[0], c.kernelSize[1], channels, c.filters}
}

// Weights are kernel [height, width, channels/groups, filters] and bias [filters], and those of low-rank adaptation.
func (c *conv2D) Weights(in []shape.Spec) []Weight {
	w := []Weight{{Name: "kernel", Shape: c.kernelShape(in[0]), Args: c.kernel}}
	if c.useBias {
		w = append(w, Weight{Name: "bias", Shape: shape.Shape{c.filters}, Args: c.bias})
	}
	return c.adapted(w, "kernel")
}

// Build is one op, with the activation in it where that is relu.
func (c *conv2D) Build(s *Scope, in []*op.Node) *op.Node {
	relu := activation.IsRelu(c.activation)
	args := []*op.Node{in[0], c.merged(s, "kernel")}
	if c.useBias {
		args = append(args, s.Weight("bias"))
	}
	y := s.Apply(op.Conv2D{Window: c.window(), Groups: c.groups, Bias: c.useBias, Relu: relu}, args...)
	if relu {
		return y
	}
	return c.activate(s, c.activation, y)
}

// bindPadding binds Keras' argument padding of layers with a window.
func bindPadding(b *schema.Block, p *string) {
	b.Enum(p, "padding", "\"valid\": the window stays inside the image; \"same\": the image is padded so that with strides of 1 the size stays.",
		[]string{"valid", "same"}, schema.Default("valid"))
}

// slide is the number of positions of a window over the height and width of an image; arg is the
// argument that sets the window's size.
func slide(w op.Window, arg string, x shape.Spec) (height, width int, err error) {
	out := [2]int{}
	for a := range out {
		n := x.Shape[a]
		if n == shape.Unknown {
			out[a] = shape.Unknown
			continue
		}
		if out[a] = w.Out(a, n); out[a] < 1 {
			covers := ""
			if w.Extent(a) != w.Size[a] {
				covers = fmt.Sprintf(", which with its dilation covers %dx%d,", w.Extent(0), w.Extent(1))
			}
			return 0, 0, schema.Atf(arg, "a window of %dx%d%s is larger than the input %s with padding \"valid\": make it smaller, or use padding = \"same\"",
				w.Size[0], w.Size[1], covers, x)
		}
	}
	return out[0], out[1], nil
}
