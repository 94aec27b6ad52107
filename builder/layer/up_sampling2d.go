package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("up_sampling2d", func() Layer { return new(upSampling2D) })

// upSampling2D makes an image larger.
type upSampling2D struct{ upSampling }

func (l *upSampling2D) Schema(b *schema.Block) {
	b.Doc("Makes an image larger: repeats its cells, or interpolates between them.", "keras.layers.UpSampling2D")
	l.bind(b, 2)
	b.Enum(&l.method, "interpolation", "How cells between cells are made.", op.ResizeMethods, schema.Default("nearest"))
	l.Activity.Bind(b)
}
