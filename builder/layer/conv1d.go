package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv1d", func() Layer { return new(conv1D) }, "convolution1d")

// conv1D slides a window over a sequence.
type conv1D struct{ convolution }

func (c *conv1D) Schema(b *schema.Block) {
	b.Doc("Slides a window over the steps of a sequence and sums what it sees, once for each filter.", "keras.layers.Conv1D")
	c.bind(b, 1, "causal")
}
