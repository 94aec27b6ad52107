package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(
	Case{Name: "dense/plain", Def: op.Dense{}, In: []Arg{Floats(3, 5), Floats(5, 4)}, Want: dense(op.Dense{})},
	Case{Name: "dense/bias", Def: op.Dense{Bias: true}, In: []Arg{Floats(2, 3, 7), Floats(7, 17), Floats(17)}, Want: dense(op.Dense{Bias: true})},
	Case{Name: "dense/bias_relu", Def: op.Dense{Bias: true, Relu: true}, In: []Arg{Floats(70, 33), Floats(33, 130), Floats(130)}, Want: dense(op.Dense{Bias: true, Relu: true})},
	Case{Name: "dense/relu", Def: op.Dense{Relu: true}, In: []Arg{Floats(5, 1), Floats(1, 1)}, Want: dense(op.Dense{Relu: true})},
	Case{Name: "dense/long", Def: op.Dense{Bias: true}, In: []Arg{Floats(2, 1100), Floats(1100, 3), Floats(3)}, Want: dense(op.Dense{Bias: true})},
)

var _ = Add(
	droppedCase("relu", op.Dense{Bias: true, Relu: true}, 37, 33, 70),
	droppedCase("linear", op.Dense{}, 19, 7, 131),
	droppedCase("narrow", op.Dense{Bias: true, Relu: true}, 130, 9, 3),
	droppedCase("large", op.Dense{Bias: true, Relu: true}, 133, 65, 257),
)

// droppedCase is a dense layer that drops elements of its output, which also makes its gradient known.
func droppedCase(name string, d op.Dense, rows, in, units int) Case {
	drop := op.Dropout{Rate: 0.3, Stream: 0xbee}
	plain := d
	d.Dropped = &drop
	args := []Arg{Floats(rows, in), Floats(in, units)}
	if d.Bias {
		args = append(args, Floats(units))
	}
	return Case{Name: "dense/dropped_" + name, Def: d, In: args, Want: func(in []Tensor) [][]float64 {
		y := Tensor{Shape: []int{rows, units}, V: dense(plain)(in)[0]}
		return dropout(drop)([]Tensor{y})
	}}
}

func dense(d op.Dense) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x, w := in[0], in[1]
		k, units := w.Shape[0], w.Shape[1]
		var out []float64
		for r := range len(x.V) / k {
			for u := range units {
				s := 0.0
				for i := range k {
					s += x.V[r*k+i] * w.At(i, u)
				}
				if d.Bias {
					s += in[2].V[u]
				}
				if d.Relu {
					s = max(s, 0)
				}
				out = append(out, s)
			}
		}
		return [][]float64{out}
	}
}
