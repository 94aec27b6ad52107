// Package f32gemm multiplies float32 matrices: C = op(A)·op(B), or C = C + op(A)·op(B), with a bias and a ReLU on
// request, where op transposes or not. Matrices are row major with a leading dimension, the distance between rows.
//
// # Numerics
//
// The result has the same bits on every instruction set, for any number of workers, and wherever the
// matrices lie in memory. Each element of C is computed so:
//
//	k is cut into blocks of KC, the last one shorter
//	s = 0; for each k of block p, ascending:  s = fma(A[i,k], B[k,j], s)     one rounding to float32 each
//	c = s                          of the first block, or C[i,j] + s when accumulating
//	c = flush(c) + s               of each later block, in order
//	c = c + bias[j]                if there is a bias
//	c = max(c, 0)                  if ReLU is asked for; a NaN stays a NaN
//	C[i,j] = flush(c)
//
// where flush is f32vec.Flush: what is below the smallest normal float32, -0 included, is stored as +0, and
// every NaN as 0x7fc00000. Vector lanes lie along j, so their number cannot change a result. The plain Go twin computes the
// same fma from float64 arithmetic (f32vec.FMA).
//
// # Form
//
// A is packed into strips of a few rows (all its rows are shared evenly among the strips), B into panels of a few
// vectors' columns; a micro-kernel keeps one strip times one panel in registers. The strips are packed first, by
// tasks of their own; each task of the second phase takes a group of strips and a group of panels, and packs each panel into
// its worker's own memory just before it is used. The cut into tasks follows from the shape alone.
package f32gemm

import (
	"fmt"
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// KC is the length of a block of k: part of what defines the result's bits, so it can never depend on the machine.
const KC = 512

const (
	// slack is how many floats a packing routine may write beyond what it packs.
	slack = 16
	// packedMax bounds the packed part of A, in floats; more rows are done in several passes.
	packedMax = 1 << 22
	// groupFloats bounds the strips of one task, for one block of k: half of a small second-level cache.
	groupFloats = 1 << 17
	// taskMin and taskMax bound the multiply-adds of one task; in between, there are taskCount tasks.
	taskMin   = 2 << 20
	taskMax   = 32 << 20
	taskCount = 64
	// fewMin is taskMin where A has few rows, and readCost how many multiply-adds reading an element of B costs there.
	fewMin   = 1 << 19
	readCost = 4
	// packMin is the least number of floats to pack in a task.
	packMin = 1 << 13
)

// Epilogue is what is done to the elements of C just before they are stored for the last time.
type Epilogue struct {
	Bias []float32 // one element for each column of C, or nil
	Relu bool
	// After is called when the elements of C in these rows and columns are stored, while they are in the cache, by the task that did so.
	// It may change them.
	After func(row0, row1, col0, col1 int)
}

// Plan is the multiplication of one shape. It holds the arguments of the Run in progress, so a Plan serves one Run at a time;
// plans are small, make one for each place that multiplies.
type Plan struct {
	isa            isa.ISA
	m, n, k        int
	transA, transB bool

	geo     geometry
	blocks  int // of k
	passes  int // over rows of A
	rows    int // of A in a pass; the last may have fewer
	directB bool

	packTask, mulTask func(task, worker int)
	wide              *wide                  // nil for few rows
	tall              *tall                  // nil unless there are very few columns, or rows
	swapped           *swapped               // nil unless there are very few columns and A is transposed
	near              *near                  // nil where something is packed first
	keepTask          func(task, worker int) // nil unless Keep was called
	kept              []float32              // all panels of B

	run
}

// run is the state of one Run, set once for each pass.
type run struct {
	a, b, c, bias []float32
	lda, ldb, ldc int
	packed        []float32 // A's strips
	panels        []float32 // room for one panel of B for each worker
	accumulate    bool
	floor         float32 // 0 for ReLU, else -Inf
	after         func(row0, row1, col0, col1 int)

	row0       int // first row of the pass
	strips     split
	packGroups split // of strips
	rowGroups  split // of strips
	colGroups  split // of panels
}

// geometry is the shape of the micro-kernel's tile.
type geometry struct {
	mr    int // rows of a full strip
	nr    int // columns of a full panel
	lanes int // columns of a vector
}

// split shares n things among parts as evenly as possible, the larger shares first.
type split struct{ n, parts int }

func (s split) start(i int) int { return i*(s.n/s.parts) + min(i, s.n%s.parts) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// New plans C[m,n] = op(A)·op(B) where op(A) is m by k and op(B) is k by n: A is stored as m rows of k, or with transA as k
// rows of m; B as k rows of n, or with transB as n rows of k.
func New(i isa.ISA, m, n, k int, transA, transB bool) *Plan {
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("f32gemm: New: negative size %d x %d x %d", m, n, k))
	}
	if !i.Supported() {
		panic(fmt.Sprintf("f32gemm: New: this machine has no %v", i))
	}
	p := &Plan{isa: i, m: m, n: n, k: k, transA: transA, transB: transB}
	p.geo = geometryFor(i, m)
	p.blocks = max(1, ceilDiv(k, KC))
	p.passes = max(1, ceilDiv(m*k, packedMax))
	p.rows = max(1, ceilDiv(m, p.passes))
	p.passes = ceilDiv(m, p.rows)
	// A panel of B that meets at most two strips is read where it is: packing would cost more than it saves.
	p.directB = !transB && ceilDiv(m, p.geo.mr) <= 2
	p.packTask, p.mulTask = p.packStrips, p.multiply
	if ceilDiv(m, p.geo.mr) >= wideStrips {
		p.wide = p.newWide()
		if p.isNear() {
			p.near = p.newNear()
		}
	}
	switch {
	case !hasTall(i):
	case !transA && n <= tallFew, transB && m <= tallFew:
		p.tall = p.newTall()
	case n <= tallFew && m > tallFew:
		p.swapped = p.newSwapped()
	}
	return p
}

