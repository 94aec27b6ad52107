package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(
	Case{Name: "embedding/words", Def: op.Embedding{}, In: []Arg{Ints(7, 3, 4), Floats(7, 5)}, Want: embedding},
	Case{Name: "embedding/floats", Def: op.Embedding{}, In: []Arg{Floats(6).Values(0, 4, 4.9, 2, 0, 1), Floats(5, 3)}, NoGrad: []int{0}, Want: embedding},
	Case{Name: "embedding/one_row", Def: op.Embedding{}, In: []Arg{Ints(1, 2, 2, 2), Floats(1, 1)}, Want: embedding},
	Case{Name: "embedding/large", Def: op.Embedding{}, In: []Arg{Ints(900, 40, 30), Floats(900, 33)}, Want: embedding},
)

func embedding(in []Tensor) [][]float64 {
	var out []float64
	size := in[1].Shape[1]
	for _, i := range in[0].V {
		out = append(out, in[1].V[int(i)*size:][:size]...)
	}
	return [][]float64{out}
}
