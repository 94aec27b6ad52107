package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("up_sampling3d", func() Layer { return new(upSampling3D) })

// upSampling3D makes a volume larger.
type upSampling3D struct{ upSampling }

func (l *upSampling3D) Schema(b *schema.Block) {
	b.Doc("Repeats each cell of a volume along its axes.", "keras.layers.UpSampling3D")
	l.bind(b, 3)
	l.Activity.Bind(b)
}
