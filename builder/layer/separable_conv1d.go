package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("separable_conv1d", func() Layer { return new(separableConv1D) }, "separable_convolution1d")

// separableConv1D is a depthwise convolution and a mixture of its channels.
type separableConv1D struct{ separable }

func (c *separableConv1D) Schema(b *schema.Block) {
	b.Doc("Slides a window over the steps of a sequence, over each channel by itself, and mixes the channels at each place.", "keras.layers.SeparableConv1D")
	c.bind(b, 1)
}
