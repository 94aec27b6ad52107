package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("lstm", func() Layer { return &lstm{oneCell(lstmKind)} })

// lstm is a long short-term memory.
type lstm struct{ recurrent }

func (l *lstm) Schema(b *schema.Block) {
	b.Doc("Reads a sequence step by step and carries a long short-term memory along.", "keras.layers.LSTM",
		"The whole sequence is one operation. With return_state the outputs are the sequence or its last step, then the states h and c.", initialNote)
	l.cells[0].Bind(b)
	l.recurrent.Bind(b)
	bindCuDNN(b)
}
