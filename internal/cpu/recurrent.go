package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// The examples of a batch run through a sequence independently of each other. So the batch is cut into groups of a few examples, and
// each group is one task from the first step to the last, with no hand-over between workers. The kernels are packed once and shared.
// A step is a product of [h, x] with the recurrent kernel above the kernel. Where a group has so few rows that reading
// the kernels takes longer than the product, the projections x·kernel + bias are computed for some steps at a time instead, so that they are still in
// the cache when the steps come to add the state's part.

const (
	// groupRows is the most examples in a group of the gradient: enough for the multiplication's tile, few enough for several groups.
	// From manyRows on there are groups enough of twice as many, which read the recurrent kernel half as often.
	groupRows = 8
	manyRows  = 128
	// mostRows and leastRows bound the examples of a group on the way forward, where its bits do not depend on the groups: two full
	// tiles, and what makes the work of another worker worth while.
	mostRows, leastRows = 28, 4
	// joinRows is the least batch whose steps multiply x too.
	joinRows = 6
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
	joined                  bool // whether a step multiplies x
	ld, ldz                 int  // distances of the rows of states, and of projections
}

// newSequence is the shape of an operation on the way back.
func newSequence(r op.Recurrent, in []op.Spec, states int) sequence {
	x, u := in[0].Shape, in[1].Shape
	s := sequence{Recurrent: r, batch: x[0], steps: x[1], in: x[2], units: u[0], wide: u[1], states: states, outs: 1}
	if r.Sequences {
		s.outs = s.steps
	}
	if r.States {
		s.outs += states
	}
	most := groupRows
	if s.batch >= manyRows {
		most *= 2
	}
	s.groups = min(s.batch, (s.batch+most-1)/most)
	if s.batch > 1 {
		s.groups += s.groups & 1 // an even number, so that two workers have as much to do
	}
	s.ld = s.units
	return s
}

// forward is the shape for the way forward, by that many workers; single is whether the values are of float32.
func (s sequence) forward(workers int, single bool) sequence {
	s.groups = workers * ((s.batch + workers*mostRows - 1) / (workers * mostRows))
	s.groups = min(s.groups, (s.batch+leastRows-1)/leastRows)
	s.joined = single && !s.Dropout && !s.Projected && s.batch >= joinRows
	s.chunk, s.ld, s.ldz = 1, apart(s.units), apart(s.wide)
	if s.joined {
		s.ld = apart(s.units + s.in)
	} else {
		chunks := (s.steps + chunkSteps - 1) / chunkSteps
		s.chunk = (s.steps + chunks - 1) / chunks
	}
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

// ldx is the distance of the rows of x in a worker's memory.
func (s *sequence) ldx() int {
	if s.joined {
		return s.ld
	}
	return apart(s.in)
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
	at, gate int  // gate chooses the dropout; -1 for none
	joined   bool // whether it is of [h, x] with both kernels
}

// newSpan plans the product for a group; back with the transpose.
func newSpan[T Float](i isa.ISA, s *sequence, at, n, gate int, back bool) span[T] {
	if back {
		return span[T]{fixed: newFixed[T](i, s.rows(), s.units, n, true), at: at, gate: gate}
	}
	return span[T]{fixed: newFixed[T](i, s.rows(), n, s.units, false), at: at, gate: gate}
}

// spansOf plans the products with the columns at to end: one, or with dropout one for each gate.
func spansOf[T Float](i isa.ISA, s *sequence, at, end int, back bool) []span[T] {
	if s.joined && !back {
		return []span[T]{{fixed: newFixed[T](i, s.rows(), end-at, s.units+s.in, false), at: at, gate: -1, joined: true}}
	}
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
	kept       [][]T     // the states before each step, or nil
	project    *fixed[T] // makes the columns from joint on, or nil
	joint      int
	joinBias   []T // of the columns before joint, or nil
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
	x     []T   // of the chunk, for each example its steps; where they are joined, of the step, and beside the first state
	z     []T   // the projections of the chunk, for each example those of its steps
	state [][]T // n rows of units, ld apart
	extra [][]T // the cell's own, rows() rows of units, ld apart
}

// newProjection plans the product that makes the projections of the columns from joint on, those before being made by spans that are joined;
// nil if there are none.
func newProjection[T Float](i isa.ISA, s *sequence, spans []span[T]) (f *fixed[T], joint int) {
	for _, p := range spans {
		if p.joined {
			joint += p.n
		}
	}
	if s.Projected || joint == s.wide {
		return nil, joint
	}
	return newFixed[T](i, s.rows()*s.chunk, s.wide-joint, s.in, false), joint
}

// recurrentScratch is how much memory a recurrent operation wants, given the products of its cell and the number of extra rows.
func recurrentScratch(s *sequence, m *Machine, spans []span[float32], extra int) int {
	n := 0
	if f, _ := newProjection(m.ISA, s, spans); f != nil {
		n = f.memory()
	}
	for _, f := range spans {
		n += f.memory()
	}
	return n + m.Workers()*(padded(s.rows()*s.chunk*s.ldx())+padded(s.rows()*s.chunk*s.ldz)+(s.states+extra)*padded(s.rows()*s.ld))
}

// newRecurrent binds what the cells have in common; scratch memory must be as recurrentScratch says. kept are the states before each step.
func newRecurrent[T Float](b *Bound[T], s sequence, spans []span[T], extra int, kept ...Buf[T]) *recurrent[T] {
	at := s.Inputs(s.states)
	r := &recurrent[T]{
		sequence: s, b: b, x: b.In[0].F, y: b.Out[0].F,
		bias: optional(b, at.Bias), mask: optional(b, at.Mask), drop: optional(b, at.Dropout),
	}
	r.joinBias = r.bias
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
	if r.project, r.joint = newProjection(b.ISA, &s, spans); r.project != nil {
		memory = r.project.bind(b.In[at.Kernel].F[r.joint:], s.wide, memory)
		list = append(list, r.project)
	}
	for _, f := range spans {
		memory = f.bind(b.In[1].F[f.at:], s.wide, memory)
		if f.joined {
			f.below, f.kBelow = b.In[at.Kernel].F[f.at:], s.in
		}
		list = append(list, f.fixed)
	}
	r.packs = newPacking(list)
	take := func(n int) []T {
		part := memory[:n]
		memory = memory[padded(n):]
		return part
	}
	for range b.Workers() {
		w := forwardWork[T]{x: take(s.rows() * s.chunk * s.ldx()), z: take(s.rows() * s.chunk * s.ldz)}
		for range s.states {
			w.state = append(w.state, take(s.rows()*s.ld))
		}
		for range extra {
			w.extra = append(w.extra, take(s.rows()*s.ld))
		}
		if s.joined && s.rows() > 0 {
			w.x = w.state[0][s.units:]
		}
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
		clear(s)
		if r.initial != nil {
			for e := range w.n {
				copy(s[e*r.ld:][:u], r.initial[i][(lo+e)*u:])
			}
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
				copy(r.y[((lo+e)*r.outs+r.outs-r.states+i)*u:][:u], s[e*r.ld:])
			}
		}
	}
}

