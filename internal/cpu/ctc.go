package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = register(ctc[float32], ctc[float64])

// logZero is what Keras takes for the logarithm of 0.
const logZero = -1e5

// ctcWork is what one worker needs to go through an example: the forward recursion of Keras' form, with a
// state phi[n] for "n labels were said, then a blank" and emit[n] for "label n is being said", and how each sum of two
// probabilities was shared, from which the way back needs no exponentials.
type ctcWork struct {
	phi, emit, moved []float64 // logarithms of probabilities of what was seen so far
	share            []float64 // [steps][3][labels] of the first of two terms
	backPhi, backEm  []float64 // posterior probabilities of the states
	top, log         []float64 // of the softmax of each step: largest logit, logarithm of the sum
}

func newCTCWork(steps, labels int) *ctcWork {
	floats := func(n int) []float64 { return make([]float64, n) }
	return &ctcWork{
		floats(labels + 1), floats(labels), floats(labels + 1), floats(3 * steps * labels), floats(labels + 1), floats(labels),
		floats(steps), floats(steps),
	}
}

// logAdd is ln(exp a + exp b), and the share of a in the sum.
func logAdd(a, b float64) (sum, share float64) {
	swapped := a < b
	if swapped {
		a, b = b, a
	}
	if a-b > 40 { // less than the last bit
		if swapped {
			return a, 0
		}
		return a, 1
	}
	e := f32vec.Exp64(b - a)
	sum, share = a+f32vec.Log64(1+e), 1/(1+e)
	if swapped {
		share = e * share
	}
	return sum, share
}

func ctc[T Float](c op.CTC, b *Bound[T]) Run {
	labels, x, values, grad := b.In[0].I, b.In[1].F, b.Out[0].F, b.Out[1].F
	batch, steps, classes := b.In[1].Shape[0], b.In[1].Shape[1], b.In[1].Shape[2]
	most := b.In[0].Shape[1]
	work := make([]*ctcWork, b.Workers())
	buf := make([][]T, b.Workers())
	for i := range work {
		work[i] = newCTCWork(steps, most)
		buf[i] = make([]T, padded(classes))
	}
	one := func(i, worker int) {
		w := work[worker]
		in := x[i*steps*classes : (i+1)*steps*classes]
		for t := range steps { // the probabilities go where the gradient will be
			row, out := in[t*classes:(t+1)*classes], buf[worker][:classes]
			if grad != nil {
				out = grad[(i*steps+t)*classes:][:classes]
			}
			if is32[T]() {
				top := f32vec.MaxSlice(b.ISA, f32(row))
				sum := f32softmax.ExpSum(b.ISA, f32(out), f32(row), top)
				w.top[t], w.log[t] = float64(top), f32vec.Log64(float64(sum))
				if grad != nil {
					f32vec.Scale(b.ISA, f32(out), 1/sum, f32(out))
				}
				continue
			}
			top, sum := float64(row[0]), 0.0
			for _, v := range row {
				top = max(top, float64(v))
			}
			for k, v := range row {
				e := f32vec.Exp64(float64(v) - top)
				sum += e
				out[k] = T(e)
			}
			w.top[t], w.log[t] = top, f32vec.Log64(sum)
			for k := range out {
				out[k] /= T(sum)
			}
		}
		logp := func(t, class int) float64 { return float64(in[t*classes+class]) - w.top[t] - w.log[t] }
		y := labels[i*most : (i+1)*most]
		n := 0
		for _, l := range y {
			if int(l) != c.Blank {
				n++
			}
		}
		v := w.forward(y, n, steps, c.Blank, logp)
		if values != nil {
			values[i] = flush(T(v))
		}
		if grad != nil {
			w.backward(y, n, steps, c.Blank, func(t, class int, posterior float64) {
				at := (i*steps+t)*classes + class
				grad[at] -= T(posterior)
			})
		}
	}
	return func(ctx *Context) {
		for k, l := range labels {
			if l < 0 || int(l) >= classes {
				ctx.Fail(&op.LabelError{Label: l, Classes: classes, Position: k, Labels: len(labels)})
				return
			}
		}
		b.For(batch, one)
	}
}

// repeated tells whether label k is the same as the one after it, between which a blank is needed.
func repeated(y []int32, k int) bool { return k+1 < len(y) && y[k] == y[k+1] }

// closedBy is logZero where a way is closed.
func closedBy(closed bool) float64 {
	if closed {
		return logZero
	}
	return 0
}

// forward returns the loss of the first n labels.
func (w *ctcWork) forward(y []int32, n, steps, blank int, logp func(t, class int) float64) float64 {
	for k := range n + 1 {
		w.phi[k] = logZero
	}
	w.phi[0] = 0
	for k := range n {
		w.emit[k] = logZero
	}
	for t := range steps {
		share := w.share[3*t*len(y):]
		none := logp(t, blank)
		w.moved[0] = w.phi[0]
		for k := range n { // on from a label without a blank, unless the next is the same
			w.moved[k+1], share[3*k] = logAdd(w.phi[k+1], w.emit[k]+closedBy(repeated(y, k)))
		}
		w.phi[0] = w.moved[0] + none
		for k := range n {
			before := w.emit[k]
			w.emit[k], share[3*k+1] = logAdd(w.moved[k], before)
			w.emit[k] += logp(t, int(y[k]))
			w.phi[k+1], share[3*k+2] = logAdd(w.moved[k+1]+none, before+none+closedBy(!repeated(y, k)))
		}
	}
	if n == 0 {
		return -w.phi[0]
	}
	last, share := logAdd(w.phi[n], w.emit[n-1])
	for k := range n {
		w.backPhi[k], w.backEm[k] = 0, 0
	}
	w.backPhi[n], w.backEm[n-1] = share, 1-share
	return -last
}

// backward tells how probable each class is at each step, given that the labels are said: the derivative
// of -loss with respect to the logarithms of the probabilities.
func (w *ctcWork) backward(y []int32, n, steps, blank int, add func(t, class int, posterior float64)) {
	if n == 0 {
		w.backPhi[0] = 1
	}
	for t := steps - 1; t >= 0; t-- {
		share := w.share[3*t*len(y):]
		none := w.backPhi[0]
		for k := n - 1; k >= 0; k-- {
			phi, emit := w.backPhi[k+1], w.backEm[k]
			none += phi
			if emit > 0 {
				add(t, int(y[k]), emit)
			}
			// What each state had of its two sources.
			w.moved[k+1] = phi * share[3*k+2]
			w.backEm[k] = float64(phi*(1-share[3*k+2])) + float64(emit*(1-share[3*k+1]))
			w.backPhi[k+1] = emit * share[3*k+1] // of moved[k], added below
		}
		add(t, blank, none)
		w.moved[0] = w.backPhi[0]
		for k := range n {
			w.moved[k] += w.backPhi[k+1]
		}
		w.backPhi[0] = w.moved[0]
		for k := range n {
			w.backPhi[k+1] = w.moved[k+1] * share[3*k]
			w.backEm[k] += float64(w.moved[k+1] * (1 - share[3*k]))
		}
	}
}