// Keep says that B is the same in every Run: the first one packs it into memory of the Plan's own, if that is of use, and later ones use
// that. The bits stay the same.
func (p *Plan) Keep() {
	if p.tall != nil || p.swapped != nil {
		return // there is nothing that would be packed again
	}
	p.keepTask = p.packKept
	p.near = nil
	if w := p.wide; w != nil {
		w.perPass, w.blocks = max(1, ceilDiv(p.n, p.geo.nr)), p.blocks
	}
}

// Scratch returns how many floats of scratch memory Run needs with that many workers.
func (p *Plan) Scratch(workers int) int {
	switch {
	case p.tall != nil:
		return p.tall.few*p.k + slack
	case p.swapped != nil:
		return max(p.swapped.scratch(p, workers), p.usualScratch(workers))
	}
	return p.usualScratch(workers)
}

func (p *Plan) usualScratch(workers int) int {
	switch {
	case p.near != nil:
		return workers*p.near.roomLen(p) + slack
	case p.wide != nil:
		return p.wide.scratch(p, workers)
	}
	return p.packedLen() + workers*p.panelLen() + slack
}

// packedLen is a whole number of cache lines that holds one pass's strips, each with slack behind it.
func (p *Plan) packedLen() int {
	return (p.rows*p.k+ceilDiv(p.rows, p.geo.mr)*slack+15)&^15 + slack
}

func (p *Plan) panelLen() int { return min(p.k, KC)*p.geo.nr + slack }

// Run multiplies. a, b and c start at the first element of their matrices, with lda, ldb and ldc floats from one row to
// the next; c must not overlap the others. Of c, only the m by n elements are written. scratch is at least
// Scratch(r.Workers()) floats, whose content does not matter before or after. With accumulate the product is added to C.
//
// Run panics, before it touches memory, if a buffer is too short or a leading dimension too small.
func (p *Plan) Run(r par.Runner, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, scratch []float32, accumulate bool) {
	p.RunEpilogue(r, a, lda, b, ldb, c, ldc, scratch, accumulate, Epilogue{})
}

