package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(constant[float32], constant[float64])

func constant[T Float](o op.Constant, b *Bound[T]) Run {
	if out := b.Out[0].I; out != nil {
		return b.constantRun(out, o.Values)
	}
	out := b.Out[0].F
	v := make([]T, len(o.Values))
	for i, x := range o.Values {
		v[i] = flush(T(x))
	}
	if len(v) == 1 {
		return b.elementwise(len(out), func(lo, hi int) { fill(out[lo:hi], v[0]) })
	}
	return b.elementwise(len(out), func(lo, hi int) { copy(out[lo:hi], v[lo:hi]) })
}

func (m *Machine) constantRun(out []int32, values []float64) Run {
	if len(values) == 1 {
		return m.elementwise(len(out), func(lo, hi int) { fill(out[lo:hi], int32(values[0])) })
	}
	return m.elementwise(len(out), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i] = int32(values[i])
		}
	})
}
