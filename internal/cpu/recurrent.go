package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// The examples of a batch run through a sequence independently of each other. So the batch is cut into groups of a few examples, and
// each group is one task from the first step to the last, with no hand-over between workers. The kernels are packed once and shared.
// The projections x·kernel + bias are computed for a few steps at a time, so that they are still in the cache when the steps
// come to add the state's part.

const (
	// groupRows is the most examples in a group: enough for the multiplication's tile, few enough for several groups.
	groupRows = 8
	// chunkSteps is the most steps that are projected at once: the rows of a full tile.
	chunkSteps = 14
)

// sequence is the shape of a recurrent operation.
type sequence struct {
	op.Recurrent
	batch, steps, in, units int
	wide                    int // columns of the kernels: gates·units
	states                  int
	outs                    int // rows of output 0 for each example
	groups, chunk           int
}

func newSequence(r op.Recurrent, in []op.Spec, states int) sequence {
	x, u := in[0].Shape, in[1].Shape
	s := sequence{Recurrent: r, batch: x[0], steps: x[1], in: x[2], units: u[0], wide: u[1], states: states, outs: 1}
	if r.Sequences {
		s.outs = s.steps
	}
	if r.States {
		s.outs += states
	}
	s.groups = min(s.batch, (s.batch+groupRows-1)/groupRows)
	if s.batch > 1 {
		s.groups += s.groups & 1 // an even number, so that two workers have as much to do
	}
	chunks := (s.steps + chunkSteps - 1) / chunkSteps
	s.chunk = (s.steps + chunks - 1) / chunks
	return s
}

// group is the range of examples of a group.
func (s *sequence) group(g int) (lo, hi int) {
	at := func(g int) int { return g*(s.batch/s.groups) + min(g, s.batch%s.groups) }
	return at(g), at(g + 1)
}

// rows is the number of examples in the largest group.
func (s *sequence) rows() int { return (s.batch + max(1, s.groups) - 1) / max(1, s.groups) }

// time is the place in x of the step that is done as number k.
func (s *sequence) time(k int) int {
	if s.Backwards {
		return s.steps - 1 - k
	}
	return k
}

// place is the row of output 0 for the step that is done as number k, with Sequences.
func (s *sequence) place(k int) int {
	if s.Aligned {
		return s.time(k)
	}
	return k
}

// row is what a value [batch, time, n] has for a step of an example.
func (r *recurrent[T]) row(x []T, n, example, t int) []T { return x[(example*r.steps+t)*n:][:n] }

// fetch brings the row of the step after t on its way into the cache.
func (r *recurrent[T]) fetch(x []T, n, example, t int) {
	if t = r.next(t); t >= 0 && t < r.steps {
		fetch(r.row(x, n, example, t))
	}
}

// next is the step after t.
func (s *sequence) next(t int) int {
	if s.Backwards {
		return t - 1
	}
	return t + 1
}

// masked tells whether a step of an example does not count.
func masked[T Float](s *sequence, mask []T, example, t int) bool {
	return mask != nil && mask[example*s.steps+t] == 0
}

// optional is the memory of input i, nil where i is negative.
func optional[T Float](b *Bound[T], i int) []T {
	if i < 0 {
		return nil
	}
	return b.In[i].F
}

// span is the product of the state with the columns at to at+n of the recurrent kernel, or with their transpose.
type span[T Float] struct {
	*fixed[T]
	at, gate int // gate chooses the dropout; -1 for none
}

// newSpan plans the product for a group; back with the transpose.
func newSpan[T Float](i isa.ISA, s *sequence, at, n, gate int, back bool) span[T] {
	if back {
		return span[T]{newFixed[T](i, s.rows(), s.units, n, true), at, gate}
	}
	return span[T]{newFixed[T](i, s.rows(), n, s.units, false), at, gate}
}

// spansOf plans the products with the columns at to end: one, or with dropout one for each gate.
func spansOf[T Float](i isa.ISA, s *sequence, at, end int, back bool) []span[T] {
	if !s.Dropout {
		return []span[T]{newSpan[T](i, s, at, end-at, -1, back)}
	}
	var out []span[T]
	for ; at < end; at += s.units {
		out = append(out, newSpan[T](i, s, at, s.units, at/s.units, back))
	}
	return out
}

