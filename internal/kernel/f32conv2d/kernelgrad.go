package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

const (
	// partRows positions make a part worth its memory and the time to add it.
	partRows = 512
	// mostParts and mostPartFloats bound the parts.
	mostParts      = 32
	mostPartFloats = 4 << 20
	// joinFloats is what a task adds.
	joinFloats = 8 << 10
)

// KernelGrad makes the gradients of a convolution's kernel and bias. It holds the arguments of the Run in progress, so it serves
// one Run at a time.
type KernelGrad struct {
	isa        isa.ISA
	shape      Shape
	relu, bias bool
	tiles      tiles

	win   window
	boxes boxes
	lines []line // of a full box
	zOnly []line // likewise, for the bias's gradient, whose input is always 1
	zStep int
	zCopy bool // whether dz is copied: behind ReLU, or to fill vectors

	tall    [2][]strip // the rows of dw, for panels of one vector and of two
	panels  int        // of all groups
	fp      int        // filters of a group, filled up to whole vectors
	k       int        // rows of dw of a group; the bias's is one more
	parts   split      // boxes
	slices  int        // tasks of a part
	partLen int

	tasks, joins func(task, worker int)
	kernelGradRun
}

// strip is some rows of dw: from where on, where their first element is below the window, and how many.
type strip struct{ row, at, h int }

type kernelGradRun struct {
	x, y, dy, dw, db []float32
	sums             []float32 // of the parts
	own              []float32 // of the workers
}

// NewKernelGrad plans gradients of the kernel and, if asked for, the bias; relu says that Run gets the output too, and that dy is to
// count only where that is positive.
func NewKernelGrad(i isa.ISA, s Shape, relu, bias bool) *KernelGrad {
	s.check(i)
	s = s.flat()
	p := &KernelGrad{isa: i, shape: s, relu: relu, bias: bias, tiles: tilesFor(i), k: s.KH * s.KW * s.cg()}
	l := p.tiles.lanes
	p.fp = ceilDiv(s.fg(), l) * l
	p.zStep = s.Groups * p.fp
	p.zCopy = relu || p.fp != s.fg()

	v := s.view()
	p.boxes = v.cut(4 * enough)
	p.win = newWindow(v, p.boxes.full, false)
	f := p.boxes.full
	for n := range f.images {
		for y := range f.rows {
			z := (n*f.rows + y) * f.cols * p.zStep
			p.lines, p.zOnly = append(p.lines, line{p.win.offset(n, y, 0), z}), append(p.zOnly, line{0, z})
		}
	}
	for nv := range p.tall {
		p.tall[nv] = p.strips(p.tiles.outer[nv])
	}
	p.panels = s.Groups * ceilDiv(p.fp, 2*l)
	p.partLen = pad16(s.Groups * p.fp * (p.k + 1))
	p.parts.n = p.boxes.count()
	positions := s.N * s.OH * s.OW
	p.parts.parts = max(1, min(p.parts.n, mostParts, positions/partRows, max(4, mostPartFloats/p.partLen)))
	p.slices = max(1, min(len(p.tall[1]), ceilDiv(wantTasks, p.parts.parts)))
	p.tasks, p.joins = p.task, p.join
	return p
}

// strips cuts the rows of dw, run by run, into strips of at most most rows.
func (p *KernelGrad) strips(most int) []strip {
	s := &p.shape
	var out []strip
	row := 0
	add := func(at, n int) {
		parts := split{n, ceilDiv(n, most)}
		for i := range parts.parts {
			from := parts.start(i)
			out = append(out, strip{row + from, at + from, parts.start(i+1) - from})
		}
		row += n
	}
	for ky := range s.KH {
		at := ky * s.DilationH * p.win.line
		if s.DilationW == 1 && s.Groups == 1 {
			add(at, s.KW*s.C)
			continue
		}
		for kx := range s.KW {
			add(at+kx*s.DilationW*s.C, s.cg())
		}
	}
	return out
}

func (p *KernelGrad) zFloats() int {
	if !p.zCopy {
		return 0
	}
	return pad16(p.boxes.full.positions() * p.zStep)
}

func (p *KernelGrad) perWorker() int { return p.win.floats(p.boxes.full) + p.zFloats() }

// Scratch returns how many floats of scratch memory Run needs with that many workers.
func (p *KernelGrad) Scratch(workers int) int {
	return slack + p.parts.parts*p.partLen + workers*p.perWorker()
}

