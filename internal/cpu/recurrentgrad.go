package cpu

// recurrentGrad is back-propagation through time, bound to memory: groups of examples run through the sequence from its end, and
// make dz, the gradients of what went into the gates; from these follow the gradients of x and the kernels, by a fold or else by products
// over the whole sequence.
type recurrentGrad[T Float] struct {
	sequence
	b       *Bound[T]
	mask    []T
	drop    []T
	dy      []T
	dStates [][]T // the gradients of the initial states, or nil
	columns int
	ldz     int // distance of the rows of dz
	workers []backwardWork[T]
	packs   *packing[T]
	task    func(group, worker int)

	fold  *fold // or nil, and then:
	dz    []T   // [batch, time, columns]
	after []Run

	// step takes the gradients of the group in w one step back, and writes its dz.
	step func(w *backwardWork[T], t int)
}

// backwardWork is the memory with which a worker runs a group.
type backwardWork[T Float] struct {
	lo, n int
	dz    []T // of the steps t0 to t0+steps-1: for each step a row for each example, or without a fold the other way round
	t0    int
	steps int
	chunk []T   // memory for the dz of a fold
	grad  [][]T // of the states: n rows of units
	extra [][]T // the cell's own, rows() rows of units
	tmp   []T   // 8·units
}

// dzPart is a part of dz that belongs to consecutive columns of a kernel.
type dzPart struct {
	from, to, n int  // n columns, in dz from from on, in the kernel from to on
	extra       bool // its gradient is a product not with the state, but with the further value that the cell kept
}

// layout says of a cell what the columns of dz are.
type layout struct {
	columns   int
	kernel    []dzPart // of the kernel, and of the bias that is added to the projection
	recurrent []dzPart // of the recurrent kernel
	bias      []dzPart // of the bias that is added to the state's part
	extra     int      // rows of units that the cell wants for itself
}

// gradScratch is how much memory the gradient wants; single is whether it is one of float32. The products over the whole sequence use
// the memory of the groups again.
func gradScratch(s *sequence, m *Machine, l layout, spans []span[float32], single bool) int {
	n := 0
	for _, f := range spans {
		n += f.memory()
	}
	work := (s.states+l.extra)*padded(s.rows()*s.units) + padded(8*s.units)
	if p := newFold(m.ISA, s, l, single); p != nil {
		for _, f := range p.toXs(m.ISA, s, l) {
			n += f.memory()
		}
		return n + m.Workers()*(work+p.work()) + p.sums()
	}
	rows := s.batch * s.steps
	product := 0
	want := func(g *gemm[float32]) { product = max(product, g.scratch(m.Workers())) }
	for _, p := range l.kernel {
		if !s.Projected {
			want(newGemm[float32](m.ISA, rows, s.in, p.n, false, true))
			want(newGemm[float32](m.ISA, s.in, p.n, rows, true, false))
		}
	}
	for _, p := range s.recurrentParts(l) {
		want(newGemm[float32](m.ISA, s.units, p.n, rows, true, false))
	}
	if s.Dropout {
		product = padded(product) + padded(rows*s.units)
	}
	return padded(rows*l.columns) + max(n+m.Workers()*work, product)
}

// recurrentParts are the pieces of the recurrent kernel, with dropout cut into gates.
func (s *sequence) recurrentParts(l layout) []dzPart {
	if !s.Dropout {
		return l.recurrent
	}
	var out []dzPart
	for _, p := range l.recurrent {
		for at := 0; at < p.n; at += s.units {
			out = append(out, dzPart{p.from + at, p.to + at, s.units, p.extra})
		}
	}
	return out
}

