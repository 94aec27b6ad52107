package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adaptive_max_pooling3d", func() Layer { return new(adaptiveMaxPooling3D) })

// adaptiveMaxPooling3D pools a volume to a size.
type adaptiveMaxPooling3D struct{ adaptivePooling }

func (p *adaptiveMaxPooling3D) Schema(b *schema.Block) {
	b.Doc("Divides a volume into as many windows as are wanted and keeps the largest value of each, for each channel.", "keras.layers.AdaptiveMaxPooling3D")
	p.bind(b, 3)
}

// Build pools.
func (p *adaptiveMaxPooling3D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.pooled(s, spatial.Max, in[0])
}
