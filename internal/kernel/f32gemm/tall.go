package f32gemm

import "github.com/dlrun/dlrun/internal/kernel/f32vec"

// The way of products with few columns or few rows, where whole vectors along the columns would be mostly empty or would have to be
// packed for a single use: every sum has a row of a tall matrix P for its one factor and a row of Q, of few rows, for the other, both side
// by side in memory along k. Four elements of each of some rows of P are transposed in registers, so that lanes lie along these
// rows: the order of each sum is that of all other ways.

const (
	// tallFew is the most rows of Q.
	tallFew = 4
	// tallUnit is how many rows of P are done together: a multiple of what the kernels do.
	tallUnit = 48
	// tallTask is how many elements of P a task reads.
	tallTask = 1 << 15
)

// tall is the plan of such a product.
type tall struct {
	flip  bool // P is B, and its rows are C's columns; else P is A
	few   int
	rows  int   // of P
	units split // of tallUnit rows

	packTask, mulTask func(task, worker int)

	// Of the Run in progress:
	p, q     []float32
	ldp, ldq int
}

func (p *Plan) newTall() *tall {
	t := &tall{few: p.n, rows: p.m, flip: p.n > tallFew || p.transA}
	if t.flip {
		t.few, t.rows = p.m, p.n
	}
	n := ceilDiv(t.rows, tallUnit)
	t.units = split{n, max(1, min(n, taskCount, t.rows*p.k/tallTask))}
	t.packTask, t.mulTask = p.gatherFew, p.multiplyTall
	return t
}

// bindTall takes the operands of a Run, and returns how many tasks there are.
func (p *Plan) bindTall() (packs, products int) {
	t := p.tall
	across := !p.transB // the elements of a row of Q lie ldq apart
	t.p, t.ldp, t.q, t.ldq = p.a, p.lda, p.b, p.ldb
	if t.flip {
		across = p.transA
		t.p, t.ldp, t.q, t.ldq = p.b, p.ldb, p.a, p.lda
	}
	if across && t.ldq != 1 && p.k > 0 {
		packs = 1
	}
	return packs, t.units.parts
}

// gatherFew puts the rows of Q one behind the other.
func (p *Plan) gatherFew(int, int) {
	t := p.tall
	for j := range t.few {
		dst := p.packed[j*p.k:][:p.k]
		for k := range dst {
			dst[k] = t.q[k*t.ldq+j]
		}
	}
	t.q, t.ldq = p.packed, p.k
}

// multiplyTall computes a group of rows of P times all rows of Q.
func (p *Plan) multiplyTall(task, _ int) {
	t := p.tall
	first, last := t.units.start(task)*tallUnit, min(t.rows, t.units.start(task+1)*tallUnit)
	var sums [tallFew * tallUnit]float32
	for row := first; row < last; row += tallUnit {
		n := min(tallUnit, last-row)
		for block := range p.blocks {
			k0 := block * KC
			kc := min(KC, p.k-k0)
			if kc > 0 {
				tallSums(&sums, t.p[row*t.ldp+k0:], t.ldp, n, t.q[k0:], t.ldq, t.few, kc)
			}
			p.finishTall(&sums, row, n, p.accumulate || block > 0, block == p.blocks-1)
		}
	}
	if p.after == nil {
		return
	}
	if t.flip {
		p.after(0, p.m, first, last)
	} else {
		p.after(first, last, 0, p.n)
	}
}

// finishTall stores the sums of n rows of P from row on: that of row r and row j of Q is at j*tallUnit+r.
func (p *Plan) finishTall(sums *[tallFew * tallUnit]float32, row, n int, load, last bool) {
	t := p.tall
	for j := range t.few {
		at, step := row*p.ldc+j, p.ldc
		if t.flip {
			at, step = j*p.ldc+row, 1
		}
		for r, v := range sums[j*tallUnit:][:n] {
			c := &p.c[at+r*step]
			if load {
				v = *c + v
			}
			if last {
				if p.bias != nil && t.flip {
					v += p.bias[row+r]
				} else if p.bias != nil {
					v += p.bias[j]
				}
				if v < p.floor {
					v = p.floor
				}
			}
			*c = f32vec.Flush(v)
		}
	}
}

// swapped is the way of products with few columns whose A is stored transposed: the transposed product has few rows, and reads A as it
// is. What it gives is then transposed.
type swapped struct {
	plan *Plan
	put  func(row0, row1, col0, col1 int)
	on   bool      // in the Run in progress
	room []float32 // the transposed C
}

func (p *Plan) newSwapped() *swapped {
	return &swapped{plan: New(p.isa, p.n, p.m, p.k, !p.transB, false), put: p.putSwapped}
}

func (s *swapped) scratch(p *Plan, workers int) int {
	return (p.m*p.n+15)&^15 + 2*slack + s.plan.Scratch(workers)
}

// beginSwapped takes the arguments of a Run and returns those of the transposed one. A bias would be one for each of its rows: with one
// the product goes the usual way.
func (p *Plan) beginSwapped(scratch []float32, e Epilogue) (c []float32, rest []float32, f Epilogue) {
	s := p.swapped
	s.on = true
	n := p.m * p.n
	s.room, rest = scratch[:n], scratch[(n+15)&^15:]
	if p.accumulate {
		for i := range p.m {
			for j := range p.n {
				s.room[j*p.m+i] = p.c[i*p.ldc+j]
			}
		}
	}
	return s.room, rest, Epilogue{Relu: e.Relu, After: s.put}
}

// putSwapped stores a part of the transposed product.
func (p *Plan) putSwapped(row0, row1, col0, col1 int) {
	for j := row0; j < row1; j++ {
		for i, v := range p.swapped.room[j*p.m+col0 : j*p.m+col1] {
			p.c[(col0+i)*p.ldc+j] = v
		}
	}
	if p.after != nil {
		p.after(col0, col1, row0, row1)
	}
}
