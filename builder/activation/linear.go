package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("linear", func() Activation { return new(linear) })

// linear passes its input on.
type linear struct{}

func (*linear) Schema(b *schema.Block) {
	b.Doc("The input itself.", "keras.activations.linear")
}

// Build returns x.
func (*linear) Build(_ *op.Graph, x *op.Node) *op.Node { return x }
