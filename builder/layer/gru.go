package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("gru", func() Layer { return &gru{oneCell(gruKind)} })

// gru is a gated recurrent unit.
type gru struct{ recurrent }

func (l *gru) Schema(b *schema.Block) {
	b.Doc("Reads a sequence step by step with a gated recurrent unit.", "keras.layers.GRU",
		"The whole sequence is one operation. With return_state the outputs are the sequence or its last step, then the state.", initialNote)
	l.cells[0].Bind(b)
	l.recurrent.Bind(b)
	bindCuDNN(b)
}
