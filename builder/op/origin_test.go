package op_test

import (
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

func TestMultiplyAdds(t *testing.T) {
	f := func(shape ...int) op.Spec { return op.Spec{Shape: shape, DType: op.Float32} }
	window := op.Window{Size: [2]int{3, 3}, Strides: [2]int{2, 2}, Same: true}
	dense := op.Dense{Bias: true}
	conv := op.Conv2D{Window: window, Groups: 2}
	attention := op.Attention{Scale: 1, Sight: op.Sight{Causal: true}}
	narrow := op.Attention{Scale: 1, Sight: op.Sight{Window: 2}}
	lstm := op.LSTM{Recurrent: op.Recurrent{}}
	q, kv := f(2, 3, 4, 5), f(2, 3, 2, 5) // 2 examples of 3 steps, 4 heads of 5, which share 2 groups
	for _, c := range []struct {
		name string
		def  op.Def
		in   []op.Spec
		read []bool
		want int
	}{
		{"dense", dense, []op.Spec{f(6, 7, 3), f(3, 5), f(5)}, []bool{true}, 6 * 7 * 3 * 5},
		{"both gradients", op.DenseGrad{Dense: dense}, []op.Spec{f(6, 3), f(3, 5), f(6, 5), f(6, 5)}, []bool{true, true, true}, 2 * 6 * 3 * 5},
		{"that of the kernel", op.DenseGrad{Dense: dense}, []op.Spec{f(6, 3), f(3, 5), f(6, 5), f(6, 5)}, []bool{false, true, true}, 6 * 3 * 5},
		{"conv2d", conv, []op.Spec{f(2, 9, 8, 4), f(3, 3, 2, 6)}, []bool{true}, 2 * 5 * 4 * 9 * 2 * 6},
		{"its gradients", op.Conv2DGrad{Conv2D: conv}, []op.Spec{f(2, 9, 8, 4), f(3, 3, 2, 6), f(2, 5, 4, 6), f(2, 5, 4, 6)}, []bool{true, true}, 2 * 2 * 5 * 4 * 9 * 2 * 6},
		{"conv2d_transpose", op.Conv2DTranspose{Window: op.Window{Size: [2]int{3, 2}, Strides: [2]int{2, 2}}}, []op.Spec{f(2, 4, 5, 7), f(3, 2, 6, 7)}, []bool{true}, 2 * 4 * 5 * 7 * 3 * 2 * 6},
		{"matmul", op.MatMul{TransA: true}, []op.Spec{f(4, 3, 2), f(4, 3, 5)}, []bool{true}, 4 * 2 * 3 * 5},
		{"causal attention", attention, []op.Spec{q, kv, kv}, []bool{true, true}, 2 * 4 * 6 * 10},
		{"its gradients", op.AttentionGrad{Attention: attention}, []op.Spec{q, kv, kv, q, f(2, 4, 3), q}, []bool{true, true, true}, 2 * 4 * 6 * 20},
		{"attention in a window", narrow, []op.Spec{q, kv, kv}, []bool{true, true}, 2 * 4 * 7 * 10},
		{"lstm", lstm, []op.Spec{f(2, 7, 3), f(5, 20), f(3, 20)}, []bool{true}, 2 * 7 * (3*20 + 5*20)},
		{"its gradients", op.LSTMGrad{LSTM: lstm}, []op.Spec{f(2, 7, 3), f(5, 20), f(3, 20)}, []bool{true, true, true}, 2 * 2 * 7 * (3*20 + 5*20)},
		{"those of its weights", op.LSTMGrad{LSTM: lstm}, []op.Spec{f(2, 7, 3), f(5, 20), f(3, 20)}, []bool{false, true, true}, 2 * 7 * (3*20 + 2*5*20)},
		{"element by element", op.Unary{Fn: "relu"}, []op.Spec{f(6, 3)}, []bool{true}, 0},
	} {
		o := op.Op{Def: c.def, In: c.in}
		if got := o.MultiplyAdds(c.read); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