// Run makes dw and, where it was planned, db, unless they are nil, from x, dy and, where it was planned so, y. scratch is as for Forward.
func (p *KernelGrad) Run(r par.Runner, x, dy, y, dw, db, scratch []float32) {
	s := &p.shape
	need("x", len(x), s.N*s.H*s.W*s.C)
	need("dy", len(dy), s.N*s.OH*s.OW*s.F)
	if dw != nil {
		need("dw", len(dw), p.k*s.F)
	}
	need("scratch", len(scratch), p.Scratch(r.Workers()))
	if db != nil {
		need("db", len(db), s.F)
	}
	if p.relu {
		need("y", len(y), len(dy))
	}
	if p.parts.n == 0 {
		clear(dw)
		clear(db)
		return
	}
	scratch = align(scratch)
	n := p.parts.parts * p.partLen
	p.kernelGradRun = kernelGradRun{x: x, y: y, dy: dy, dw: dw, db: db, sums: scratch[:n], own: scratch[n:]}
	each(r, p.parts.parts*p.slices, p.tasks)
	each(r, ceilDiv(s.Groups*p.fp*(p.k+1), joinFloats), p.joins)
	p.kernelGradRun = kernelGradRun{}
}

// one is what the bias's gradient multiplies dz by.
var one = [1]float32{1}

// task sums a slice of dw's rows over the boxes of a part.
func (p *KernelGrad) task(task, worker int) {
	part, slice := task/p.slices, task%p.slices
	own := p.own[worker*p.perWorker():][:p.perWorker()]
	sums := p.sums[part*p.partLen:][:p.partLen]
	s := &p.shape
	t := outerTile{zStep: p.zStep}
	for i := p.parts.start(part); i < p.parts.start(part+1); i++ {
		b := p.boxes.at(i)
		x := p.win.of(p.isa, &b, p.x, nil, own)
		z := p.dz(&b, own[p.win.floats(p.boxes.full):])
		t.load = i > p.parts.start(part)
		t.count = b.cols
		for j := range p.panels {
			g, f, nv := p.panel(j)
			t.w, t.ldd = nv*p.tiles.lanes, nv*p.tiles.lanes
			t.lines, t.xStep = p.lines[:b.images*b.rows], s.StrideW*s.C
			t.z = z[g*p.fp+f:]
			to := sums[(g*p.fp+f)*(p.k+1):]
			tall := p.tall[nv-1]
			if p.dw == nil {
				tall = nil
			}
			share := split{len(tall), p.slices}
			for _, r := range tall[share.start(slice):share.start(slice+1)] {
				t.x, t.dst, t.h = x[r.at+g*s.cg():], to[r.row*t.ldd:], r.h
				outer(p.isa, &t)
			}
			if slice == 0 && p.db != nil {
				t.lines, t.xStep = p.zOnly[:b.images*b.rows], 0
				t.x, t.dst, t.h = one[:], to[p.k*t.ldd:], 1
				outer(p.isa, &t)
			}
		}
	}
}

// panel returns the group, the first filter and the vectors of panel j.
func (p *KernelGrad) panel(j int) (g, f, nv int) {
	nr := 2 * p.tiles.lanes
	per := ceilDiv(p.fp, nr)
	g, f = j/per, j%per*nr
	return g, f, min(nr, p.fp-f) / p.tiles.lanes
}

// dz is dz of a box: dy itself or what is copied to buf.
func (p *KernelGrad) dz(b *box, buf []float32) []float32 {
	s := &p.shape
	from := ((b.n*s.OH+b.y)*s.OW + b.x) * s.F
	n := b.positions()
	if !p.zCopy {
		return p.dy[from:]
	}
	if p.zStep == s.F {
		f32vec.ReluGrad(p.isa, buf[:n*s.F], p.y[from:][:n*s.F], p.dy[from:][:n*s.F])
		return buf
	}
	for i := range n {
		for g := range s.Groups {
			to := buf[i*p.zStep+g*p.fp:][:p.fp]
			at := from + i*s.F + g*s.fg()
			if p.relu {
				f32vec.ReluGrad(p.isa, to[:s.fg()], p.y[at:][:s.fg()], p.dy[at:][:s.fg()])
			} else {
				copy(to, p.dy[at:][:s.fg()])
			}
			clear(to[s.fg():])
		}
	}
	return buf
}

// join adds some elements of the parts in order and brings them to dw and db.
func (p *KernelGrad) join(task, _ int) {
	s := &p.shape
	lo, hi := task*joinFloats, min(s.Groups*p.fp*(p.k+1), (task+1)*joinFloats)
	sum := p.sums[lo:hi]
	for i := 1; i < p.parts.parts; i++ {
		f32vec.Add(p.isa, sum, sum, p.sums[i*p.partLen+lo:i*p.partLen+hi])
	}
	for j := range p.panels {
		g, f, nv := p.panel(j)
		at, w := (g*p.fp+f)*(p.k+1), nv*p.tiles.lanes
		used := min(w, s.fg()-f)
		// Rows may lie in two tasks' ranges.
		for r := max(0, (lo-at)/w); r <= p.k && at+r*w < hi; r++ {
			var to []float32
			if r == p.k {
				to = p.db
			} else if p.dw != nil {
				to = p.dw[r*s.F:]
			}
			if a, b := max(lo, at+r*w), min(hi, at+r*w+used); to != nil && a < b {
				copy(to[g*s.fg()+f+a-at-r*w:], p.sums[a:b])
			}
		}
	}
}