// RunEpilogue is Run with an epilogue.
func (p *Plan) RunEpilogue(r par.Runner, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, scratch []float32, accumulate bool, e Epilogue) {
	if !p.begin(r.Workers(), a, lda, b, ldb, c, ldc, scratch, accumulate, e) {
		return
	}
	if p.swapped != nil && e.Bias == nil {
		c, rest, f := p.beginSwapped(aligned(scratch), e)
		p.swapped.plan.RunEpilogue(r, b, ldb, a, lda, c, p.m, rest, accumulate, f)
		p.Release()
		return
	}
	if p.tall != nil {
		packs, products := p.bindTall()
		each(r, packs, p.tall.packTask)
		each(r, products, p.tall.mulTask)
		p.Release()
		return
	}
	if p.keepTask != nil && p.kept == nil {
		panels := ceilDiv(p.n, p.geo.nr)
		p.kept = aligned(make([]float32, ceilDiv(p.n, p.geo.lanes)*p.geo.lanes*p.k+2*slack))
		each(r, panels, p.keepTask)
	}
	if p.wide != nil {
		each := func(n int, f func(task, worker int)) { each(r, n, f) }
		if p.near != nil {
			p.runNear(r.Workers(), each)
		} else {
			p.runWide(each)
		}
		p.run = run{}
		return
	}
	for p.row0 = 0; p.row0 < p.m; p.row0 += p.rows {
		p.divide(min(p.rows, p.m-p.row0))
		each(r, p.packGroups.parts, p.packTask)
		each(r, p.rowGroups.parts*p.colGroups.parts, p.mulTask)
	}
	p.run = run{}
}

// begin takes the arguments of a Run and tells whether there is something to do.
func (p *Plan) begin(workers int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, scratch []float32, accumulate bool, e Epilogue) bool {
	p.check(workers, a, lda, b, ldb, c, ldc, scratch, e)
	if p.m == 0 || p.n == 0 {
		return false
	}
	scratch = aligned(scratch)
	p.run = run{a: a, b: b, c: c, bias: e.Bias, lda: lda, ldb: ldb, ldc: ldc, accumulate: accumulate, floor: noFloor, after: e.After}
	if e.Relu {
		p.floor = 0
	}
	n := p.packedLen()
	switch {
	case p.tall != nil:
		n = p.tall.few * p.k
	case p.near != nil:
		n = 0
	case p.wide != nil:
		n = p.wide.packedLen(p)
	}
	p.packed, p.panels = scratch[:n], scratch[n:]
	return true
}

// Single tells whether Bind can be called in the place of Run: the product is done in one pass, and B is not kept.
func (p *Plan) Single() bool {
	switch w := p.wide; {
	case p.tall != nil:
		return true
	case p.swapped != nil && !p.swapped.plan.Single():
		return false
	case p.keepTask != nil:
		return false
	case p.near != nil:
		return true
	case w != nil:
		return w.perPass >= ceilDiv(p.n, p.geo.nr) && w.blocks >= p.blocks
	}
	return p.passes <= 1
}

// Bind begins a Run whose tasks the caller runs itself, together with those of others: all of Pack, 0 to packs-1, and then all of
// Product, 0 to products-1. At last it calls Release. Single must be true.
func (p *Plan) Bind(workers int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, scratch []float32, accumulate bool, e Epilogue) (packs, products int) {
	if !p.Single() {
		panic("f32gemm: Bind: the product is not done in one pass")
	}
	if !p.begin(workers, a, lda, b, ldb, c, ldc, scratch, accumulate, e) {
		return 0, 0
	}
	switch {
	case p.tall != nil:
		return p.bindTall()
	case p.swapped != nil && e.Bias == nil:
		c, rest, f := p.beginSwapped(aligned(scratch), e)
		return p.swapped.plan.Bind(workers, b, ldb, a, lda, c, p.m, rest, accumulate, f)
	case p.near != nil:
		return p.bindNear(workers)
	case p.wide != nil:
		return p.bindWide()
	}
	p.divide(p.m)
	return p.packGroups.parts, p.rowGroups.parts * p.colGroups.parts
}

