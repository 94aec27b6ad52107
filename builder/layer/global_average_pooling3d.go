package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("global_average_pooling3d", func() Layer { return new(globalAveragePooling3D) }, "global_avg_pool3d")

// globalAveragePooling3D pools all of a volume.
type globalAveragePooling3D struct{ globalPooling }

func (p *globalAveragePooling3D) Schema(b *schema.Block) {
	b.Doc("Takes the mean over a volume, for each channel.", "keras.layers.GlobalAveragePooling3D")
	p.bind(b, 3)
}

// Build is a reduction.
func (p *globalAveragePooling3D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.reduce(s, "mean", in[0])
}
