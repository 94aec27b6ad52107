package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("average_pooling3d", func() Layer { return new(averagePooling3D) }, "avg_pool3d")

// averagePooling3D pools a volume.
type averagePooling3D struct{ pooling }

func (p *averagePooling3D) Schema(b *schema.Block) {
	b.Doc("Takes the mean of the values below a sliding window, for each channel; padding does not count.", "keras.layers.AveragePooling3D")
	p.bind(b, 3, schema.Default(2))
}

// Build pools.
func (p *averagePooling3D) Build(s *Scope, in []*op.Node) *op.Node {
	return pooled(s, p.window(), spatial.Average, in[0])
}
