package optest

import "github.com/dlrun/dlrun/builder/op"

// updateCases are steps of an optimizer, with and without weight decay, over short and long weights.
// f returns the new weight of one element and changes its slots; h are the update's own numbers.
// Slots hold numbers from 0 to 1.
func updateCases(name string, d op.Def, slots int, h []float64, f func(w, g float64, s, h []float64) float64) []Case {
	var out []Case
	for _, decay := range []float64{0, 0.0625} {
		for _, shape := range [][]int{{}, {5, 7}, {17000}} {
			hyper := append([]float64{decay}, h...)
			in := []Arg{Floats(shape...), Floats(shape...), Floats(len(hyper)).Values(hyper...)}
			for range slots {
				in = append(in, Floats(shape...).From(0, 1))
			}
			out = append(out, Case{Name: name, Def: d, In: in, Want: func(in []Tensor) [][]float64 {
				want := make([][]float64, 1+slots)
				s := make([]float64, slots)
				for i, w := range in[0].V {
					for k := range s {
						s[k] = in[3+k].V[i]
					}
					want[0] = append(want[0], f(w-w*decay, in[1].V[i], s, h))
					for k := range s {
						want[1+k] = append(want[1+k], s[k])
					}
				}
				return want
			}})
		}
	}
	return out
}
