package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("simple_rnn_cell", func() Layer { return &simpleRNNCell{cellLayer{cell: cell{kind: simpleKind}}} })

// simpleRNNCell is one step of a simple_rnn.
type simpleRNNCell struct{ cellLayer }

func (l *simpleRNNCell) Schema(b *schema.Block) {
	b.Doc("One step of a fully connected recurrent layer; inside an rnn, what it does at each step.", "keras.layers.SimpleRNNCell",
		"The outputs are h, and the state after the step, which is h too.")
	l.bind(b)
}

// simpleKind is the cell of a simple_rnn.
var simpleKind = &cellKind{
	name: "simple_rnn_cell", gates: 1, states: 1,
	bias: func(c *cell) Weight { return Weight{Name: "bias", Shape: shape.Shape{c.units}, Args: c.bias} },
	op:   func(_ *cell, r op.Recurrent) op.Def { return op.SimpleRNN{Recurrent: r} },
	step: simpleStep,
}
