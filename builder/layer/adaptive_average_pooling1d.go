package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adaptive_average_pooling1d", func() Layer { return new(adaptiveAveragePooling1D) })

// adaptiveAveragePooling1D pools the steps of a sequence to a size.
type adaptiveAveragePooling1D struct{ adaptivePooling }

func (p *adaptiveAveragePooling1D) Schema(b *schema.Block) {
	b.Doc("Divides the steps of a sequence into as many windows as are wanted and takes the mean of each, for each channel.", "keras.layers.AdaptiveAveragePooling1D")
	p.bind(b, 1)
}

// Build pools.
func (p *adaptiveAveragePooling1D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.pooled(s, spatial.Average, in[0])
}
