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
	foldRows = 112
	// foldParts is the most parts.
	foldParts = 16
	// foldMost is the most elements of a part's sums. Larger kernels make the products over the whole sequence efficient by themselves.
	foldMost = 1 << 20
)

// foldPlan is the shape of a fold.
type foldPlan struct {
	parts, chunk int
	rows         int // of dz at a time, at most
	ldz          int // distance of the rows of dz
	left         int // columns of the left operand: x, the state, and what else the cell kept
	extra        bool
	ldl          int // distance of its rows
	sumRows      int // of a part's sums: those of both kernels, and one for the bias
	ld           int // distance of the rows of sums
	products     []foldProduct
	packedA      int // elements of the left operand when packed
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
	p := &foldPlan{ld: apart(max(s.wide, l.columns)), sumRows: s.in + s.units + 1, ldz: apart(l.columns)}
	if !single || s.Dropout || s.Projected || p.sumRows*p.ld > foldMost {
		return nil
	}
	p.parts = min(s.groups, foldParts)
	chunk := min(s.steps, max(1, foldRows/max(1, s.rows())))
	chunks := (s.steps + chunk - 1) / chunk
	p.chunk = (s.steps + chunks - 1) / chunks
	p.rows = s.rows() * p.chunk
	p.left = s.in + s.units
	add := func(left, m, row int, d dzPart) {
		f := foldProduct{left: left, m: m, dz: d.from, n: d.n, row: row, col: d.to, plan: f32gemm.NewPacked(i, m, d.n, p.rows, false)}
		p.packedA = max(p.packedA, padded(f.plan.RowsLen(m)))
		p.products = append(p.products, f)
	}
	if len(l.kernel) == 1 && len(l.recurrent) == 1 && l.kernel[0] == l.recurrent[0] {
		add(0, s.in+s.units, 0, l.kernel[0])
	} else {
		for _, d := range l.kernel {
			add(0, s.in, 0, d)
		}
		for _, d := range l.recurrent {
			if d.extra {
				p.extra, p.left = true, s.in+2*s.units
				add(s.in+s.units, s.units, s.in, d)
			} else {
				add(s.in, s.units, s.in, d)
			}
		}
	}
	p.ldl = apart(p.left)
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
	return padded(p.rows*p.ldz+16) + padded(p.rows*p.ldl) + p.packedA
}

// sums is how much memory the sums of all parts take.
func (p *foldPlan) sums() int { return padded(p.parts * p.sumRows * p.ld) }

// foldWork is the memory of a worker.
type foldWork struct{ left, a []float32 }

// fold is a fold bound to memory.
type fold struct {
	*foldPlan
	s               *sequence
	isa             isa.ISA
	x, state, extra []float32
	dx              []float32 // or nil
	kernels         bool      // whether the sums are wanted
	bias            bool
	dw, du, db      []float32
	l               layout
	toX             []*fixed[float32]
	packs           *packing[float32]
	sums            []float32
	work            []foldWork
	task            func(t, worker int)
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

// add folds the rows of dz of the examples lo to lo+n-1 and the steps t0 to t0+steps-1, with first as the first of the part.
func (f *fold) add(part, worker int, dz []float32, lo, n, t0, steps int, room []float32, first bool) {
	s, w := f.s, &f.work[worker]
	if f.dx != nil {
		f.inputs(w, dz, lo, n, t0, steps, room)
	}
	sums := f.of(part)
	rows := n * steps
	if f.bias {
		sum := sums[(f.sumRows-1)*f.ld:][:f.l.columns]
		for r := range rows {
			if first && r == 0 {
				copy(sum, dz)
				continue
			}
			addTo(f.isa, sum, dz[r*f.ldz:][:f.l.columns])
		}
	}
	if !f.kernels {
		return
	}
	for e := range n {
		for t := range steps {
			row := w.left[(e*steps+t)*f.ldl:]
			at := (lo+e)*s.steps + t0 + t
			copy(row[:s.in], f.x[at*s.in:])
			copy(row[s.in:][:s.units], f.state[at*s.units:])
			if f.extra != nil {
				copy(row[s.in+s.units:][:s.units], f.extra[at*s.units:])
			}
		}
	}
	for i := range f.products {
		p := &f.products[i]
		q := p.plan.With(p.n, rows, false)
		q.PackCols(w.a, w.left[p.left:], f.ldl, p.m)
		q.MultiplyPlain(sums[p.row*f.ld+p.col:], f.ld, w.a, p.m, dz[p.dz:], f.ldz, !first)
	}
}

// inputs makes the gradient of x of some examples and steps, in memory of the worker, since one product with the rows of all examples
// reads the kernel once.
func (f *fold) inputs(w *foldWork, dz []float32, lo, n, t0, steps int, room []float32) {
	s := f.s
	for i, d := range f.l.kernel {
		f.toX[i].times(w.left, s.in, dz[d.from:], f.ldz, n*steps, room, i > 0, nil)
	}
	for e := range n {
		copy(f.dx[((lo+e)*s.steps+t0)*s.in:][:steps*s.in], w.left[e*steps*s.in:])
	}
}

// rowsPerTask is how many rows of the sums a task of finish adds.
func (f *fold) rowsPerTask() int { return max(1, chunk/(f.ld*f.parts)) }

// finish adds the parts' sums: task t does some rows.
func (f *fold) finish(t, _ int) {
	per := f.rowsPerTask()
	for r := t * per; r < min(f.sumRows, (t+1)*per); r++ {
		switch {
		case r == f.sumRows-1:
			f.biases()
		case r < f.s.in:
			f.sum(f.dw, r, r)
		default:
			f.sum(f.du, r-f.s.in, r)
		}
	}
}

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

// biases makes the gradient of the bias, whose second row is that of the state's part.
func (f *fold) biases() {
	if f.db == nil {
		return
	}
	for row, parts := range [][]dzPart{f.l.kernel, f.l.bias} {
		for _, d := range parts {
			to := f.db[row*f.s.wide+d.to:][:d.n]
			for p := range f.parts {
				if from := f.of(p)[(f.sumRows-1)*f.ld+d.from:][:d.n]; p == 0 {
					copy(to, from)
				} else {
					addTo(f.isa, to, from)
				}
			}
		}
	}
}
