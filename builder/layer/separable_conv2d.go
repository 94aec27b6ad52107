package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("separable_conv2d", func() Layer { return new(separableConv2D) }, "separable_convolution2d")

// separableConv2D is a depthwise convolution and a mixture of its channels.
type separableConv2D struct{ separable }

func (c *separableConv2D) Schema(b *schema.Block) {
	b.Doc("Slides a window over an image, over each channel by itself, and mixes the channels at each place.", "keras.layers.SeparableConv2D")
	c.bind(b, 2)
}
