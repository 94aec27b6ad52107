package optest

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(sortCases()...)

func sortCases() []Case {
	var out []Case
	for _, down := range []bool{false, true} {
		for _, in := range []Arg{Floats(7), Floats(3, 1), Floats(4, 5), Floats(2, 3, 17), Floats(5, 4099), grid(Floats(3, 12), 0)} {
			c := Case{
				Name: fmt.Sprintf("sort/%v descending %v, equal ones %v", in.Shape, down, in.Given != nil), Def: op.Sort{Descending: down}, In: []Arg{in},
				Want: func(t []Tensor) [][]float64 {
					n := t[0].Shape[len(t[0].Shape)-1]
					var values, places []float64
					for at := 0; at < len(t[0].V); at += n {
						row := t[0].V[at : at+n]
						p := make([]int, n)
						for i := range p {
							p[i] = i
						}
						slices.SortStableFunc(p, func(i, j int) int {
							switch a, b := row[i], row[j]; {
							case a == b:
								return 0
							case (a < b) != down:
								return -1
							}
							return 1
						})
						for _, i := range p {
							values, places = append(values, row[i]), append(places, float64(i))
						}
					}
					return [][]float64{values, places}
				},
			}
			if in.Given != nil || in.Shape[len(in.Shape)-1] > 1000 {
				c.NoGrad = []int{0} // finite differences change the order
			}
			out = append(out, c)
		}
	}
	return out
}