// newRecurrentGrad binds what the cells have in common. state is what the cell kept as its state before each step, extra its further value.
func newRecurrentGrad[T Float](b *Bound[T], s sequence, l layout, spans []span[T], state, extra []T) *recurrentGrad[T] {
	kernel, mask, drop, _ := s.GradInputs()
	g := &recurrentGrad[T]{
		sequence: s, b: b, mask: optional(b, mask), drop: optional(b, drop), dy: b.In[len(b.In)-1].F, columns: l.columns, ldz: l.columns,
	}
	memory := b.Scratch
	take := func(n int) []T {
		part := memory[:n]
		memory = memory[padded(n):]
		return part
	}
	plan := newFold(b.ISA, &g.sequence, l, is32[T]())
	if plan == nil {
		g.dz = take(s.batch * s.steps * l.columns)
	}
	rest := memory
	var list []*fixed[T]
	for _, f := range spans {
		memory = f.bind(b.In[1].F[f.at:], s.wide, memory)
		list = append(list, f.fixed)
	}
	if plan != nil {
		g.ldz = plan.ldz
		g.fold = &fold{foldPlan: plan, s: &g.sequence, isa: b.ISA, l: l, x: f32(b.In[0].F), kept: f32(state), more: f32(extra), toX: plan.toXs(b.ISA, &s, l)}
		for i, f := range g.fold.toX {
			f.bind(f32(b.In[kernel].F)[l.kernel[i].to:], s.wide, f32(memory))
			memory = memory[f.memory():]
		}
		g.fold.packs = newPacking(g.fold.toX)
	}
	g.packs = newPacking(list)
	for range b.Workers() {
		var w backwardWork[T]
		if plan != nil {
			w.chunk = take(plan.rows*plan.ldz + 16)
			g.fold.left = append(g.fold.left, f32(take(plan.rows*plan.ldl)))
		}
		for range s.states {
			w.grad = append(w.grad, take(s.rows()*s.units))
		}
		for range l.extra {
			w.extra = append(w.extra, take(s.rows()*s.units))
		}
		w.tmp = take(8 * s.units)
		g.workers = append(g.workers, w)
	}
	g.task = g.wholes

	out := b.Out[2:]
	var dw, db Buf[T]
	if kernel >= 0 {
		dw, out = out[0], out[1:]
	}
	if s.Bias {
		db, out = out[0], out[1:]
	}
	for i := range s.states {
		if s.Initial {
			g.dStates = append(g.dStates, out[i].F)
		}
	}
	if f := g.fold; f != nil {
		f.sums = f32(take(plan.parts * plan.sumRows * plan.ld))
		f.dx, f.dw, f.du, f.db = f32(b.Out[0].F), f32(dw.F), f32(b.Out[1].F), f32(db.F)
		f.kernels = f.dw != nil || f.du != nil || f.db != nil
		f.task = f.finish
		g.task = g.part
		return g
	}
	g.inputs(l, optional(b, kernel), b.Out[0], dw, rest)
	g.recurrentKernel(l, state, extra, rest)
	if !db.Empty() {
		at := 0
		if !s.Projected {
			g.biases(l.kernel, db.F)
			at = s.wide
		}
		if l.bias != nil {
			g.biases(l.bias, db.F[at:])
		}
	}
	return g
}

// inputs adds the products that make the gradients of x and of the kernel.
func (g *recurrentGrad[T]) inputs(l layout, kernel []T, dx, dw Buf[T], scratch []T) {
	b, rows := g.b, g.batch*g.steps
	x := b.In[0].F
	for i, p := range l.kernel {
		dz := g.dz[p.from:]
		if g.Projected {
			if !dx.Empty() {
				g.after = append(g.after, b.elementwise(rows, func(lo, hi int) {
					for r := lo; r < hi; r++ {
						copy(dx.F[r*g.wide+p.to:][:p.n], dz[r*g.columns:])
					}
				}))
			}
			continue
		}
		if !dx.Empty() {
			m := newGemm[T](b.ISA, rows, g.in, p.n, false, true)
			o := operands[T]{a: dz, lda: g.columns, b: kernel[p.to:], ldb: g.wide, c: dx.F, ldc: g.in, add: i > 0}
			g.after = append(g.after, func(*Context) { m.run(b, o, scratch) })
		}
		if !dw.Empty() {
			m := newGemm[T](b.ISA, g.in, p.n, rows, true, false)
			o := operands[T]{a: x, lda: g.in, b: dz, ldb: g.columns, c: dw.F[p.to:], ldc: g.wide}
			g.after = append(g.after, func(*Context) { m.run(b, o, scratch) })
		}
	}
}

