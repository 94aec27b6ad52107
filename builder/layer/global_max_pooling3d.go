package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("global_max_pooling3d", func() Layer { return new(globalMaxPooling3D) }, "global_max_pool3d")

// globalMaxPooling3D pools all of a volume.
type globalMaxPooling3D struct{ globalPooling }

func (p *globalMaxPooling3D) Schema(b *schema.Block) {
	b.Doc("Keeps the largest value over a volume, for each channel.", "keras.layers.GlobalMaxPooling3D")
	p.bind(b, 3)
}

// Build is a reduction.
func (p *globalMaxPooling3D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.reduce(s, "max", in[0])
}
