package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("max_pooling3d", func() Layer { return new(maxPooling3D) }, "max_pool3d")

// maxPooling3D pools a volume.
type maxPooling3D struct{ pooling }

func (p *maxPooling3D) Schema(b *schema.Block) {
	b.Doc("Keeps the largest value below a sliding window, for each channel.", "keras.layers.MaxPooling3D")
	p.bind(b, 3, schema.Default(2))
}

// Build pools.
func (p *maxPooling3D) Build(s *Scope, in []*op.Node) *op.Node {
	return pooled(s, p.window(), spatial.Max, in[0])
}
