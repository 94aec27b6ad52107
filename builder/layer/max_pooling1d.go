package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("max_pooling1d", func() Layer { return new(maxPooling1D) }, "max_pool1d")

// maxPooling1D pools a sequence.
type maxPooling1D struct{ pooling }

func (p *maxPooling1D) Schema(b *schema.Block) {
	b.Doc("Keeps the largest value below a sliding window, for each channel.", "keras.layers.MaxPooling1D")
	p.bind(b, 1, schema.Default(2))
}

// Build pools.
func (p *maxPooling1D) Build(s *Scope, in []*op.Node) *op.Node {
	return pooled(s, p.window(), spatial.Max, in[0])
}
