package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adaptive_average_pooling3d", func() Layer { return new(adaptiveAveragePooling3D) })

// adaptiveAveragePooling3D pools a volume to a size.
type adaptiveAveragePooling3D struct{ adaptivePooling }

func (p *adaptiveAveragePooling3D) Schema(b *schema.Block) {
	b.Doc("Divides a volume into as many windows as are wanted and takes the mean of each, for each channel.", "keras.layers.AdaptiveAveragePooling3D")
	p.bind(b, 3)
}

// Build pools.
func (p *adaptiveAveragePooling3D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.pooled(s, spatial.Average, in[0])
}
