package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("soft_shrink", func() Activation { return new(softShrink) })

// softShrink moves everything towards 0.
type softShrink struct{ threshold float64 }

func (a *softShrink) Schema(b *schema.Block) {
	b.Doc("Moves x towards 0 by threshold, and no further.", "keras.activations.soft_shrink")
	b.Float(&a.threshold, "threshold", "How far every element moves towards 0.", schema.Default(0.5))
}

// Build applies the function to x.
func (a *softShrink) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "soft_shrink", A: a.threshold}, x)
}
