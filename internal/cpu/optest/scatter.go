package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(scatterCases()...)

func scatterCases() []Case {
	var out []Case
	for _, fn := range []string{"update", "add", "max", "min", "mul"} {
		for _, c := range []struct {
			dims     []int
			n, inner int
		}{{[]int{5}, 4, 3}, {[]int{3, 4}, 9, 1}, {[]int{2, 3, 2}, 5, 7}, {[]int{3}, 4, 2500}, {[]int{4}, 0, 2}} {
			o := op.Scatter{Dims: c.dims, Fn: fn}
			var indices []float64
			for j := range c.n {
				for k, d := range c.dims {
					indices = append(indices, float64((j*j+3*j*k+k)%d-d*(j%2))) // negative ones too
				}
			}
			out = append(out, Case{
				Name: fmt.Sprintf("scatter/%s %v, %d of %d", fn, c.dims, c.n, c.inner), Def: o,
				In: []Arg{grid(Floats(o.Rows(), c.inner), 0), Ints(1, c.n, len(c.dims)).Values(indices...), grid(Floats(c.n, c.inner), 0.0625)},
				Want: func(in []Tensor) [][]float64 {
					y := append([]float64(nil), in[0].V...)
					for j := range c.n {
						at := 0
						for k, d := range c.dims {
							at = at*d + (int(in[1].At(j, k))+d)%d
						}
						for k := range c.inner {
							p, x := &y[at*c.inner+k], in[2].At(j, k)
							switch fn {
							case "update":
								*p = x
							case "add":
								*p += x
							case "mul":
								*p *= x
							case "max":
								*p = math.Max(*p, x)
							case "min":
								*p = math.Min(*p, x)
							}
						}
					}
					return [][]float64{y}
				},
			})
		}
	}
	return append(out, Case{
		Name: "scatter.grad/equal ones share", Def: op.ScatterGrad{Scatter: op.Scatter{Dims: []int{2}, Fn: "max"}},
		In:   []Arg{Floats(2, 1).Values(3, 1), Ints(1, 3, 1).Values(0, 0, 1), Floats(3, 1).Values(3, 2, 1), Floats(2, 1).Values(3, 1), Floats(2, 1).Values(4, 6)},
		Want: func([]Tensor) [][]float64 { return [][]float64{{2, 3}, {2, 0, 3}} },
	})
}
