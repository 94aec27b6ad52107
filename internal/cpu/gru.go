package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32cell"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(gru[float32], gru[float64]).withScratch(gruScratch)
	_ = register(gruGrad[float32], gruGrad[float64]).withScratch(gruGradScratch)
)

// gruExtra is the rows of units that a step wants for itself.
const gruExtra = 2

func gruSequence(d op.GRU, o *op.Op) sequence { return newSequence(d.Recurrent, o.In, 1) }

// gruSpans are the products with the recurrent kernel: those of the gates z and r, and that of the candidate, whose dropout is
// left to the cell.
func gruSpans[T Float](i isa.ISA, s *sequence, back bool) (gates []span[T], candidate span[T]) {
	return spansOf[T](i, s, 0, 2*s.units, back), newSpan[T](i, s, 2*s.units, s.units, -1, back)
}

func gruScratch(o *op.Op, m *Machine) int {
	s := gruSequence(o.Def.(op.GRU), o).forward(m.Workers(), single(o))
	gates, candidate := gruSpans[float32](m.ISA, &s, false)
	return recurrentScratch(&s, m, append(gates, candidate), gruExtra)
}

// gruJob is the op bound to memory.
type gruJob[T Float] struct {
	*recurrent[T]
	resetAfter     bool
	usual          bool // float32 with tanh and sigmoid, for which there are vector instructions
	toGates        []span[T]
	toCandidate    span[T]
	gates, inner   []T // kept, or nil
	stateBias      []T // of the state's part, or nil
	activate, gate curve[T]
}

func gru[T Float](d op.GRU, b *Bound[T]) Run {
	s := gruSequence(d, b.Op).forward(b.Workers(), is32[T]())
	j := &gruJob[T]{resetAfter: d.ResetAfter, usual: usualCurves[T](d.Recurrent), gates: b.Out[1].F, inner: b.Out[3].F}
	j.toGates, j.toCandidate = gruSpans[T](b.ISA, &s, false)
	spans := append(append([]span[T](nil), j.toGates...), j.toCandidate)
	j.recurrent = newRecurrent(b, s, spans, gruExtra, b.Out[2])
	if d.Bias && d.ResetAfter {
		at := len(j.bias) - s.wide
		j.stateBias = j.bias[at:]
		if !s.Projected {
			j.bias = j.bias[:at]
		}
		if s.joined {
			j.joinBias = make([]T, 2*s.units)
		}
	}
	j.activate, j.gate = newCurve[T](b.ISA, d.Activation), newCurve[T](b.ISA, d.Gate)
	j.step = j.cells
	if j.stateBias != nil && s.joined {
		return func(c *Context) {
			for k := range j.joinBias {
				j.joinBias[k] = flush(j.bias[k] + j.stateBias[k])
			}
			j.run(c)
		}
	}
	return j.run
}

func (j *gruJob[T]) cells(w *forwardWork[T], t int) {
	u := j.units
	inner, dropped := w.extra[0], w.extra[1]
	j.recur(w, j.toGates, t, dropped, j.stateBias)
	state := w.state[0]
	if j.Dropout {
		j.dropState(w, dropped, state, 2)
		state = dropped
	}
	if j.resetAfter {
		var bias []T
		if j.stateBias != nil {
			bias = j.stateBias[2*u:]
		}
		j.toCandidate.times(inner, j.ld, state, j.ld, w.n, false, bias)
	}
	for e := range w.n {
		if j.usual && j.resetAfter {
			break // finish does it all
		}
		z := j.zRow(w, e, t)
		if j.usual {
			f32cell.GRUReset(j.b.ISA, f32(z), f32(z), f32(state[e*j.ld:][:u]), f32(inner[e*j.ld:][:u]))
			continue
		}
		j.gate.value(z[:2*u], z[:2*u])
		if j.resetAfter {
			a := z[2*u:]
			for k, v := range inner[e*j.ld:][:u] {
				a[k] += T(z[u+k] * v)
			}
			continue
		}
		row := inner[e*j.ld:][:u]
		for k, v := range state[e*j.ld:][:u] {
			row[k] = flush(z[u+k] * v)
		}
	}
	if !j.resetAfter {
		j.toCandidate.times(w.z[(t-w.t0)*j.ldz+2*u:], w.steps*j.ldz, inner, j.ld, w.n, true, nil)
	}
	for e := range w.n {
		j.finish(w, e, t, inner[e*j.ld:][:u])
	}
}