// packing runs the packing of several matrices in parallel.
type packing[T Float] struct {
	list []*fixed[T]
	n    int
	task func(t, worker int)
}

func newPacking[T Float](list []*fixed[T]) *packing[T] {
	p := &packing[T]{list: list}
	for _, f := range list {
		p.n += f.parts()
	}
	p.task = func(t, _ int) {
		for _, f := range p.list {
			if t < f.parts() {
				f.pack(t)
				return
			}
			t -= f.parts()
		}
	}
	return p
}

// recurrent is a recurrent operation on the way forward, bound to memory.
type recurrent[T Float] struct {
	sequence
	b          *Bound[T]
	x          []T
	bias, mask []T
	drop       []T
	initial    [][]T
	y          []T
	kept       [][]T // the states before each step, or nil
	project    *fixed[T]
	workers    []forwardWork[T]
	packs      *packing[T]
	task       func(group, worker int)

	// step takes the state of the group in w one step on; w.z holds the projections.
	step func(w *forwardWork[T], t int)
}

// forwardWork is the memory with which a worker runs a group.
type forwardWork[T Float] struct {
	lo, n int   // the group's examples
	t0    int   // the first step, in the order of x, of the chunk
	steps int   // of the chunk
	x     []T   // of the chunk, for each example its steps
	z     []T   // the projections of the chunk, for each example those of its steps
	state [][]T // n rows of units
	extra [][]T // the cell's own, rows() rows of units
	room  []T
}

// recurrentScratch is how much memory a recurrent operation wants, given the products of its cell and the number of extra rows.
func recurrentScratch(s *sequence, m *Machine, spans []span[float32], extra int) int {
	n := 0
	room := 0
	if !s.Projected {
		f := newFixed[float32](m.ISA, s.rows()*s.chunk, s.wide, s.in, false)
		n, room = f.memory(), f.room(s.rows()*s.chunk)
	}
	for _, f := range spans {
		n += f.memory()
		room = max(room, f.room(s.rows()))
	}
	state := padded(s.rows() * s.units)
	return n + m.Workers()*(padded(s.rows()*s.chunk*s.in)+padded(s.rows()*s.chunk*s.wide)+(s.states+extra)*state+room)
}

// newRecurrent binds what the cells have in common; scratch memory must be as recurrentScratch says. kept are the states before each step.
func newRecurrent[T Float](b *Bound[T], s sequence, spans []span[T], extra int, kept ...Buf[T]) *recurrent[T] {
	at := s.Inputs(s.states)
	r := &recurrent[T]{
		sequence: s, b: b, x: b.In[0].F, y: b.Out[0].F,
		bias: optional(b, at.Bias), mask: optional(b, at.Mask), drop: optional(b, at.Dropout),
	}
	for _, k := range kept {
		r.kept = append(r.kept, k.F)
	}
	for i := range s.states {
		if s.Initial {
			r.initial = append(r.initial, b.In[at.States+i].F)
		}
	}
	memory := b.Scratch
	var list []*fixed[T]
	room := 0
	if !s.Projected {
		r.project = newFixed[T](b.ISA, s.rows()*s.chunk, s.wide, s.in, false)
		memory = r.project.bind(b.In[at.Kernel].F, s.wide, memory)
		list, room = append(list, r.project), r.project.room(s.rows()*s.chunk)
	}
	for _, f := range spans {
		memory = f.bind(b.In[1].F[f.at:], s.wide, memory)
		list, room = append(list, f.fixed), max(room, f.room(s.rows()))
	}
	r.packs = newPacking(list)
	take := func(n int) []T {
		part := memory[:n]
		memory = memory[padded(n):]
		return part
	}
	for range b.Workers() {
		w := forwardWork[T]{x: take(s.rows() * s.chunk * s.in), z: take(s.rows() * s.chunk * s.wide)}
		for range s.states {
			w.state = append(w.state, take(s.rows()*s.units))
		}
		for range extra {
			w.extra = append(w.extra, take(s.rows()*s.units))
		}
		w.room = memory[:room]
		memory = memory[room:]
		r.workers = append(r.workers, w)
	}
	r.task = r.group
	return r
}

