package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("average_pooling1d", func() Layer { return new(averagePooling1D) }, "avg_pool1d")

// averagePooling1D pools a sequence.
type averagePooling1D struct{ pooling }

func (p *averagePooling1D) Schema(b *schema.Block) {
	b.Doc("Takes the mean of the values below a sliding window, for each channel; padding does not count.", "keras.layers.AveragePooling1D")
	p.bind(b, 1, schema.Default(2))
}

// Build pools.
func (p *averagePooling1D) Build(s *Scope, in []*op.Node) *op.Node {
	return pooled(s, p.window(), spatial.Average, in[0])
}
