package cpu_test

import (
	"fmt"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

// The state's part of a convolutional lstm; a step of training is three times the convolutions of the way forward.
func BenchmarkConvLSTM(b *testing.B) {
	for _, s := range [][6]int{{8, 10, 40, 40, 40, 3}, {4, 16, 64, 64, 16, 3}, {16, 12, 8, 8, 64, 3}, {1, 20, 33, 27, 24, 5}} {
		batch, steps, h, w, filters, k := s[0], s[1], s[2], s[3], s[4], s[5]
		b.Run(fmt.Sprintf("%dx%dx%dx%d-%dx%d", batch, steps, h, w, filters, k), func(b *testing.B) {
			n := newNet(batch, steps, 1, h, w, 4*filters)
			n.weights = append(n.weights, n.x) // for its gradient
			n.x = n.g.Apply(op.ConvLSTM{
				Window: op.Window{Size: [2]int{k, k}, Strides: [2]int{1, 1}, Same: true}, Depth: 1,
				Activation: op.Unary{Fn: "tanh"}, Gate: op.Unary{Fn: "sigmoid"}, Sequences: true,
			}, n.x, n.weight(k, k, filters, 4*filters))
			n.bench(b)
		})
	}
}