// finish makes the state of one example, and keeps what the gradient wants.
func (j *gruJob[T]) finish(w *forwardWork[T], e, t int, inner []T) {
	u := j.units
	z := j.zRow(w, e, t)
	at := (w.lo+e)*j.steps + t
	switch {
	case masked(&j.sequence, j.mask, w.lo+e, t):
		clear(z)
		clear(inner)
	case j.usual && !j.resetAfter:
		f32cell.GRUState(j.b.ISA, f32(z), f32(w.state[0][e*j.ld:][:u]))
	case j.usual:
		f32cell.GRU(j.b.ISA, f32(z), f32(z), f32(inner), f32(w.state[0][e*j.ld:][:u]))
	default:
		candidate := z[2*u:]
		j.activate.value(candidate, candidate)
		h := w.state[0][e*j.ld:][:u]
		for k, c := range candidate {
			h[k] = flush(T(z[k]*h[k]) + T((1-z[k])*c))
		}
	}
	if j.gates != nil {
		copy(j.gates[at*j.wide:][:j.wide], z)
		j.fetch(j.gates, j.wide, w.lo+e, t)
	}
	if j.inner != nil {
		copy(j.inner[at*u:][:u], inner)
		j.fetch(j.inner, u, w.lo+e, t)
	}
}

// gruLayout puts the gradients of z, r and the candidate into the columns of dz. With the reset after the product, the state's part of
// the candidate has a gradient of its own, and that of the candidate itself comes first.
func gruLayout(d op.GRU, s *sequence) layout {
	u := s.units
	if !d.ResetAfter {
		all := []dzPart{{0, 0, 3 * u, false}}
		return layout{columns: 3 * u, kernel: all, recurrent: []dzPart{{0, 0, 2 * u, false}, {2 * u, 2 * u, u, true}}, extra: gruExtra}
	}
	state := []dzPart{{u, 0, 3 * u, false}}
	return layout{columns: 4 * u, kernel: []dzPart{{u, 0, 2 * u, false}, {0, 2 * u, u, false}}, recurrent: state, bias: state, extra: gruExtra}
}

// gruBackSpans are the products with the transposed recurrent kernel.
func gruBackSpans[T Float](i isa.ISA, d op.GRU, s *sequence) []span[T] {
	if d.ResetAfter {
		return spansOf[T](i, s, 0, 3*s.units, true)
	}
	gates, candidate := gruSpans[T](i, s, true)
	return append(gates, candidate)
}

func gruGradScratch(o *op.Op, m *Machine) int {
	d := o.Def.(op.GRUGrad).GRU
	s := gruSequence(d, o)
	return gradScratch(&s, m, gruLayout(d, &s), gruBackSpans[float32](m.ISA, d, &s), single(o))
}

// gruGradJob is the gradient bound to memory.
type gruGradJob[T Float] struct {
	*recurrentGrad[T]
	resetAfter      bool
	usual           bool
	spans           []span[T]
	gates, h, inner []T
	activate, gate  curve[T]
}

func gruGrad[T Float](d op.GRUGrad, b *Bound[T]) Run {
	s := gruSequence(d.GRU, b.Op)
	_, _, _, kept := d.GradInputs()
	j := &gruGradJob[T]{resetAfter: d.ResetAfter, usual: usualCurves[T](d.Recurrent), spans: gruBackSpans[T](b.ISA, d.GRU, &s)}
	j.gates, j.h, j.inner = b.In[kept].F, b.In[kept+1].F, b.In[kept+2].F
	j.recurrentGrad = newRecurrentGrad(b, s, gruLayout(d.GRU, &s), j.spans, j.h, j.inner)
	j.activate, j.gate = newCurve[T](b.ISA, d.Activation), newCurve[T](b.ISA, d.Gate)
	if d.ResetAfter {
		j.step = j.afterCells
	} else {
		j.step = j.beforeCells
	}
	return j.run
}

