package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(nonNeg[float32], nonNeg[float64])

var _ = register(normLimit[float32], normLimit[float64]).withScratch(func(o *op.Op, _ *Machine) int {
	squares, norms, passes := normSizes(o.Def.(op.NormLimit), o.In[0].Shape)
	return squares + norms + passes
})

func nonNeg[T Float](_ op.NonNeg, b *Bound[T]) Run {
	w := b.In[0].F
	return b.elementwise(len(w), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			w[i] = flush(max(w[i], 0))
		}
	})
}

// normSizes are the elements of scratch for the squares, for the norms and for their sums.
func normSizes(o op.NormLimit, shape []int) (squares, norms, passes int) {
	s, err := op.Reduce{Fn: "sum", Axes: axesOf(o), KeepDims: true}.Infer([]op.Spec{{Shape: shape, DType: op.Float32}})
	if err != nil {
		panic("cpu: op.NormLimit let pass: " + err.Error())
	}
	_, passes = reducePasses(op.Reduce{Axes: axesOf(o)}, shape)
	return op.Spec{Shape: shape}.Elems(), s[0].Elems(), passes
}

// axesOf is never nil, which would mean all axes.
func axesOf(o op.NormLimit) []int { return append([]int{}, o.Axes...) }

func normLimit[T Float](o op.NormLimit, b *Bound[T]) Run {
	w := b.In[0].F
	shape := b.In[0].Shape
	nSquares, nNorms, _ := normSizes(o, shape)
	squares := b.Scratch[:nSquares]
	norms := b.Scratch[nSquares:][:nNorms]
	square := b.elementwise(len(w), func(lo, hi int) {
		for i, v := range w[lo:hi] {
			squares[lo+i] = flush(v * v)
		}
	})
	sum := reduceInto(b.Machine, op.Reduce{Fn: "sum", Axes: axesOf(o)}, shape, norms, squares, b.Scratch[nSquares+nNorms:])
	kept := append([]int(nil), shape...)
	for _, a := range o.Axes {
		kept[a] = 1
	}
	s := newStretch(shape, kept)
	lo, hi, rate, eps := T(o.Min), T(o.Max), T(o.Rate), T(1e-7)
	factors := b.elementwise(len(norms), func(from, to int) { // divisors, for Unit
		for i, v := range norms[from:to] {
			n := T(math.Sqrt(float64(v)))
			f := eps + n
			if !o.Unit {
				f = (T(rate*min(max(n, lo), hi)) + T((1-rate)*n)) / f
			}
			norms[from+i] = f
		}
	})
	scale := s.each(b.Machine, func(_, r, from, at, n int) {
		p, step := s.at(0, r), 0
		if s.moves(0) {
			p, step = p+from, 1
		}
		row := w[at : at+n]
		for i := range row {
			f := norms[p+i*step]
			if o.Unit {
				row[i] = flush(row[i] / f)
			} else {
				row[i] = flush(row[i] * f)
			}
		}
	})
	return func(c *Context) {
		square(c)
		sum(c)
		factors(c)
		scale(c)
	}
}
