package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("simple_rnn", func() Layer { return &simpleRNN{oneCell(simpleKind)} })

// simpleRNN is a fully connected recurrent layer.
type simpleRNN struct{ recurrent }

func (l *simpleRNN) Schema(b *schema.Block) {
	b.Doc("Reads a sequence step by step, the output of a step being an input of the next.", "keras.layers.SimpleRNN",
		"The whole sequence is one operation. With return_state the outputs are the sequence or its last step, then the state.", initialNote)
	l.cells[0].Bind(b)
	l.recurrent.Bind(b)
}
