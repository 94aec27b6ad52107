package cpu_test

import (
	"fmt"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

// recurrent puts a recurrent layer of that many gates behind the net, whose cell def makes.
func (n *net) recurrent(def func(op.Recurrent) op.Def, gates, units int, biases ...int) *net {
	in := n.x.Shape()[2]
	r := op.Recurrent{Activation: op.Unary{Fn: "tanh"}, Gate: op.Unary{Fn: "sigmoid"}, Bias: true}
	w := n.weight(in, gates*units)
	n.x = n.g.Apply(def(r), n.x, n.weight(units, gates*units), w, n.weight(append(biases, gates*units)...))
	return n
}

func lstm(r op.Recurrent) op.Def { return op.LSTM{Recurrent: r} }
func gru(r op.Recurrent) op.Def  { return op.GRU{Recurrent: r, ResetAfter: true} }

func simpleRNN(r op.Recurrent) op.Def {
	r.Gate = op.Unary{}
	return op.SimpleRNN{Recurrent: r}
}

// A step of training is three times the products of the way forward.
func BenchmarkRecurrent(b *testing.B) {
	for _, s := range [][4]int{{32, 200, 128, 128}, {1, 200, 128, 128}, {5, 17, 64, 100}, {128, 50, 128, 256}, {512, 20, 32, 64}} {
		batch, steps, in, units := s[0], s[1], s[2], s[3]
		size := fmt.Sprintf("/%dx%dx%d-%d", batch, steps, in, units)
		run := func(name string, gates int, def func(op.Recurrent) op.Def, biases ...int) {
			b.Run(name+size, func(b *testing.B) {
				n := newNet(batch, steps, in)
				n.weights = append(n.weights, n.x) // for its gradient
				n.recurrent(def, gates, units, biases...).bench(b)
			})
		}
		run("lstm", 4, lstm)
		run("gru", 3, gru, 2)
		run("simple_rnn", 1, simpleRNN)
	}
}
