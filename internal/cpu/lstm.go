package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32cell"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(lstm[float32], lstm[float64]).withScratch(lstmScratch)
	_ = register(lstmGrad[float32], lstmGrad[float64]).withScratch(lstmGradScratch)
)

// lstmExtra is the rows of units that a step wants for itself.
const lstmExtra = 1

func lstmSequence(d op.LSTM, o *op.Op) sequence { return newSequence(d.Recurrent, o.In, 2) }

func lstmSpans[T Float](i isa.ISA, s *sequence, back bool) []span[T] {
	return spansOf[T](i, s, 0, s.wide, back)
}

func lstmScratch(o *op.Op, m *Machine) int {
	s := lstmSequence(o.Def.(op.LSTM), o).forward(m.Workers(), single(o))
	return recurrentScratch(&s, m, lstmSpans[float32](m.ISA, &s, false), lstmExtra)
}

// lstmJob is the op bound to memory.
type lstmJob[T Float] struct {
	*recurrent[T]
	spans          []span[T]
	gates          []T
	usual          bool // float32 with tanh and sigmoid, for which there are vector instructions
	activate, gate curve[T]
}

func lstm[T Float](d op.LSTM, b *Bound[T]) Run {
	s := lstmSequence(d, b.Op).forward(b.Workers(), is32[T]())
	j := &lstmJob[T]{spans: lstmSpans[T](b.ISA, &s, false), gates: b.Out[1].F, usual: usualCurves[T](d.Recurrent)}
	j.recurrent = newRecurrent(b, s, j.spans, lstmExtra, b.Out[2], b.Out[3])
	j.activate, j.gate = newCurve[T](b.ISA, d.Activation), newCurve[T](b.ISA, d.Gate)
	j.step = j.cells
	return j.run
}

func (j *lstmJob[T]) cells(w *forwardWork[T], t int) {
	j.recur(w, j.spans, t, w.extra[0], nil)
	u := j.units
	for e := range w.n {
		gates := j.zRow(w, e, t)
		if j.gates != nil {
			gates = j.row(j.gates, j.wide, w.lo+e, t)
			j.fetch(j.gates, j.wide, w.lo+e, t)
		}
		if masked(&j.sequence, j.mask, w.lo+e, t) {
			clear(gates)
			continue
		}
		j.cell(gates, j.zRow(w, e, t), w.state[0][e*j.ld:][:u], w.state[1][e*j.ld:][:u])
	}
}

// cell sets the gates of z, and the states h and c after the step.
func (j *lstmJob[T]) cell(gates, z, h, c []T) {
	if j.usual {
		f32cell.LSTM(j.b.ISA, f32(gates), f32(z), f32(h), f32(c))
		return
	}
	u := len(h)
	j.gate.value(gates[:2*u], z[:2*u])
	j.activate.value(gates[2*u:3*u], z[2*u:3*u])
	j.gate.value(gates[3*u:], z[3*u:])
	in, forget, candidate, out := gates[:u], gates[u:2*u], gates[2*u:3*u], gates[3*u:]
	for k := range c {
		c[k] = flush(T(forget[k]*c[k]) + T(in[k]*candidate[k]))
	}
	j.activate.value(h, c)
	for k := range h {
		h[k] = flush(out[k] * h[k])
	}
}

func lstmLayout(s *sequence) layout {
	all := []dzPart{{0, 0, s.wide, false}}
	return layout{columns: s.wide, kernel: all, recurrent: all, extra: lstmExtra}
}

func lstmGradScratch(o *op.Op, m *Machine) int {
	s := lstmSequence(o.Def.(op.LSTMGrad).LSTM, o)
	return gradScratch(&s, m, lstmLayout(&s), lstmSpans[float32](m.ISA, &s, true), single(o))
}

// lstmGradJob is the gradient bound to memory.
type lstmGradJob[T Float] struct {
	*recurrentGrad[T]
	spans          []span[T]
	gates, c       []T
	usual          bool
	activate, gate curve[T]
}

func lstmGrad[T Float](d op.LSTMGrad, b *Bound[T]) Run {
	s := lstmSequence(d.LSTM, b.Op)
	_, _, _, kept := d.GradInputs()
	j := &lstmGradJob[T]{spans: lstmSpans[T](b.ISA, &s, true), gates: b.In[kept].F, c: b.In[kept+2].F, usual: usualCurves[T](d.Recurrent)}
	j.recurrentGrad = newRecurrentGrad(b, s, lstmLayout(&s), j.spans, b.In[kept+1].F, nil)
	j.activate, j.gate = newCurve[T](b.ISA, d.Activation), newCurve[T](b.ISA, d.Gate)
	j.step = j.cells
	return j.run
}

func (j *lstmGradJob[T]) cells(w *backwardWork[T], t int) {
	u := j.units
	for e := range w.n {
		dz := j.dzRow(w, e, t)
		if masked(&j.sequence, j.mask, w.lo+e, t) {
			clear(dz)
			continue
		}
		j.fetch(j.gates, j.wide, w.lo+e, t)
		j.fetch(j.c, u, w.lo+e, t)
		j.cell(dz, j.row(j.gates, j.wide, w.lo+e, t), j.row(j.c, u, w.lo+e, t), w.grad[0][e*u:][:u], w.grad[1][e*u:][:u], w.tmp)
	}
	j.recur(w, j.spans, 0, t, w.extra[0])
}

// cell turns the gradients dh and dc of the states after a step into those of the states before it, as far as they do not come through
// the recurrent kernel, and dz. c is the state before the step.
func (j *lstmGradJob[T]) cell(dz, gates, c, dh, dc, tmp []T) {
	if j.usual {
		f32cell.LSTMGrad(j.b.ISA, f32(dz), f32(gates), f32(c), f32(dh), f32(dc))
		clear(dh)
		return
	}
	u := len(dh)
	in, forget, candidate, out := gates[:u], gates[u:2*u], gates[2*u:3*u], gates[3*u:]
	after, slope := tmp[:u], tmp[u:2*u]
	for k := range after {
		after[k] = flush(T(forget[k]*c[k]) + T(in[k]*candidate[k]))
	}
	j.activate.value(after, after)
	j.activate.slope(slope, after)
	j.gate.slope(dz[:2*u], gates[:2*u])
	j.activate.slope(dz[2*u:3*u], candidate)
	j.gate.slope(dz[3*u:], out)
	dIn, dForget, dCandidate, dOut := dz[:u], dz[u:2*u], dz[2*u:3*u], dz[3*u:]
	for k, g := range dh {
		dOut[k] = flush(T(g*after[k]) * dOut[k])
		d := dc[k] + T(T(g*out[k])*slope[k])
		dIn[k] = flush(T(d*candidate[k]) * dIn[k])
		dForget[k] = flush(T(d*c[k]) * dForget[k])
		dCandidate[k] = flush(T(d*in[k]) * dCandidate[k])
		dc[k] = flush(d * forget[k])
	}
	clear(dh)
}
