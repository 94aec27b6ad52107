package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("hard_sigmoid", func() Activation { return new(hardSigmoid) })

// hardSigmoid is sigmoid made of lines.
type hardSigmoid struct{}

func (*hardSigmoid) Schema(b *schema.Block) {
	b.Doc("Sigmoid made of straight lines: x/6 + 1/2 between 0 and 1.", "keras.activations.hard_sigmoid")
}

// Build applies the function to x.
func (*hardSigmoid) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "hard_sigmoid"}, x)
}
