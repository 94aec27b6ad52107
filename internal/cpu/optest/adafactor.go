package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(
	adafactorCase("matrix", 0.0625, 5, 7), adafactorCase("kernel", 0, 3, 2, 4, 5), adafactorCase("vector", 0.0625, 6), adafactorCase("scalar", 0),
	adafactorCase("column", 0, 6, 1), adafactorCase("long", 0, 1100, 31), adafactorCase("long vector", 0, 17000),
)

func adafactorCase(name string, decay float64, shape ...int) Case {
	d := op.Adafactor{Epsilon1: 1e-30, Epsilon2: 1e-3, Threshold: 0.75}
	r, c := d.Slots(shape)
	const rho, beta = 0.25, 0.75
	return Case{
		Name: "adafactor/" + name, Def: d,
		In: []Arg{Floats(shape...), Floats(shape...), Floats(3).Values(decay, rho, beta), Floats(r...).From(0.1, 1), Floats(c...).From(0.1, 1)},
		Want: func(in []Tensor) [][]float64 {
			w, g, v := append([]float64(nil), in[0].V...), in[1].V, make([]float64, len(in[0].V))
			rows, cols := 1, len(w)
			if len(shape) > 1 {
				rows, cols = shape[len(shape)-2], shape[len(shape)-1]
			}
			outR, outC := append([]float64(nil), in[3].V...), append([]float64(nil), in[4].V...)
			rms := func(x []float64) float64 {
				s := 0.0
				for _, v := range x {
					s += v * v
				}
				return math.Sqrt(s / float64(len(x)))
			}
			for o := range len(w) / (rows * cols) {
				at := func(i, k int) int { return (o*rows+i)*cols + k }
				if len(shape) < 2 {
					for k, x := range g {
						outR[k] = beta*outR[k] + (1-beta)*x*x
						v[k] = outR[k]
					}
					continue
				}
				mean := 0.0
				for i := range rows {
					s := 0.0
					for k := range cols {
						s += g[at(i, k)] * g[at(i, k)] / float64(cols)
					}
					outR[o*rows+i] = beta*outR[o*rows+i] + (1-beta)*s
					mean += outR[o*rows+i] / float64(rows)
				}
				for k := range cols {
					s := 0.0
					for i := range rows {
						s += g[at(i, k)] * g[at(i, k)] / float64(rows)
					}
					outC[o*cols+k] = beta*outC[o*cols+k] + (1-beta)*s
					for i := range rows {
						v[at(i, k)] = outR[o*rows+i] / mean * outC[o*cols+k]
					}
				}
			}
			u := make([]float64, len(w))
			for i := range w {
				w[i] -= w[i] * decay
				u[i] = g[i] / math.Sqrt(v[i])
			}
			step := rho * max(1e-3, rms(w)) / max(1, rms(u)/0.75)
			for i := range w {
				w[i] -= step * u[i]
			}
			return [][]float64{w, outR, outC}
		},
	}
}
