package cpu

import (
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// On the way back through a sequence dz, the gradients of what went into the gates, are as large as all the gates of all steps. They are
// folded into the gradients of x, the kernels and the bias a few steps at a time, while the cache still holds them, and never
// written down. The groups of examples are dealt to a few parts, each of which has sums of its own; these are added in the end. How many parts
// there are follows from the shape, so the bits do not depend on the workers.

const (
	// foldRows is about how many rows of dz, one for each example and step, are folded at once.
	foldRows = 224
	// foldParts is the most parts.
	foldParts = 16
	// foldMost is the most elements of a part's sums. Larger kernels make the products over the whole sequence efficient by themselves.
	foldMost = 1 << 20
)

// foldPlan is the shape of a fold. Its left operand has for each row of dz x, a one, the state before the step, another one, and what else
// the cell kept: the ones make the sums of the biases. The sums have a row for each of these columns but the last.
type foldPlan struct {
	parts, chunk int
	rows         int // of dz at a time, at most
	ldz          int // distance of the rows of dz
	state        int // where in a row of the left operand the state begins
	extra        int // where what else is kept begins, or 0
	ldl          int // distance of its rows
	sumRows, ld  int // of a part's sums, and the distance of their rows
	products     []foldProduct
}

// foldProduct adds the product of m columns of the left operand, transposed, with n columns of dz to the sums.
type foldProduct struct {
	left, m  int
	dz, n    int
	row, col int
	plan     *f32gemm.Packed
}

// apart is a distance of rows of that many elements with which they do not fall into the same sets of a cache.
func apart(n int) int { return padded(n) | 16 }

// newFold plans the fold of a sequence; nil where the products over the whole sequence are better, or have to be made from something
// else than x and the states.
func newFold(i isa.ISA, s *sequence, l layout, single bool) *foldPlan {
	p := &foldPlan{ld: apart(s.wide), state: s.in + 1, sumRows: s.in + s.units + 2, ldz: apart(l.columns)}
	if s.batch == 1 || !single || s.Dropout || s.Projected || p.sumRows*p.ld > foldMost {
		return nil
	}
	p.parts = min(s.groups, foldParts)
	chunk := min(s.steps, max(1, foldRows/max(1, s.rows())))
	chunks := (s.steps + chunk - 1) / chunk
	p.chunk = (s.steps + chunks - 1) / chunks
	p.rows = s.rows() * p.chunk
	left := p.sumRows
	add := func(from, m, row int, d dzPart) {
		f := foldProduct{left: from, m: m, dz: d.from, n: d.n, row: row, col: d.to, plan: f32gemm.NewPacked(i, m, d.n, p.rows, false)}
		p.products = append(p.products, f)
	}
	if len(l.kernel) == 1 && len(l.recurrent) == 1 && l.kernel[0] == l.recurrent[0] {
		add(0, p.state+s.units, 0, l.kernel[0])
	} else {
		for _, d := range l.kernel {
			add(0, p.state, 0, d)
		}
		for _, d := range l.recurrent {
			if d.extra {
				p.extra, left = p.sumRows, p.sumRows+s.units
				add(p.extra, s.units, p.state, d)
			} else {
				add(p.state, s.units+1, p.state, d)
			}
		}
	}
	p.ldl = apart(left)
	return p
}

// toXs are the products that make the gradient of x.
func (p *foldPlan) toXs(i isa.ISA, s *sequence, l layout) []*fixed[float32] {
	var out []*fixed[float32]
	for _, d := range l.kernel {
		out = append(out, newFixed[float32](i, p.rows, s.in, d.n, true))
	}
	return out
}

// work is how much memory a worker wants.
func (p *foldPlan) work() int {
	return padded(p.rows*p.ldz+16) + padded(p.rows*p.ldl)
}

// sums is how much memory the sums of all parts take.
func (p *foldPlan) sums() int { return padded(p.parts * p.sumRows * p.ld) }

// fold is a fold bound to memory.
type fold struct {
	*foldPlan
	s             *sequence
	l             layout
	isa           isa.ISA
	x, kept, more []float32 // the left operand's parts: x, the states, and what else the cell kept
	dx            []float32 // or nil
	kernels       bool      // whether the sums are wanted
	dw, du, db    []float32 // or nil
	toX           []*fixed[float32]
	packs         *packing[float32]
	sums          []float32
	left          [][]float32 // of each worker
	task          func(t, worker int)
}

// pack packs the kernel for the gradient of x.
func (f *fold) pack(r par.Runner) { r.For(f.packs.n, f.packs.task) }

// part is the range of groups of a part.
func (f *fold) part(p int) (lo, hi int) {
	at := func(p int) int { return p*(f.s.groups/f.parts) + min(p, f.s.groups%f.parts) }
	return at(p), at(p + 1)
}

// of are the sums of a part.
func (f *fold) of(part int) []float32 { return f.sums[part*f.sumRows*f.ld:][:f.sumRows*f.ld] }

// ahead brings what add reads of the examples lo to lo+n-1 at step t on its way into the cache.
func (f *fold) ahead(lo, n, t int) {
	for e := lo; f.kernels && e < lo+n; e++ {
		at := e*f.s.steps + t
		fetch(f.x[at*f.s.in:][:f.s.in])
		fetch(f.kept[at*f.s.units:][:f.s.units])
	}
}

// add folds the rows of dz of the examples lo to lo+n-1 and the steps t0 to t0+steps-1, with first as the first of the part.
func (f *fold) add(part, worker int, dz []float32, lo, n, t0, steps int, first bool) {
	s, left := f.s, f.left[worker]
	if f.dx != nil {
		f.inputs(left, dz, lo, n, t0, steps)
	}
	if !f.kernels {
		return
	}
	for t := range steps {
		for e := range n {
			row := left[(t*n+e)*f.ldl:]
			at := (lo+e)*s.steps + t0 + t
			copy(row[:s.in], f.x[at*s.in:])
			copy(row[f.state:][:s.units], f.kept[at*s.units:])
			row[s.in], row[f.state+s.units] = 1, 1
			if f.extra > 0 {
				copy(row[f.extra:][:s.units], f.more[at*s.units:])
			}
		}
	}
	sums := f.of(part)
	for i := range f.products {
		p := &f.products[i]
		q := p.plan.With(p.n, n*steps, false)
		q.MultiplyPlain(sums[p.row*f.ld+p.col:], f.ld, left[p.left:], f.ldl, p.m, dz[p.dz:], f.ldz, !first)
	}
}

// inputs makes the gradient of x of some examples and steps, in the memory of the left operand, since one product with the rows of all examples
// reads the kernel once.
func (f *fold) inputs(left, dz []float32, lo, n, t0, steps int) {
	s := f.s
	for i, d := range f.l.kernel {
		f.toX[i].times(left, s.in, dz[d.from:], f.ldz, n*steps, i > 0, nil)
	}
	for e := range n {
		for t := range steps {
			copy(f.dx[((lo+e)*s.steps+t0+t)*s.in:][:s.in], left[(t*n+e)*s.in:])
		}
	}
}

// rowsPerTask is how many rows of the sums a task of finish adds.
func (f *fold) rowsPerTask() int { return max(1, chunk/(f.ld*f.parts)) }

// finish adds the parts' sums: task t does some rows.
func (f *fold) finish(t, _ int) {
	per, in, u := f.rowsPerTask(), f.s.in, f.s.units
	for r := t * per; r < min(f.sumRows, (t+1)*per); r++ {
		switch {
		case r < in:
			f.sum(f.dw, r, r)
		case r == in:
			f.sum(f.db, 0, r)
		case r < f.state+u:
			f.sum(f.du, r-f.state, r)
		case f.l.bias != nil:
			f.sum(f.db, 1, r)
		}
	}
}

// sum sets row to of dst, where it is wanted, to the sum of a row of the parts.
func (f *fold) sum(dst []float32, to, row int) {
	if dst == nil {
		return
	}
	d := dst[to*f.s.wide:][:f.s.wide]
	for p := range f.parts {
		if part := f.of(p)[row*f.ld:][:f.s.wide]; p == 0 {
			copy(d, part)
		} else {
			addTo(f.isa, d, part)
		}
	}
}