// projections fills w.z for n steps, as far as they are not joined with the state's part.
func (r *recurrent[T]) projections(w *forwardWork[T], n int) {
	w.steps = n
	to, ld := w.x, r.ldx()
	if r.Projected {
		to, ld = w.z, r.ldz
	}
	for e := range w.n {
		for k := range n {
			copy(to[(e*n+k)*ld:][:r.in], r.row(r.x, r.in, w.lo+e, w.t0+k))
		}
		if r.joined {
			r.fetch(r.x, r.in, w.lo+e, w.t0)
		}
	}
	if r.project != nil {
		var bias []T
		if r.bias != nil {
			bias = r.bias[r.joint:]
		}
		r.project.times(w.z[r.joint:], r.ldz, w.x, ld, w.n*n, false, bias)
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
			copy(r.row(k, u, w.lo+e, t), w.state[i][e*r.ld:])
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
		copy(y, w.state[0][e*r.ld:])
	}
}

// zRow is the projection of example e of the group at step t.
func (r *recurrent[T]) zRow(w *forwardWork[T], e, t int) []T {
	return w.z[(e*w.steps+t-w.t0)*r.ldz:][:r.wide]
}

// recur adds the products of the state with the recurrent kernel to the projections of step t, or makes both, and the bias where it is
// not nil. dropped is memory for a state.
func (r *recurrent[T]) recur(w *forwardWork[T], spans []span[T], t int, dropped, bias []T) {
	part := func(bias []T, f span[T]) []T {
		if bias == nil {
			return nil
		}
		return bias[f.at:][:f.n]
	}
	for _, f := range spans {
		z := w.z[(t-w.t0)*r.ldz+f.at:]
		if f.joined {
			f.times(z, w.steps*r.ldz, w.state[0], r.ld, w.n, false, part(r.joinBias, f))
			continue
		}
		a := w.state[0]
		if f.gate >= 0 {
			r.dropState(w, dropped, a, f.gate)
			a = dropped
		}
		f.times(z, w.steps*r.ldz, a, r.ld, w.n, true, part(bias, f))
	}
}

// dropState sets dst to the state as it goes into a gate.
func (r *recurrent[T]) dropState(w *forwardWork[T], dst, state []T, gate int) {
	for e := range w.n {
		to, h := dst[e*r.ld:], state[e*r.ld:]
		for i, v := range r.drop[(gate*r.batch+w.lo+e)*r.units:][:r.units] {
			to[i] = flush(h[i] * v)
		}
	}
}
