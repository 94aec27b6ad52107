package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv3d_transpose", func() Layer { return new(conv3DTranspose) }, "convolution3d_transpose")

// conv3DTranspose is the transpose of the linear map that a convolution is.
type conv3DTranspose struct{ convTranspose }

func (c *conv3DTranspose) Schema(b *schema.Block) {
	b.Doc("Makes a larger volume of its input: each cell lays the window, times its value, into the output, a stride apart, and what overlaps is summed.", "keras.layers.Conv3DTranspose")
	c.bind(b, 3)
}