// Pack does a task of packing, for that worker.
func (p *Plan) Pack(task, worker int) {
	switch {
	case p.tall != nil:
		p.gatherFew(task, worker)
	case p.swapped != nil && p.swapped.on:
		p.swapped.plan.Pack(task, worker)
	case p.wide != nil:
		p.packPanels(task, worker)
	default:
		p.packStrips(task, worker)
	}
}

// Product does a task of the product.
func (p *Plan) Product(task, worker int) {
	switch {
	case p.tall != nil:
		p.multiplyTall(task, worker)
	case p.swapped != nil && p.swapped.on:
		p.swapped.plan.Product(task, worker)
	case p.near != nil:
		p.multiplyNear(task, worker)
	case p.wide != nil:
		p.multiplyWide(task, worker)
	default:
		p.multiply(task, worker)
	}
}

// Release forgets the arguments of Bind.
func (p *Plan) Release() {
	p.run = run{}
	if t := p.tall; t != nil {
		t.p, t.q = nil, nil
	}
	if s := p.swapped; s != nil && s.on {
		s.on, s.room = false, nil
		s.plan.Release()
	}
}

// aligned leaves out the floats before the first cache line.
func aligned(scratch []float32) []float32 {
	if at := uintptr(unsafe.Pointer(unsafe.SliceData(scratch))) % 64; at != 0 {
		return scratch[(64-at)/4:]
	}
	return scratch
}

// each runs n tasks; a single one needs no other worker.
func each(r par.Runner, n int, f func(task, worker int)) {
	if n == 1 {
		f(0, 0)
		return
	}
	r.For(n, f)
}

func (p *Plan) check(workers int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, scratch []float32, e Epilogue) {
	matrix := func(name string, x []float32, ld, rows, cols int, trans bool) {
		if trans {
			rows, cols = cols, rows
		}
		if rows == 0 || cols == 0 {
			return
		}
		if ld < cols || len(x) < (rows-1)*ld+cols {
			panic(fmt.Sprintf("f32gemm: Run: %s has %d floats and rows %d apart, which does not hold %d rows of %d", name, len(x), ld, rows, cols))
		}
	}
	matrix("A", a, lda, p.m, p.k, p.transA)
	matrix("B", b, ldb, p.k, p.n, p.transB)
	matrix("C", c, ldc, p.m, p.n, false)
	if len(scratch) < p.Scratch(workers) {
		panic(fmt.Sprintf("f32gemm: Run: scratch has %d floats, needs %d", len(scratch), p.Scratch(workers)))
	}
	if e.Bias != nil && len(e.Bias) < p.n {
		panic(fmt.Sprintf("f32gemm: Run: bias has %d floats, needs %d", len(e.Bias), p.n))
	}
}

// divide cuts a pass of that many rows into strips and tasks.
func (p *Plan) divide(rows int) {
	s := ceilDiv(rows, p.geo.mr)
	p.strips = split{rows, s}
	p.packGroups = split{s, min(s, max(1, rows*p.k/packMin))}
	height := ceilDiv(rows, s)
	p.rowGroups = split{s, ceilDiv(s, max(1, groupFloats/max(1, height*min(p.k, KC))))}
	groupRows := ceilDiv(s, p.rowGroups.parts) * height
	panels := ceilDiv(p.n, p.geo.nr)
	work := max(fewMin, min(taskMax, rows*p.n*p.k/taskCount))
	perTask := max(1, work/max(1, (groupRows+readCost)*p.geo.nr*p.k))
	p.colGroups = split{panels, ceilDiv(panels, perTask)}
	if panels == 1 && p.rowGroups.parts == 1 {
		// A narrow C gets its tasks from its rows.
		p.rowGroups.parts = max(1, min(s, rows*p.geo.nr*p.k/(2*fewMin)))
	}
}

