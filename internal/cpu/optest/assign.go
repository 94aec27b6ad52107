package optest

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(
	Case{Name: "assign", Def: op.Assign{}, In: []Arg{Floats(17003), Floats(17003)}, Want: func(in []Tensor) [][]float64 { return [][]float64{in[1].V} }},
	Case{Name: "assign/first rows", Def: op.Assign{}, In: []Arg{Floats(5, 7, 2), Floats(3, 7, 2)}, Want: func(in []Tensor) [][]float64 {
		return [][]float64{slices.Concat(in[1].V, in[0].V[3*14:])}
	}},
)
