package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("spatial_dropout1d", func() Layer { return new(spatialDropout1D) })

// spatialDropout1D drops whole channels of a sequence.
type spatialDropout1D struct{ spatialDropout }

func (d *spatialDropout1D) Schema(b *schema.Block) {
	b.Doc("While training, sets random channels of a sequence to 0 as a whole and scales the others up.", "keras.layers.SpatialDropout1D")
	d.bind(b, 1)
}
