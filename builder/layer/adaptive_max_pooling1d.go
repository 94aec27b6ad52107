package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adaptive_max_pooling1d", func() Layer { return new(adaptiveMaxPooling1D) })

// adaptiveMaxPooling1D pools the steps of a sequence to a size.
type adaptiveMaxPooling1D struct{ adaptivePooling }

func (p *adaptiveMaxPooling1D) Schema(b *schema.Block) {
	b.Doc("Divides the steps of a sequence into as many windows as are wanted and keeps the largest value of each, for each channel.", "keras.layers.AdaptiveMaxPooling1D")
	p.bind(b, 1)
}

// Build pools.
func (p *adaptiveMaxPooling1D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.pooled(s, spatial.Max, in[0])
}
