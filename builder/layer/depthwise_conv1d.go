package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("depthwise_conv1d", func() Layer { return new(depthwiseConv1D) })

// depthwiseConv1D slides a window over each channel of a sequence.
type depthwiseConv1D struct{ depthwise }

func (c *depthwiseConv1D) Schema(b *schema.Block) {
	b.Doc("Slides a window over the steps of a sequence, over each channel by itself.", "keras.layers.DepthwiseConv1D")
	c.bind(b, 1)
}
