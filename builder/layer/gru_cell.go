package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("gru_cell", func() Layer { return &gruCell{cellLayer{cell: cell{kind: gruKind}}} })

// gruCell is one step of a gru.
type gruCell struct{ cellLayer }

func (l *gruCell) Schema(b *schema.Block) {
	b.Doc("One step of a gated recurrent unit; inside an rnn, what it does at each step.", "keras.layers.GRUCell",
		"The outputs are h, and the state after the step, which is h too.")
	l.bind(b)
}

// gruKind is the cell of a gru, whose gates are z, r and h.
var gruKind = &cellKind{
	name: "gru_cell", gates: 3, states: 1, gated: true,
	bind: func(c *cell, b *schema.Block) {
		b.Bool(&c.resetAfter, "reset_after", "Whether the reset gate acts on the state after its product with the recurrent kernel, which then has a bias of its own.", schema.Default(true))
	},
	bias: func(c *cell) Weight {
		w := Weight{Name: "bias", Shape: shape.Shape{times(3, c.units)}, Args: c.bias}
		if c.resetAfter {
			w.Shape = shape.Shape{2, times(3, c.units)}
		}
		return w
	},
	op:   func(c *cell, r op.Recurrent) op.Def { return op.GRU{Recurrent: r, ResetAfter: c.resetAfter} },
	step: gruStep,
}
