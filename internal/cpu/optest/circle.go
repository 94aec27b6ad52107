package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(circleCases()...)

func circleCases() []Case {
	var out []Case
	for _, c := range []op.Circle{{Gamma: 80, Margin: 0.4}, {Gamma: 5, Margin: 0.1, Self: true}, {Gamma: 2, Margin: 0.7}} {
		out = append(out, circleCase(c, Ints(3, 7), Floats(7, 7)), circleCase(c, Ints(2, 4).Values(0, 1, 2, 1), Floats(4, 4)), circleCase(c, Ints(10, 130), Floats(130, 130)))
	}
	return append(out, circleCase(op.Circle{Gamma: 80, Margin: 0.4}, Ints(1, 3), Floats(3, 3)), circleCase(op.Circle{Gamma: 80, Margin: 0.4}, Ints(1, 1), Floats(1, 1)))
}

func circleCase(c op.Circle, y, s Arg) Case {
	n := y.Shape[0]
	return Case{Name: fmt.Sprintf("%d of gamma %g margin %g self %v", n, c.Gamma, c.Margin, c.Self), Def: c, In: []Arg{y, s}, Want: func(in []Tensor) [][]float64 {
		values, counts := make([]float64, n), make([]float64, n)
		for i := range n {
			var p, q float64
			for j := range n {
				d := math.Max(1-in[1].V[i*n+j], 0)
				switch {
				case i == j && !c.Self:
				case in[0].V[i] == in[0].V[j]:
					p += math.Exp(-c.Gamma * (c.Margin + d) * (c.Margin - d))
				default:
					q += math.Exp(c.Gamma * math.Max(1+c.Margin-d, 0) * (1 - c.Margin - d))
				}
			}
			values[i] = math.Log1p(p * q)
			if values[i] > 0 {
				counts[i] = 1
			}
		}
		return [][]float64{values, counts}
	}}
}
