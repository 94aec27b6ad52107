package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32cell"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(simpleRNN[float32], simpleRNN[float64]).withScratch(simpleRNNScratch)
	_ = register(simpleRNNGrad[float32], simpleRNNGrad[float64]).withScratch(simpleRNNGradScratch)
)

// simpleExtra is the rows of units that a step wants for itself.
const simpleExtra = 1

func simpleSequence(d op.SimpleRNN, o *op.Op) sequence { return newSequence(d.Recurrent, o.In, 1) }

func simpleSpans[T Float](i isa.ISA, s *sequence, back bool) []span[T] {
	return spansOf[T](i, s, 0, s.wide, back)
}

func simpleRNNScratch(o *op.Op, m *Machine) int {
	s := simpleSequence(o.Def.(op.SimpleRNN), o).forward(m.Workers(), single(o))
	return recurrentScratch(&s, m, simpleSpans[float32](m.ISA, &s, false), simpleExtra)
}

// simpleJob is the op bound to memory.
type simpleJob[T Float] struct {
	*recurrent[T]
	spans    []span[T]
	values   []T
	usual    bool // float32 with tanh, for which there are vector instructions
	activate curve[T]
}

func simpleRNN[T Float](d op.SimpleRNN, b *Bound[T]) Run {
	s := simpleSequence(d, b.Op).forward(b.Workers(), is32[T]())
	j := &simpleJob[T]{spans: simpleSpans[T](b.ISA, &s, false), values: b.Out[1].F, usual: usualCurve[T](d.Activation), activate: newCurve[T](b.ISA, d.Activation)}
	j.recurrent = newRecurrent(b, s, j.spans, simpleExtra, b.Out[2])
	j.step = j.cells
	return j.run
}

func (j *simpleJob[T]) cells(w *forwardWork[T], t int) {
	j.recur(w, j.spans, t, w.extra[0], nil)
	u := j.units
	for e := range w.n {
		counts := !masked(&j.sequence, j.mask, w.lo+e, t)
		h := w.state[0][e*j.ld:][:u]
		switch {
		case counts && j.usual:
			f32cell.RNN(j.b.ISA, f32(h), f32(j.zRow(w, e, t)))
		case counts:
			j.activate.value(h, j.zRow(w, e, t))
		}
		if j.values == nil {
			continue
		}
		v := j.values[((w.lo+e)*j.steps+t)*u:][:u]
		j.fetch(j.values, u, w.lo+e, t)
		if counts {
			copy(v, h)
		} else {
			clear(v)
		}
	}
}

func simpleLayout(s *sequence) layout {
	all := []dzPart{{0, 0, s.wide, false}}
	return layout{columns: s.wide, kernel: all, recurrent: all, extra: simpleExtra}
}

func simpleRNNGradScratch(o *op.Op, m *Machine) int {
	s := simpleSequence(o.Def.(op.SimpleRNNGrad).SimpleRNN, o)
	return gradScratch(&s, m, simpleLayout(&s), simpleSpans[float32](m.ISA, &s, true), single(o))
}

// simpleGradJob is the gradient bound to memory.
type simpleGradJob[T Float] struct {
	*recurrentGrad[T]
	spans    []span[T]
	values   []T
	usual    bool
	activate curve[T]
}

func simpleRNNGrad[T Float](d op.SimpleRNNGrad, b *Bound[T]) Run {
	s := simpleSequence(d.SimpleRNN, b.Op)
	_, _, _, kept := d.GradInputs()
	j := &simpleGradJob[T]{spans: simpleSpans[T](b.ISA, &s, true), values: b.In[kept].F, usual: usualCurve[T](d.Activation), activate: newCurve[T](b.ISA, d.Activation)}
	j.recurrentGrad = newRecurrentGrad(b, s, simpleLayout(&s), j.spans, b.In[kept+1].F, nil)
	j.step = j.cells
	return j.run
}

func (j *simpleGradJob[T]) cells(w *backwardWork[T], t int) {
	u := j.units
	for e := range w.n {
		dz := j.dzRow(w, e, t)
		if masked(&j.sequence, j.mask, w.lo+e, t) {
			clear(dz)
			continue
		}
		h, dh := j.row(j.values, u, w.lo+e, t), w.grad[0][e*u:][:u]
		j.fetch(j.values, u, w.lo+e, t)
		if j.usual {
			f32cell.RNNGrad(j.b.ISA, f32(dz), f32(h), f32(dh))
			clear(dh)
			continue
		}
		j.activate.slope(dz, h)
		for k, g := range dh {
			dz[k] = flush(g * dz[k])
		}
		clear(dh)
	}
	j.recur(w, j.spans, 0, t, w.extra[0])
}
