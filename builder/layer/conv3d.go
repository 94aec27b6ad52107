package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("conv3d", func() Layer { return new(conv3D) }, "convolution3d")

// conv3D slides a window over a volume.
type conv3D struct{ convolution }

func (c *conv3D) Schema(b *schema.Block) {
	b.Doc("Slides a window over a volume, or over the images of a film, and sums what it sees, once for each filter.", "keras.layers.Conv3D")
	c.bind(b, 3)
}
