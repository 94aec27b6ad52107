package layer

import (
	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("lstm_cell", func() Layer { return &lstmCell{cellLayer{cell: cell{kind: lstmKind}}} })

// lstmCell is one step of an lstm.
type lstmCell struct{ cellLayer }

func (l *lstmCell) Schema(b *schema.Block) {
	b.Doc("One step of a long short-term memory; inside an rnn, what it does at each step.", "keras.layers.LSTMCell",
		"The outputs are h, and the states after the step, h and c.")
	l.bind(b)
}

// lstmKind is the cell of an lstm, whose gates are i, f, c and o.
var lstmKind = &cellKind{
	name: "lstm_cell", gates: 4, states: 2, gated: true,
	bind: func(c *cell, b *schema.Block) {
		b.Bool(&c.forgetBias, "unit_forget_bias", "Whether the bias of the forget gate starts with ones.", schema.Default(true))
	},
	bias: func(c *cell) Weight {
		w := Weight{Name: "bias", Shape: shape.Shape{times(4, c.units)}, Args: c.bias}
		if c.forgetBias {
			w.Args.Initializer = unitForget{w.Args.Initializer}
		}
		return w
	},
	op:   func(_ *cell, r op.Recurrent) op.Def { return op.LSTM{Recurrent: r} },
	step: lstmStep,
}

// unitForget fills the bias of the second of four gates with ones, and leaves the others to an initializer.
type unitForget struct{ initializer.Initializer }

// Fill fills the first quarter, and the last two together, as Keras does.
func (u unitForget) Fill(w []float32, _ []int, key initializer.Key) error {
	n := len(w) / 4
	if err := u.Initializer.Fill(w[:n], []int{n}, key); err != nil {
		return err
	}
	for i := n; i < 2*n; i++ {
		w[i] = 1
	}
	key.Stream++
	return u.Initializer.Fill(w[2*n:], []int{2 * n}, key)
}
