package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

const (
	// partRows positions make a part worth the time to add it.
	partRows = 64
	// mostParts and mostPartFloats bound the parts.
	mostParts      = 64
	mostPartFloats = 2 << 20
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

	depth   bool   // whether each filter has a channel of its own: then all is as with one group
	taps    []int  // places of the window's cells
	items   []item // what there is to sum for each box
	panels  int    // of all groups
	fp      int    // filters of a group, filled up to whole vectors
	k       int    // rows of dw of a group; the bias's is one more
	parts   runs   // boxes
	slices  split  // of the items: the tasks of a part
	batch   int    // images
	perPart int    // images of a part, or 0 where parts are not cut between images
	partLen int

	winograd *winogradGrad // in place of all that

	bundles *bundles  // as Forward's
	grouped []float32 // dw of the run, for the groups as they are

	tasks, joins func(task, worker int)
	kernelGradRun
}

// item is a piece of the sums: some rows of dw, or db's only row, in a panel.
type item struct {
	panel int
	strip
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
	if j, b := bundlesOf(s); b != nil {
		p := NewKernelGrad(i, j, relu, bias)
		p.bundles = b
		return p
	}
	batch := s.N
	s = s.flat()
	p := &KernelGrad{isa: i, shape: s, relu: relu, bias: bias, tiles: tilesFor(i), k: s.KH * s.KW * s.cg()}
	if winogradFits(&s, s.OH, s.OW, false) {
		p.winograd = newWinogradGrad(i, s, relu)
		p.perPart = p.winograd.perPart()
		return p
	}
	v := s.view()
	if p.depth = s.Groups > 1 && s.cg() == 1 && s.fg() == 1; p.depth {
		s.Groups, p.shape.Groups = 1, 1 // for the layout of dz and of the sums
	}
	l := p.tiles.lanes
	p.fp = ceilDiv(s.fg(), l) * l
	p.zStep = s.Groups * p.fp
	p.zCopy = relu || p.fp != s.fg()

	p.boxes = v.cut(4 * enough)
	p.win = newWindow(v, p.boxes.full, false)
	f := p.boxes.full
	for n := range f.images {
		for y := range f.rows {
			z := (n*f.rows + y) * f.cols * p.zStep
			p.lines, p.zOnly = append(p.lines, line{p.win.offset(n, y, 0), z}), append(p.zOnly, line{0, z})
		}
	}
	p.panels = s.Groups * ceilDiv(p.fp, p.nr())
	for ky := range s.KH {
		for kx := range s.KW {
			p.taps = append(p.taps, ky*s.DilationH*p.win.line+kx*s.DilationW*s.C)
		}
	}
	tall := [2][]strip{p.strips(1), p.strips(2)}
	for j := range p.panels {
		_, _, nv := p.panel(j)
		for _, r := range tall[nv-1] {
			p.items = append(p.items, item{j, r})
		}
		if bias {
			p.items = append(p.items, item{j, strip{row: p.k, h: 1}})
		}
	}
	p.partLen = pad16(s.Groups * p.fp * (p.k + 1))
	p.batch = batch
	boxes := p.boxes.count()
	positions := s.N * s.OH * s.OW
	// What follows must not depend on the width of vectors, as partLen does.
	parts := max(1, min(boxes, mostParts, positions/partRows, mostPartFloats/((p.k+1)*s.F)))
	p.parts, p.perPart = p.cutParts(boxes, parts)
	p.slices = split{len(p.items), max(1, min(len(p.items), ceilDiv(wantTasks, max(1, p.parts.parts))))}
	p.tasks, p.joins = p.task, p.join
	return p
}

// cutParts cuts boxes into at most so many parts. Where it can, a part is some whole images, a power of two; how many is returned, else 0.
func (p *KernelGrad) cutParts(boxes, parts int) (runs, int) {
	per := max(1, ceilDiv(boxes, parts))
	each := 0 // boxes of an image
	switch f := &p.boxes.full; {
	case p.boxes.n != p.batch: // all in one row
		if n := p.boxes.w / max(1, p.batch); n%f.cols == 0 {
			each = n / f.cols
		}
	case f.images == 1:
		each = ceilDiv(p.boxes.h, f.rows) * ceilDiv(p.boxes.w, f.cols)
	case f.images&(f.images-1) == 0:
		n := 1
		for n < per {
			n *= 2
		}
		return newRuns(boxes, n), n * f.images
	}
	if each == 0 || per < each {
		return newRuns(boxes, per), 0
	}
	n := 1
	for n*each < per {
		n *= 2
	}
	return newRuns(boxes, n*each), n
}

// strips cuts the rows of dw, run by run, into strips for panels of nv vectors.
func (p *KernelGrad) strips(nv int) []strip {
	s := &p.shape
	if p.depth {
		return cutStrips(nil, 0, 0, p.k, p.tiles.depthOuter)
	}
	most := p.tiles.outer[nv-1]
	var out []strip
	for i, at := range p.taps {
		switch {
		case s.DilationW > 1 || s.Groups > 1:
			out = cutStrips(out, i*s.cg(), at, s.cg(), most)
		case i%s.KW == 0: // a row of the window is one run
			out = cutStrips(out, i*s.C, at, s.KW*s.C, most)
		}
	}
	return out
}

// cutStrips appends n rows, cut evenly.
func cutStrips(out []strip, row, at, n, most int) []strip {
	parts := split{n, ceilDiv(n, most)}
	for i := range parts.parts {
		from := parts.start(i)
		out = append(out, strip{row + from, at + from, parts.start(i+1) - from})
	}
	return out
}

