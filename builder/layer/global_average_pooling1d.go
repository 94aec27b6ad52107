package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("global_average_pooling1d", func() Layer { return new(globalAveragePooling1D) }, "global_avg_pool1d")

// globalAveragePooling1D takes the mean over a sequence.
type globalAveragePooling1D struct{ globalPooling }

func (p *globalAveragePooling1D) Schema(b *schema.Block) {
	b.Doc("Takes the mean over the steps of a sequence, for each channel; steps that are masked do not count.", "keras.layers.GlobalAveragePooling1D")
	p.bind(b, 1)
}

// Build is a reduction: with a mask, the sum of what counts over how many count.
func (p *globalAveragePooling1D) Build(s *Scope, in []*op.Node) *op.Node {
	m := s.Mask()
	if m == nil {
		return p.reduce(s, "mean", in[0])
	}
	d := op.SpecOf(in[0]).Shape
	m = reshaped(s, m, d[0], d[1], 1)
	sum := p.reduce(s, "sum", s.Apply(op.Binary{Fn: "mul"}, in[0], m))
	return s.Apply(op.Binary{Fn: "div"}, sum, p.reduce(s, "sum", m))
}