// recurrentKernel adds the products that make the gradient of the recurrent kernel.
func (g *recurrentGrad[T]) recurrentKernel(l layout, state, extra, scratch []T) {
	du := g.b.Out[1]
	if du.Empty() {
		return
	}
	b, rows := g.b, g.batch*g.steps
	for _, p := range g.recurrentParts(l) {
		a := state
		if p.extra {
			a = extra
		}
		room := scratch
		if g.Dropout && !p.extra {
			dropped := scratch[:rows*g.units]
			room = scratch[padded(rows*g.units):]
			g.after = append(g.after, g.dropStates(dropped, a, p.to/g.units))
			a = dropped
		}
		m := newGemm[T](b.ISA, g.units, p.n, rows, true, false)
		o := operands[T]{a: a, lda: g.units, b: g.dz[p.from:], ldb: g.columns, c: du.F[p.to:], ldc: g.wide}
		g.after = append(g.after, func(*Context) { m.run(b, o, room) })
	}
}

// dropStates sets dst to the states of the whole sequence as they went into a gate.
func (g *recurrentGrad[T]) dropStates(dst, states []T, gate int) Run {
	u := g.units
	return g.b.elementwise(g.batch*g.steps, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			d := g.drop[(gate*g.batch+r/g.steps)*u:][:u]
			for j, v := range states[r*u:][:u] {
				dst[r*u+j] = flush(v * d[j])
			}
		}
	})
}

// biases adds the column sums that make a row of the bias.
func (g *recurrentGrad[T]) biases(parts []dzPart, row []T) {
	b := g.b
	for _, p := range parts {
		c := newColumns[T](b.ISA, g.batch*g.steps, p.n)
		g.after = append(g.after, func(*Context) { c.run(b, row[p.to:][:p.n], g.dz[p.from:], g.columns) })
	}
}

func (g *recurrentGrad[T]) run(c *Context) {
	g.b.For(g.packs.n, g.packs.task)
	if f := g.fold; f != nil {
		if f.dx != nil {
			f.pack(g.b)
		}
		g.b.For(f.parts, g.task)
		per := f.rowsPerTask()
		g.b.For((f.sumRows+per-1)/per, f.task)
		return
	}
	g.b.For(g.groups, g.task)
	for _, r := range g.after {
		r(c)
	}
}

// part runs the groups of a part of the fold.
func (g *recurrentGrad[T]) part(part, worker int) {
	w := &g.workers[worker]
	lo, hi := g.fold.part(part)
	for i := lo; i < hi; i++ {
		g.begin(w, i)
		for k := g.steps; k > 0; k -= w.steps {
			w.dz, w.steps = w.chunk, min(g.fold.chunk, k)
			w.t0 = min(g.time(k-1), g.time(k-w.steps))
			g.back(w, k-w.steps, k)
			g.fold.add(part, worker, f32(w.dz), w.lo, w.n, w.t0, w.steps, i == lo && k == g.steps)
		}
		g.end(w)
	}
}

// wholes runs a group whose dz is written down.
func (g *recurrentGrad[T]) wholes(group, worker int) {
	w := &g.workers[worker]
	g.begin(w, group)
	w.dz, w.t0, w.steps = g.dz[w.lo*g.steps*g.columns:], 0, g.steps
	g.back(w, 0, g.steps)
	g.end(w)
}

