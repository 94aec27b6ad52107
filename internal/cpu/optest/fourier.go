package optest

import (
	"fmt"
	"math"
	"math/cmplx"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(fourierCases()...)

func fourierCases() []Case {
	var out []Case
	for _, inverse := range []bool{false, true} {
		for _, s := range [][]int{{1, 2, 1}, {3, 2, 8}, {2, 2, 7}, {2, 2, 12}, {40, 2, 45}, {2, 2, 97}} {
			out = append(out, Case{
				Name: fmt.Sprintf("fourier/%v inverse %v", s, inverse), Def: op.Fourier{Inverse: inverse}, In: []Arg{Floats(s...)},
				Want: func(in []Tensor) [][]float64 {
					n := s[2]
					y := Zeros(s...)
					for r := range s[0] {
						for k := range n {
							var sum complex128
							for t := range n {
								angle := -2 * math.Pi * float64(k*t%n) / float64(n)
								if inverse {
									angle = -angle
								}
								sum += complex(in[0].At(r, 0, t), in[0].At(r, 1, t)) * cmplx.Exp(complex(0, angle))
							}
							y.V[y.Index(r, 0, k)], y.V[y.Index(r, 1, k)] = real(sum), imag(sum)
						}
					}
					return [][]float64{y.V}
				},
			})
		}
	}
	return out
}
