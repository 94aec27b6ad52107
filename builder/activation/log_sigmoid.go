package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("log_sigmoid", func() Activation { return new(logSigmoid) })

// logSigmoid is the logarithm of sigmoid.
type logSigmoid struct{}

func (*logSigmoid) Schema(b *schema.Block) {
	b.Doc("Logarithm of the sigmoid.", "keras.activations.log_sigmoid")
}

// Build applies the function to x.
func (*logSigmoid) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "log_sigmoid"}, x)
}
