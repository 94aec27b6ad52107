package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv1d_transpose", func() Layer { return new(conv1DTranspose) }, "convolution1d_transpose")

// conv1DTranspose is the transpose of the linear map that a convolution is.
type conv1DTranspose struct{ convTranspose }

func (c *conv1DTranspose) Schema(b *schema.Block) {
	b.Doc("Makes a longer sequence of its input: each cell lays the window, times its value, into the output, a stride apart, and what overlaps is summed.", "keras.layers.Conv1DTranspose")
	c.bind(b, 1)
}