// afterCells is a step with the reset after the product; the columns of dz are candidate, z, r and the state's part of the candidate.
func (j *gruGradJob[T]) afterCells(w *backwardWork[T], t int) {
	u := j.units
	for e := range w.n {
		dz := j.dzRow(w, e, t)
		if masked(&j.sequence, j.mask, w.lo+e, t) {
			clear(dz)
			continue
		}
		at := (w.lo+e)*j.steps + t
		gates, h, inner := j.gates[at*j.wide:][:j.wide], j.h[at*u:][:u], j.inner[at*u:][:u]
		j.fetch(j.gates, j.wide, w.lo+e, t)
		j.fetch(j.h, u, w.lo+e, t)
		j.fetch(j.inner, u, w.lo+e, t)
		if j.usual {
			f32cell.GRUGrad(j.b.ISA, f32(dz), f32(gates), f32(inner), f32(h), f32(w.grad[0][e*u:][:u]))
			continue
		}
		z, r, c := gates[:u], gates[u:2*u], gates[2*u:]
		da, dzz, dr, db := dz[:u], dz[u:2*u], dz[2*u:3*u], dz[3*u:]
		j.activate.slope(da, c)
		j.gate.slope(dz[u:3*u], gates[:2*u])
		dh := w.grad[0][e*u:][:u]
		for k, g := range dh {
			dzz[k] = flush(T(g*(h[k]-c[k])) * dzz[k])
			a := flush(T(g*(1-z[k])) * da[k])
			da[k] = a
			dr[k] = flush(T(a*inner[k]) * dr[k])
			db[k] = flush(a * r[k])
			dh[k] = flush(g * z[k])
		}
	}
	j.recur(w, j.spans, u, t, w.extra[0])
}

// beforeCells is a step with the reset before the product; the columns of dz are z, r and candidate.
func (j *gruGradJob[T]) beforeCells(w *backwardWork[T], t int) {
	u := j.units
	reset := w.extra[1] // the gradient of r·h
	for e := range w.n {
		dz := j.dzRow(w, e, t)
		if masked(&j.sequence, j.mask, w.lo+e, t) {
			clear(dz)
			continue
		}
		at := (w.lo+e)*j.steps + t
		gates, h := j.gates[at*j.wide:][:j.wide], j.h[at*u:][:u]
		j.fetch(j.gates, j.wide, w.lo+e, t)
		j.fetch(j.h, u, w.lo+e, t)
		if j.usual {
			f32cell.GRUStateGrad(j.b.ISA, f32(dz), f32(gates), f32(h), f32(w.grad[0][e*u:][:u]))
			continue
		}
		z, c := gates[:u], gates[2*u:]
		dzz, da := dz[:u], dz[2*u:]
		j.gate.slope(dz[:2*u], gates[:2*u])
		j.activate.slope(da, c)
		dh := w.grad[0][e*u:][:u]
		for k, g := range dh {
			dzz[k] = flush(T(g*(h[k]-c[k])) * dzz[k])
			da[k] = flush(T(g*(1-z[k])) * da[k])
			dh[k] = flush(g * z[k])
		}
	}
	last := len(j.spans) - 1
	j.spans[last].times(reset, u, w.dz[j.dzAt(w, 0, t)+2*u:], j.apart(w), w.n, false, nil)
	for e := range w.n {
		if masked(&j.sequence, j.mask, w.lo+e, t) {
			continue
		}
		at := (w.lo+e)*j.steps + t
		r := j.gates[at*j.wide+u:][:u]
		h := j.h[at*u:][:u]
		dr := j.dzRow(w, e, t)[u : 2*u]
		dh := w.grad[0][e*u:][:u]
		g := reset[e*u:][:u]
		if j.Dropout {
			for k, d := range j.drop[(2*j.batch+w.lo+e)*u:][:u] {
				g[k] = flush(g[k] * d)
			}
		}
		if j.usual {
			f32cell.GRUResetGrad(j.b.ISA, f32(dr), f32(r), f32(h), f32(g), f32(dh))
			continue
		}
		for k, v := range g {
			dr[k] = flush(T(v*h[k]) * dr[k])
			dh[k] = flush(dh[k] + T(v*r[k]))
		}
	}
	j.recur(w, j.spans[:last], 0, t, w.extra[0])
}
