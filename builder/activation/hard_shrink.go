package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("hard_shrink", func() Activation { return new(hardShrink) })

// hardShrink drops what is small.
type hardShrink struct{ threshold float64 }

func (a *hardShrink) Schema(b *schema.Block) {
	b.Doc("x where |x| > threshold, else 0.", "keras.activations.hard_shrink")
	b.Float(&a.threshold, "threshold", "Up to what size an element becomes 0.", schema.Default(0.5))
}

// Build applies the function to x.
func (a *hardShrink) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "hard_shrink", A: a.threshold}, x)
}
