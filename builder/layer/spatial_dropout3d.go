package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("spatial_dropout3d", func() Layer { return new(spatialDropout3D) })

// spatialDropout3D drops whole channels of a volume.
type spatialDropout3D struct{ spatialDropout }

func (d *spatialDropout3D) Schema(b *schema.Block) {
	b.Doc("While training, sets random channels of a volume to 0 as a whole and scales the others up.", "keras.layers.SpatialDropout3D")
	d.bind(b, 3)
}
