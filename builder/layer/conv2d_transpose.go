package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv2d_transpose", func() Layer { return new(conv2DTranspose) }, "convolution2d_transpose")

// conv2DTranspose is the transpose of the linear map that a convolution is.
type conv2DTranspose struct{ convTranspose }

func (c *conv2DTranspose) Schema(b *schema.Block) {
	b.Doc("Makes a larger image of its input: each cell lays the window, times its value, into the output, a stride apart, and what overlaps is summed.", "keras.layers.Conv2DTranspose")
	c.bind(b, 2)
}