// nr is the width of a full panel.
func (p *KernelGrad) nr() int {
	if p.depth {
		return p.tiles.lanes
	}
	return 2 * p.tiles.lanes
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
	if p.winograd != nil {
		return slack + p.bundles.floats() + p.winograd.scratch(workers)
	}
	return slack + p.bundles.floats() + p.parts.parts*p.partLen + workers*p.perWorker()
}

// Run makes dw and, where it was planned, db, unless they are nil, from x, dy and, where it was planned so, y. scratch is as for Forward.
func (p *KernelGrad) Run(r par.Runner, x, dy, y, dw, db, scratch []float32) {
	p.Begin(r, x, dy, y, dw, db, scratch)
	if w := p.winograd; w != nil {
		each(r, w.parts.parts*w.groups.parts*w.ranges.parts, w.tasks)
	} else {
		each(r, p.parts.parts*p.slices.parts, p.tasks)
	}
	p.End(r)
}

// PerPart returns how many images are summed together, if the Run can go image by image; else 0.
func (p *KernelGrad) PerPart() int { return p.perPart }

// Begin begins a Run that goes image by image: Images does them, End adds up what they have made.
func (p *KernelGrad) Begin(r par.Runner, x, dy, y, dw, db, scratch []float32) {
	s := &p.shape
	need("x", len(x), s.N*s.H*s.W*s.C)
	need("dy", len(dy), s.N*s.OH*s.OW*s.F)
	if dw != nil {
		need("dw", len(dw), p.k*s.F/p.bundles.groups())
	}
	need("scratch", len(scratch), p.Scratch(r.Workers()))
	if db != nil {
		need("db", len(db), s.F)
	}
	if p.relu {
		need("y", len(y), len(dy))
	}
	scratch = align(scratch)
	if n := p.bundles.floats(); n > 0 && dw != nil {
		p.grouped, dw, scratch = dw, scratch[:n], scratch[n:]
	}
	if p.winograd != nil {
		p.winograd.begin(x, dy, y, dw, db, scratch)
		return
	}
	n := p.parts.parts * p.partLen
	p.kernelGradRun = kernelGradRun{x: x, y: y, dy: dy, dw: dw, db: db, sums: scratch[:n], own: scratch[n:]}
}

// Images sums images lo to hi-1, between Begin and End; lo is a multiple of PerPart. Calls at the same time have different workers and images.
func (p *KernelGrad) Images(lo, hi, worker int) {
	for part := lo / p.perPart; part*p.perPart < hi; part++ {
		if p.winograd != nil {
			p.winograd.part(part, worker)
			continue
		}
		p.part(part, 0, len(p.items), worker)
	}
}

// End makes dw and db.
func (p *KernelGrad) End(r par.Runner) {
	bundled := p.dw
	if w := p.winograd; w != nil {
		bundled = w.dw
		each(r, w.joinTasks.parts, w.joins)
		w.kernelGradRun = kernelGradRun{}
	} else if p.parts.parts == 0 {
		clear(p.dw)
		clear(p.db)
	} else {
		each(r, ceilDiv(p.shape.Groups*p.fp*(p.k+1), joinFloats), p.joins)
	}
	if p.grouped != nil {
		p.bundles.part(bundled, p.grouped)
		p.grouped = nil
	}
	p.kernelGradRun = kernelGradRun{}
}

// one is what the bias's gradient multiplies dz by.
var one = [1]float32{1}

// task sums a slice of the items over the boxes of a part.
func (p *KernelGrad) task(task, worker int) {
	part, slice := task/p.slices.parts, task%p.slices.parts
	p.part(part, p.slices.start(slice), p.slices.start(slice+1), worker)
}

// part sums the items from lo to hi over the boxes of a part.
func (p *KernelGrad) part(part, lo, hi, worker int) {
	own := p.own[worker*p.perWorker():][:p.perWorker()]
	sums := p.sums[part*p.partLen:][:p.partLen]
	for i := p.parts.start(part); i < p.parts.start(part+1); i++ {
		b := p.boxes.at(i)
		x := p.win.of(p.isa, &b, p.x, nil, own)
		z := p.dz(&b, own[p.win.floats(p.boxes.full):])
		for _, t := range p.items[lo:hi] {
			p.sum(&t, &b, x, z, sums, i > p.parts.start(part))
		}
	}
}

// sum does one item for a box, whose input and dz are x and z.
func (p *KernelGrad) sum(it *item, b *box, x, z, sums []float32, add bool) {
	s := &p.shape
	g, f, nv := p.panel(it.panel)
	w, lines, step := nv*p.tiles.lanes, p.lines[:b.images*b.rows], s.StrideW*s.C
	dst := sums[(g*p.fp+f)*(p.k+1)+it.row*w:]
	switch {
	case it.row == p.k:
		if p.db != nil {
			t := outerTile{x: one[:], z: z[g*p.fp+f:], lines: p.zOnly[:len(lines)], zStep: p.zStep, count: b.cols, dst: dst, ldd: w, h: 1, w: w, load: add}
			outer(p.isa, &t)
		}
	case p.dw == nil:
	case p.depth:
		t := depthOuterTile{
			x: x[f:], z: z[f:], taps: p.taps[it.row : it.row+it.h], lines: lines, xStep: step, zStep: p.zStep, count: b.cols,
			dst: dst, ldd: w, w: min(w, s.F-f), load: add,
		}
		depthOuter(p.isa, &t)
	default:
		t := outerTile{
			x: x[it.at+g*s.cg():], z: z[g*p.fp+f:], lines: lines, xStep: step, zStep: p.zStep, count: b.cols,
			dst: dst, ldd: w, h: it.h, w: w, load: add,
		}
		outer(p.isa, &t)
	}
}

// panel returns the group, the first filter and the vectors of panel j.
func (p *KernelGrad) panel(j int) (g, f, nv int) {
	nr := p.nr()
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
