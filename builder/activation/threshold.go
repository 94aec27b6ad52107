package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("threshold", func() Activation { return new(threshold) })

// threshold replaces what is not above a limit.
type threshold struct{ threshold, defaultValue float64 }

func (a *threshold) Schema(b *schema.Block) {
	b.Doc("x where x > threshold, else default_value.", "keras.activations.threshold")
	b.Float(&a.threshold, "threshold", "What a value has to exceed to be kept.")
	b.Float(&a.defaultValue, "default_value", "What other values become.")
}

// Build applies the function to x.
func (a *threshold) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "threshold", A: a.threshold, B: a.defaultValue}, x)
}
