package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("depthwise_conv2d", func() Layer { return new(depthwiseConv2D) })

// depthwiseConv2D slides a window over each channel of an image.
type depthwiseConv2D struct{ depthwise }

func (c *depthwiseConv2D) Schema(b *schema.Block) {
	b.Doc("Slides a window over an image, over each channel by itself.", "keras.layers.DepthwiseConv2D")
	c.bind(b, 2)
}