// begin sets w to the end of the sequence of a group.
func (g *recurrentGrad[T]) begin(w *backwardWork[T], group int) {
	lo, hi := g.sequence.group(group)
	w.lo, w.n = lo, hi-lo
	u := g.units
	for i, d := range w.grad {
		clear(d)
		if g.States {
			for e := range w.n {
				copy(d[e*u:][:u], g.dy[((lo+e)*g.outs+g.outs-g.states+i)*u:])
			}
		}
	}
}

// back runs from the step after number k1-1 to that before number k0.
func (g *recurrentGrad[T]) back(w *backwardWork[T], k0, k1 int) {
	for k := k1 - 1; k >= k0; k-- {
		if g.fold != nil {
			g.fold.ahead(w.lo, w.n, g.time(k))
		}
		g.gather(w, k)
		g.step(w, g.time(k))
	}
}

// end writes the gradients of the initial states.
func (g *recurrentGrad[T]) end(w *backwardWork[T]) {
	for i, d := range g.dStates {
		if d != nil {
			copy(d[w.lo*g.units:][:w.n*g.units], w.grad[i])
		}
	}
}

// row is what a value [batch, time, n] has for a step of an example.
func (g *recurrentGrad[T]) row(x []T, n, example, t int) []T {
	return x[(example*g.steps+t)*n:][:n]
}

// fetch brings the row of the step before t on its way into the cache.
func (g *recurrentGrad[T]) fetch(x []T, n, example, t int) {
	if t = 2*t - g.next(t); t >= 0 && t < g.steps {
		fetch(g.row(x, n, example, t))
	}
}

// gather adds the gradient of what step number k put out. That of a step that does not count goes to the state before it,
// or nowhere.
func (g *recurrentGrad[T]) gather(w *backwardWork[T], k int) {
	if !g.Sequences && k < g.steps-1 {
		return
	}
	row := 0
	if g.Sequences {
		row = g.place(k)
	}
	u := g.units
	for e := range w.n {
		if g.ZeroMasked && masked(&g.sequence, g.mask, w.lo+e, g.time(k)) {
			continue
		}
		addTo(g.b.ISA, w.grad[0][e*u:][:u], g.dy[((w.lo+e)*g.outs+row)*u:][:u])
		if g.Sequences && k > 0 {
			fetch(g.dy[((w.lo+e)*g.outs+g.place(k-1))*u:][:u])
		}
	}
}

// dzRow is where the gradients of example e of the group at step t go.
func (g *recurrentGrad[T]) dzRow(w *backwardWork[T], e, t int) []T {
	return w.dz[g.dzAt(w, e, t):][:g.columns]
}

// dzAt is the place of that in w.dz.
func (g *recurrentGrad[T]) dzAt(w *backwardWork[T], e, t int) int {
	if g.fold != nil {
		return ((t-w.t0)*w.n + e) * g.ldz
	}
	return (e*w.steps + t - w.t0) * g.ldz
}

// apart is the distance of dz's rows of a step.
func (g *recurrentGrad[T]) apart(w *backwardWork[T]) int {
	if g.fold != nil {
		return g.ldz
	}
	return w.steps * g.ldz
}

// recur adds to the gradient of the state what comes through the recurrent kernel: the products of the columns of dz from from on,
// those of the first span. dropped is memory for a state.
func (g *recurrentGrad[T]) recur(w *backwardWork[T], spans []span[T], from, t int, dropped []T) {
	for _, f := range spans {
		a := w.dz[g.dzAt(w, 0, t)+from+f.at:]
		if f.gate < 0 {
			f.times(w.grad[0], g.units, a, g.apart(w), w.n, true, nil)
			continue
		}
		f.times(dropped, g.units, a, g.apart(w), w.n, false, nil)
		d := g.drop[(f.gate*g.batch+w.lo)*g.units:][:w.n*g.units]
		for i, v := range d {
			w.grad[0][i] = flush(w.grad[0][i] + T(dropped[i]*v))
		}
	}
}
