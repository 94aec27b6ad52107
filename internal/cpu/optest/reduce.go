package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

// reduced joins the elements of t along axes, in order.
func reduced(fn string, t Tensor, axes []int) []float64 {
	over, err := op.Reduce{Axes: axes}.Over(len(t.Shape))
	if err != nil {
		panic(err)
	}
	n := 1
	for i, d := range t.Shape {
		if !over[i] {
			n *= d
		}
	}
	groups := make([][]float64, n)
	for k, x := range t.V {
		at, r, step := 0, k, 1
		for i := len(t.Shape) - 1; i >= 0; i-- {
			if !over[i] {
				at += r % t.Shape[i] * step
				step *= t.Shape[i]
			}
			r /= t.Shape[i]
		}
		groups[at] = append(groups[at], x)
	}
	out := make([]float64, n)
	for k, g := range groups {
		if len(g) == 0 {
			continue
		}
		y := g[0]
		for _, x := range g[1:] {
			switch fn {
			case "max":
				y = math.Max(y, x)
			case "min":
				y = math.Min(y, x)
			default:
				y += x
			}
		}
		if fn == "mean" {
			y /= float64(len(g))
		}
		out[k] = y
	}
	return out
}

var _ = Add(reduceCases()...)

func reduceCases() []Case {
	var out []Case
	add := func(fn string, keep bool, axes []int, shape ...int) {
		out = append(out, Case{
			Name: fmt.Sprintf("%s %v over %v keep %v", fn, shape, axes, keep),
			Def:  op.Reduce{Fn: fn, Axes: axes, KeepDims: keep}, In: []Arg{Floats(shape...)},
			Want: func(in []Tensor) [][]float64 { return [][]float64{reduced(fn, in[0], axes)} }, Tol32: 2e-5,
		})
	}
	for _, fn := range []string{"sum", "mean", "max", "min"} {
		add(fn, false, nil, 3, 5)
		add(fn, true, nil, 3, 5)
		add(fn, false, []int{-1}, 4, 7)
		add(fn, true, []int{0}, 4, 7)
		add(fn, false, []int{1, 2}, 2, 5, 6, 3)
		add(fn, false, []int{0, 2}, 3, 4, 5)
		add(fn, true, []int{1, 3}, 2, 3, 2, 3)
		add(fn, false, []int{}, 3, 2)
		add(fn, false, []int{0}, 70, 5)       // more rows than a piece
		add(fn, false, nil, 3, 20000)         // more elements than a piece
		add(fn, false, []int{1}, 2, 200, 130) // several tasks
	}
	add("sum", false, []int{0, 2}, 3, 2, 17000)
	add("sum", false, []int{0, 2}, 130, 2, 7)
	add("sum", false, []int{0}, 0, 3)
	return append(out, Case{
		Name: "max, equal shares",
		Def:  op.ReduceGrad{Reduce: op.Reduce{Fn: "max", Axes: []int{1}}},
		In:   []Arg{Floats(3, 4).Values(1, 3, 3, 2, 3, -1, 0, 0, 5, 5, 5, 5), Floats(3).Values(3, 3, 5), Floats(3).Values(2, 7, 3)},
		Want: func([]Tensor) [][]float64 {
			return [][]float64{{0, 1, 1, 0, 7, 0, 0, 0, 0.75, 0.75, 0.75, 0.75}}
		},
	}, Case{
		Name: "min over rows, equal shares",
		Def:  op.ReduceGrad{Reduce: op.Reduce{Fn: "min", Axes: []int{0}, KeepDims: true}},
		In:   []Arg{Floats(3, 2).Values(1, 4, 1, 5, 2, 4), Floats(1, 2).Values(1, 4), Floats(1, 2).Values(2, 6)},
		Want: func([]Tensor) [][]float64 { return [][]float64{{1, 3, 1, 0, 0, 3}} },
	})
}
