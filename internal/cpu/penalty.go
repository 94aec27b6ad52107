package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(sumSquares[float32], sumSquares[float64]).withScratch(penaltyScratch)
	_ = register(sumAbs[float32], sumAbs[float64]).withScratch(penaltyScratch)
)

func penaltyScratch(o *op.Op, _ *Machine) int { return penaltyPieces(o.In[0].Elems()) }

func penaltyPieces(n int) int { return (n + chunk - 1) / chunk }

func sumSquares[T Float](o op.SumSquares, b *Bound[T]) Run {
	return penalty(b, o.Scale, func(i isa.ISA, x []T) T { return dotRow(i, x, x) })
}

func sumAbs[T Float](o op.SumAbs, b *Bound[T]) Run {
	return penalty(b, o.Scale, func(_ isa.ISA, x []T) T {
		var l [16]T
		for k, v := range x {
			l[k%16] += T(math.Abs(float64(v)))
		}
		for h := 8; h > 0; h /= 2 {
			for k := range h {
				l[k] += l[k+h]
			}
		}
		return l[0]
	})
}

// penalty sums what f makes of each piece of the input, by a tree.
func penalty[T Float](b *Bound[T], scale float64, f func(i isa.ISA, x []T) T) Run {
	x, out, parts := b.In[0].F, b.Out[0].F, b.Scratch
	n := penaltyPieces(len(x))
	task := func(t, _ int) { parts[t] = f(b.ISA, x[t*chunk:min(len(x), (t+1)*chunk)]) }
	return func(*Context) {
		b.For(n, task)
		for step := 1; step < n; step *= 2 {
			for i := 0; i+step < n; i += 2 * step {
				parts[i] += parts[i+step]
			}
		}
		out[0] = 0
		if n > 0 {
			out[0] = flush(T(scale) * parts[0])
		}
	}
}
