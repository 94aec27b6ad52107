package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(ctcCases()...)

func ctcCases() []Case {
	labels := Ints(5, 4, 3).Values(1, 2, 3, 2, 2, 0, 4, 0, 0, 0, 0, 0)
	out := []Case{
		ctcCase(labels, Floats(4, 6, 5).From(-3, 3)),
		ctcCase(Ints(4, 3, 1).From(1, 4), Floats(3, 1, 4).From(-3, 3)),
		ctcCase(Ints(3, 2, 4).Values(1, 1, 1, 0, 2, 1, 2, 1), Floats(2, 5, 3).From(-3, 3)),
		ctcCase(Ints(40, 3, 2).From(1, 40), Floats(3, 4, 40).From(-20, 20)),
	}
	large := ctcCase(Ints(30, 8, 12).From(0, 30), Floats(8, 90, 30).From(-4, 4))
	large.Name = "many" // compared with finite differences, and float32 with float64
	large.Want = func([]Tensor) [][]float64 { return [][]float64{nil, nil} }
	return append(out, large)
}

// ctcCase goes through every sequence of classes where there are few.
func ctcCase(y, x Arg) Case {
	return Case{Name: fmt.Sprintf("labels %v logits %v", y.Shape, x.Shape), Def: op.CTC{}, In: []Arg{y, x}, Want: func(in []Tensor) [][]float64 {
		batch, steps, classes := x.Shape[0], x.Shape[1], x.Shape[2]
		n := y.Shape[1]
		values := make([]float64, batch)
		for b := range batch {
			var want []int
			for _, l := range in[0].V[b*n : (b+1)*n] {
				if l != 0 {
					want = append(want, int(l))
				}
			}
			p := make([][]float64, steps)
			for t := range p {
				row := in[1].V[(b*steps+t)*classes : (b*steps+t+1)*classes]
				sum := 0.0
				for _, v := range row {
					sum += math.Exp(v)
				}
				for _, v := range row {
					p[t] = append(p[t], math.Exp(v)/sum)
				}
			}
			values[b] = -math.Log(probabilityOf(p, want, 0))
		}
		return [][]float64{values, nil}
	}}
}

// probabilityOf is the sum over all sequences of classes, the one before being last, that say what is wanted.
func probabilityOf(p [][]float64, want []int, last int) float64 {
	if len(p) == 0 {
		if len(want) == 0 {
			return 1
		}
		return 0
	}
	sum := p[0][0] * probabilityOf(p[1:], want, 0)
	if last != 0 {
		sum += p[0][last] * probabilityOf(p[1:], want, last)
	}
	if len(want) > 0 && want[0] != last {
		sum += p[0][want[0]] * probabilityOf(p[1:], want[1:], want[0])
	}
	return sum
}
