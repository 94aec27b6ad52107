package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(
	adamRows("plain", false, 7, 5, Ints(7, 3, 4)),
	adamRows("amsgrad", true, 7, 5, Ints(7, 3, 4)),
	adamRows("floats", false, 5, 3, Floats(6).Values(0, 4, 4.9, 2, 0, 1)),
	adamRows("one_row", true, 1, 1, Ints(1, 2, 2)),
	adamRows("wide", false, 3, 5000, Ints(3, 4)),
	adamRows("large", false, 900, 33, Ints(900, 40, 30)),
)

// adamRows is the update of a table of so many rows and columns, at the indices.
func adamRows(name string, top bool, rows, size int, indices Arg) Case {
	u := op.Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-7, AMSGrad: top}
	table := func() Arg { return Floats(rows, size) }
	in := []Arg{table(), indices, Floats(append(append([]int(nil), indices.Shape...), size)...), Floats(2).Values(0.0625, 0.25)}
	slots := 2
	if top {
		slots = 3
	}
	for range slots {
		in = append(in, table().From(0, 1))
	}
	return Case{Name: "adam.rows/" + name, Def: op.AdamRows{Adam: u}, In: in, Want: func(in []Tensor) [][]float64 {
		g := make([]float64, rows*size)
		for i, r := range in[1].V {
			for k, d := range in[2].V[i*size:][:size] {
				g[int(r)*size+k] += d
			}
		}
		want := make([][]float64, 1+slots)
		for i, w := range in[0].V {
			m, v := 0.9*in[4].V[i]+0.1*g[i], 0.99*in[5].V[i]+0.01*g[i]*g[i]
			second := v
			want[1], want[2] = append(want[1], m), append(want[2], v)
			if top {
				second = max(in[6].V[i], v)
				want[3] = append(want[3], second)
			}
			want[0] = append(want[0], w-w*0.0625-0.25*m/(math.Sqrt(second)+1e-7))
		}
		return want
	}}
}