func (r *recurrent[T]) run(*Context) {
	r.b.For(r.packs.n, r.packs.task)
	r.b.For(r.groups, r.task)
}

// group runs a group through the sequence.
func (r *recurrent[T]) group(g, worker int) {
	w := &r.workers[worker]
	lo, hi := r.sequence.group(g)
	w.lo, w.n = lo, hi-lo
	u := r.units
	for i, s := range w.state {
		if r.initial == nil {
			clear(s)
		} else {
			copy(s, r.initial[i][lo*u:hi*u])
		}
	}
	for k0 := 0; k0 < r.steps; k0 += r.chunk {
		n := min(r.chunk, r.steps-k0)
		w.t0 = min(r.time(k0), r.time(k0+n-1))
		r.projections(w, n)
		for k := k0; k < k0+n; k++ {
			r.keep(w, r.time(k))
			r.step(w, r.time(k))
			r.output(w, k)
		}
	}
	if r.States && r.y != nil {
		for e := range w.n {
			for i, s := range w.state {
				copy(r.y[((lo+e)*r.outs+r.outs-r.states+i)*u:][:u], s[e*u:])
			}
		}
	}
}

// projections fills w.z for n steps.
func (r *recurrent[T]) projections(w *forwardWork[T], n int) {
	w.steps = n
	to := w.z
	if r.project != nil {
		to = w.x
	}
	for e := range w.n {
		copy(to[e*n*r.in:][:n*r.in], r.x[((w.lo+e)*r.steps+w.t0)*r.in:])
	}
	if r.project != nil {
		r.project.times(w.z, r.wide, w.x, r.in, w.n*n, w.room, false, r.bias)
	}
}

// keep writes down the states before a step.
func (r *recurrent[T]) keep(w *forwardWork[T], t int) {
	u := r.units
	for i, k := range r.kept {
		if k == nil {
			continue
		}
		for e := range w.n {
			copy(r.row(k, u, w.lo+e, t), w.state[i][e*u:])
			r.fetch(k, u, w.lo+e, t)
		}
	}
}

// output writes what the step that was done as number k puts out.
func (r *recurrent[T]) output(w *forwardWork[T], k int) {
	if r.y == nil || !r.Sequences && k < r.steps-1 {
		return
	}
	row := 0
	if r.Sequences {
		row = r.place(k)
	}
	u := r.units
	for e := range w.n {
		y := r.y[((w.lo+e)*r.outs+row)*u:][:u]
		if r.ZeroMasked && masked(&r.sequence, r.mask, w.lo+e, r.time(k)) {
			clear(y)
			continue
		}
		copy(y, w.state[0][e*u:])
	}
}

// zRow is the projection of example e of the group at step t.
func (r *recurrent[T]) zRow(w *forwardWork[T], e, t int) []T {
	return w.z[(e*w.steps+t-w.t0)*r.wide:][:r.wide]
}

// recur adds the products of the state with the recurrent kernel to the projections of step t, and the bias where it is not nil.
// dropped is memory for a state.
func (r *recurrent[T]) recur(w *forwardWork[T], spans []span[T], t int, dropped, bias []T) {
	for _, f := range spans {
		var add []T
		if bias != nil {
			add = bias[f.at:][:f.n]
		}
		a := w.state[0]
		if f.gate >= 0 {
			r.dropState(w, dropped, a, f.gate)
			a = dropped
		}
		f.times(w.z[(t-w.t0)*r.wide+f.at:], w.steps*r.wide, a, r.units, w.n, w.room, true, add)
	}
}

// dropState sets dst to the state as it goes into a gate.
func (r *recurrent[T]) dropState(w *forwardWork[T], dst, state []T, gate int) {
	d := r.drop[(gate*r.batch+w.lo)*r.units:][:w.n*r.units]
	for i, v := range d {
		dst[i] = flush(state[i] * v)
	}
}