// strip returns the first row, counted from the pass's first, and the height of strip s, and where its packed form begins.
func (p *Plan) strip(s int) (row, height, at int) {
	row = p.strips.start(s)
	return row, p.strips.start(s+1) - row, row*p.k + s*slack
}

// packStrips packs a group of strips: for each block of k, and each k in it, the elements of the strip's rows.
func (p *Plan) packStrips(task, _ int) {
	for s := p.packGroups.start(task); s < p.packGroups.start(task+1); s++ {
		row, h, at := p.strip(s)
		row += p.row0
		dst := p.packed[at : at+h*p.k+slack]
		if p.k == 0 {
			continue
		}
		if p.transA {
			packCols(p.isa, dst, h, p.a[row:], p.lda, h, p.k)
		} else {
			packRows(p.isa, dst, h, p.a[row*p.lda:], p.lda, h, p.k)
		}
	}
}

// multiply computes a group of strips times a group of panels.
func (p *Plan) multiply(task, worker int) {
	rg, cg := task/p.colGroups.parts, task%p.colGroups.parts
	s0, s1 := p.rowGroups.start(rg), p.rowGroups.start(rg+1)
	room := p.panels[worker*p.panelLen():][:p.panelLen()]
	var t tile
	for block := range p.blocks {
		k0 := block * KC
		t.kc = min(KC, p.k-k0)
		t.load = p.accumulate || block > 0
		t.floor = noFloor
		last := block == p.blocks-1
		if last {
			t.floor = p.floor
		}
		for j := p.colGroups.start(cg); j < p.colGroups.start(cg+1); j++ {
			col := j * p.geo.nr
			t.w = min(p.geo.nr, p.n-col)
			t.bias = nil
			if last && p.bias != nil {
				t.bias = p.bias[col : col+t.w]
			}
			if p.kept != nil {
				t.ldb = ceilDiv(t.w, p.geo.lanes) * p.geo.lanes
				t.b = p.kept[col*p.k+k0*t.ldb:]
			} else {
				p.panel(&t, room, k0, col)
			}
			for s := s0; s < s1; s++ {
				row, h, at := p.strip(s)
				t.h = h
				t.ia, t.ka = 1, h
				t.a = p.packed[at+k0*h:][:t.kc*h]
				t.c = p.c[(p.row0+row)*p.ldc+col:]
				t.ldc = p.ldc
				multiplyTile(p.isa, &t)
			}
		}
	}
	if p.after != nil {
		top, _, _ := p.strip(s0)
		end, h, _ := p.strip(s1 - 1)
		p.after(p.row0+top, p.row0+end+h, p.colGroups.start(cg)*p.geo.nr, min(p.n, p.colGroups.start(cg+1)*p.geo.nr))
	}
}

// panel sets t's part of B to the block at k0 of the columns from col on, packed into room or in place.
func (p *Plan) panel(t *tile, room []float32, k0, col int) {
	if t.kc == 0 {
		t.b, t.ldb = nil, 0
		return
	}
	if p.directB && t.w == p.geo.nr {
		t.b, t.ldb = p.b[k0*p.ldb+col:], p.ldb
		return
	}
	t.b, t.ldb = room, ceilDiv(t.w, p.geo.lanes)*p.geo.lanes
	p.packPanel(room, col, k0, t.kc)
}

// packKept packs all blocks of a panel, one behind the other. What the routines write beyond a block, the next one overwrites.
func (p *Plan) packKept(j, _ int) {
	col := j * p.geo.nr
	width := ceilDiv(min(p.geo.nr, p.n-col), p.geo.lanes) * p.geo.lanes
	for k0 := 0; k0 < p.k; k0 += KC {
		p.packPanel(p.kept[col*p.k+k0*width:], col, k0, min(KC, p.k-k0))
	}
}
