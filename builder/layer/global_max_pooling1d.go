package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("global_max_pooling1d", func() Layer { return new(globalMaxPooling1D) }, "global_max_pool1d")

// globalMaxPooling1D pools all of the steps of a sequence.
type globalMaxPooling1D struct{ globalPooling }

func (p *globalMaxPooling1D) Schema(b *schema.Block) {
	b.Doc("Keeps the largest value over the steps of a sequence, for each channel.", "keras.layers.GlobalMaxPooling1D")
	p.bind(b, 1)
}

// Build is a reduction.
func (p *globalMaxPooling1D) Build(s *Scope, in []*op.Node) *op.Node {
	return p.reduce(s, "max", in[0])
}
