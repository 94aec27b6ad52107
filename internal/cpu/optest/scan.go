package optest

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(scanCases()...)

func scanCases() []Case {
	var out []Case
	for _, fn := range []string{"cumsum", "cumprod"} {
		for _, reverse := range []bool{false, true} {
			for _, c := range []struct {
				shape []int
				axis  int
			}{{[]int{6}, 0}, {[]int{3, 5}, 1}, {[]int{5, 3}, 0}, {[]int{2, 7, 4}, 1}, {[]int{1500, 11}, 1}} {
				out = append(out, Case{
					Name: fmt.Sprintf("scan/%s %v %d, reverse %v", fn, c.shape, c.axis, reverse),
					Def:  op.Scan{Fn: fn, Axis: c.axis, Reverse: reverse}, In: []Arg{Floats(c.shape...).From(-1.5, 1.5)},
					Want: func(in []Tensor) [][]float64 {
						return [][]float64{byRows(in[0], c.axis, func(row []float64) []float64 {
							if reverse {
								slices.Reverse(row)
							}
							for i := 1; i < len(row); i++ {
								if fn == "cumsum" {
									row[i] += row[i-1]
								} else {
									row[i] *= row[i-1]
								}
							}
							if reverse {
								slices.Reverse(row)
							}
							return row
						})}
					},
				})
			}
		}
	}
	return append(out, Case{
		Name: "scan/cumprod of zeros", Def: op.Scan{Fn: "cumprod"}, In: []Arg{Floats(5).Values(2, 0, 3, 0, 4)},
		Want: func([]Tensor) [][]float64 { return [][]float64{{2, 0, 0, 0, 0}} },
	})
}
