package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("elu", func() Layer { return new(elu) })

// elu is an exponential below 0 (Clevert et al., 2016, arXiv:1511.07289).
type elu struct {
	alpha float64
	elementwise
}

func (l *elu) Schema(b *schema.Block) {
	b.Doc("Exponential linear unit: x above 0, alpha * (exp(x) - 1) below.", "keras.layers.ELU")
	b.Float(&l.alpha, "alpha", "Scale of the part below 0.", schema.Default(1.0))
	l.Activity.Bind(b)
}

// Build applies the function.
func (l *elu) Build(s *Scope, in []*op.Node) *op.Node {
	return s.Apply(op.Unary{Fn: "elu", A: l.alpha}, in[0])
}

// moved implements anyOrder.
func (l *elu) moved(int) Layer { return l }
