package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("spatial_dropout2d", func() Layer { return new(spatialDropout2D) })

// spatialDropout2D drops whole channels of a image.
type spatialDropout2D struct{ spatialDropout }

func (d *spatialDropout2D) Schema(b *schema.Block) {
	b.Doc("While training, sets random channels of a image to 0 as a whole and scales the others up.", "keras.layers.SpatialDropout2D")
	d.bind(b, 2)
}
