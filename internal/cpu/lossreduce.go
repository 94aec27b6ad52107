package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(lossReduce[float32], lossReduce[float64])
	_ = register(lossReduceGrad[float32], lossReduceGrad[float64])
)

// spread reads weights that hold for several values each: value i has weight i/per.
type spread[T Float] struct {
	w   []T
	per int
}

func (s spread[T]) at(i int) float64 {
	if s.w == nil {
		return 1
	}
	return float64(s.w[i/s.per])
}

// weighing is what the values of a loss are multiplied by before they are added.
type weighing[T Float] struct {
	op.LossReduce
	weights, mask spread[T]
	n, tasks      int
	part          [][2]float64 // sums of each task
}

func weighingOf[T Float](r op.LossReduce, b *Bound[T]) *weighing[T] {
	w := &weighing[T]{LossReduce: r, n: len(b.In[0].F)}
	w.tasks = (w.n + chunk - 1) / chunk
	w.part = make([][2]float64, w.tasks)
	next := 1
	take := func(has bool) spread[T] {
		if !has {
			return spread[T]{}
		}
		f := b.In[next].F
		next++
		return spread[T]{f, max(1, w.n/max(1, len(f)))}
	}
	w.weights = take(r.Weighted)
	w.mask = take(r.Masked)
	return w
}

// divisor is what the sum is divided by, given the sum of w·m over all values and that of m.
func (w *weighing[T]) divisor(weights, mask float64) float64 {
	switch {
	case w.By == "sum":
		return 1
	case w.By != "mean_with_sample_weight" || !w.Weighted:
		return mask // the number of values where there is no mask
	case w.Masked:
		return weights
	}
	s := 0.0
	for _, x := range w.weights.w {
		s += float64(x)
	}
	return s
}

// sums adds f over all values, and m besides, in chunks and then the chunks in order.
func (w *weighing[T]) sums(m *Machine, f func(i int) float64) func() (of, mask float64) {
	task := func(t, _ int) {
		of, mask := 0.0, 0.0
		for i := t * chunk; i < min(w.n, (t+1)*chunk); i++ {
			of += float64(f(i))
			mask += w.mask.at(i)
		}
		w.part[t] = [2]float64{of, mask}
	}
	return func() (of, mask float64) {
		m.For(w.tasks, task)
		for _, p := range w.part {
			of += p[0]
			mask += p[1]
		}
		return of, mask
	}
}

func noNaN(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func lossReduce[T Float](r op.LossReduce, b *Bound[T]) Run {
	w := weighingOf(r, b)
	values, out := b.In[0].F, b.Out[0].F
	total := w.sums(b.Machine, func(i int) float64 { return float64(values[i]) * w.weights.at(i) * w.mask.at(i) })
	weight := w.sums(b.Machine, func(i int) float64 { return w.weights.at(i) * w.mask.at(i) })
	return func(*Context) {
		sum, mask := total()
		weights := 0.0
		if w.Masked && w.Weighted {
			weights, _ = weight()
		}
		out[0] = flush(T(noNaN(sum, w.divisor(weights, mask))))
	}
}

func lossReduceGrad[T Float](r op.LossReduceGrad, b *Bound[T]) Run {
	w := weighingOf(r.LossReduce, b)
	d, out := b.In[len(b.In)-1].F, b.Out[0].F
	weight := w.sums(b.Machine, func(i int) float64 { return w.weights.at(i) * w.mask.at(i) })
	scale := 0.0
	write := b.elementwise(w.n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			out[i] = flush(T(scale * w.weights.at(i) * w.mask.at(i)))
		}
	})
	return func(c *Context) {
		weights, mask := float64(0), float64(w.n)
		if w.Masked {
			weights, mask = weight()
		}
		scale = noNaN(float64(d[0]), w.divisor(weights, mask))
		write(c)
	}
}
