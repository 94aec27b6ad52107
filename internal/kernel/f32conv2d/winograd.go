package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/f32winograd"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

const (
	// winogradFloats bounds what the transformed tiles of a box take: about half of a second-level cache.
	winogradFloats = 128 << 10
	// mostTiles and leastTiles bound the tiles of a box.
	mostTiles, leastTiles = 96, 16
	// leastTasks is how many tasks there should be at least.
	leastTasks = 4
	// winogradDepth is the most channels of a block of k: short, because the terms of a sum are larger than its result.
	winogradDepth = 64
	// packChannels is the least channels of a task that transforms a kernel: a cache line of a kernel turned around.
	packChannels = 16
	// taskFilters is the least filters of a task that makes up for transforming a box's tiles.
	taskFilters = 128
)

// winogradFits tells whether tiles are worth their transforms. It compares multiply-adds, for which those that a transform costs were measured:
// perChannel for each tile and channel on either side, perWeight for each element of the kernel, unless what becomes of that is kept.
func winogradFits(s *Shape, oh, ow int, kept bool) bool {
	const perChannel, perWeight = 350, 100
	if s.KH != 3 || s.KW != 3 || s.StrideH*s.StrideW*s.DilationH*s.DilationW != 1 || s.Groups != 1 || s.N == 0 {
		return false
	}
	products := float64(s.C) * float64(pad16(s.F))
	tiles := float64(s.N) * float64(ceilDiv(oh, f32winograd.Tile)) * float64(ceilDiv(ow, f32winograd.Tile))
	direct := float64(s.N) * float64(oh) * float64(ow) * 9 * products
	cost := tiles * (f32winograd.Freqs*products + perChannel*float64(pad16(s.C)+pad16(s.F)))
	if !kept {
		cost += 9 * perWeight * products
	}
	return 1.1*cost < direct
}

// tilesOf are the tiles of some rows and columns of outputs: a view whose positions are tiles.
func tilesOf(n, h, w, c, oh, ow, top, left int) view {
	t := f32winograd.Tile
	return view{
		n: n, h: h, w: w, c: c, rows: ceilDiv(oh, t), cols: ceilDiv(ow, t), stepY: t, stepX: t, y0: -top, x0: -left,
		extY: f32winograd.Size, extX: f32winograd.Size,
	}
}

// cutTiles chooses boxes of at most most tiles, and at least tasks of them unless they would have less than least.
func (v *view) cutTiles(least, most, tasks int) boxes {
	b := boxes{n: v.n, h: v.rows, w: v.cols, full: box{images: 1, rows: v.rows, cols: v.cols}}
	f := &b.full
	switch n := f.rows * f.cols; {
	case n <= most:
		f.images = max(1, min(most/n, max(ceilDiv(v.n, tasks), ceilDiv(least, n))))
		f.images = max(1, ceilDiv(v.n, ceilDiv(v.n, f.images)))
	case f.cols <= most:
		f.rows = ceilDiv(f.rows, ceilDiv(f.rows, most/f.cols))
	default:
		f.rows, f.cols = 1, ceilDiv(f.cols, ceilDiv(f.cols, most))
	}
	for b.count() < tasks && f.images == 1 && f.rows*f.cols >= 2*least {
		if f.rows > 1 {
			f.rows = ceilDiv(f.rows, 2)
		} else {
			f.cols = ceilDiv(f.cols, 2)
		}
	}
	return b
}

// panelWidth is how many filters a full panel has.
func panelWidth(i isa.ISA) int {
	if i == isa.Generic {
		return 16 // the twin of the products has no vectors
	}
	return f32winograd.MaxWidth(i)
}

// winograd convolves by Winograd's algorithm, see package f32winograd.
type winograd struct {
	isa       isa.ISA
	c, f      int // channels and filters, as this convolution has them
	oh, ow    int
	transpose bool // whether the kernel is that of the opposite direction, turned around
	relu      bool
	pool      *Pool
	cells     []int32 // of a window of the pool, among the outputs of a box

	boxes        boxes
	win          window
	cp, fp       int   // channels and filters, filled up to whole vectors
	nr           int   // filters of a panel
	vFreq, mFreq int   // distances of the frequencies of transformed tiles and of products
	perBox       split // panels, by the tasks of a box
	chunk        int   // panels whose products stay in the cache
	depths       split // channels, cut into blocks of k
	packs        int   // tasks that transform the kernel

	packTasks, tasks func(task, worker int)
	winogradRun
}

// winogradRun is the state of a run.
type winogradRun struct {
	x, y, weights, dst []float32 // y makes x count only where it is positive
	u, bias, own       []float32
}

// lines is how far apart frequencies are: an odd number of cache lines, so that they do not all fall into the same place of a cache.
func lines(n int) int { return 16 * (ceilDiv(n, 16) | 1) }

func newWinograd(i isa.ISA, v view, f, oh, ow int, transpose bool) *winograd {
	p := &winograd{isa: i, c: v.c, f: f, oh: oh, ow: ow, transpose: transpose}
	p.cp, p.fp, p.nr = f32winograd.PadTo(i, v.c), f32winograd.PadTo(i, f), panelWidth(i)
	least := leastTiles
	switch u := p.uFloats(); { // a box reads all of the transformed kernel
	case u > 16*winogradFloats:
		least = 4 * leastTiles
	case u > 4*winogradFloats:
		least = 2 * leastTiles
	}
	most := max(least, min(mostTiles, winogradFloats/(f32winograd.Freqs*(p.cp+p.fp))))
	p.boxes = v.cutTiles(least, most, ceilDiv(wantTasks, max(1, p.fp/taskFilters)))
	p.win = newWindow(v, p.boxes.full, false)
	tiles := p.boxes.full.positions()
	panels := ceilDiv(p.fp, p.nr)
	p.perBox = split{panels, max(1, min(ceilDiv(wantTasks, max(1, p.boxes.count())), p.fp/taskFilters))}
	if n := p.boxes.count(); n < leastTasks {
		p.perBox.parts = max(p.perBox.parts, min(panels, ceilDiv(leastTasks, max(1, n))))
	}
	p.chunk = max(1, min(ceilDiv(panels, p.perBox.parts), winogradFloats/(f32winograd.Freqs*tiles*p.nr)))
	p.vFreq = lines(tiles * p.cp)
	p.mFreq = lines(tiles * p.chunk * p.nr)
	p.depths = split{p.c, ceilDiv(p.c, winogradDepth)}
	p.packs = min(ceilDiv(p.c, packChannels), max(1, ceilDiv(f32winograd.Freqs*p.c*p.fp, packFloats)))
	p.packTasks, p.tasks = p.pack, p.task
	return p
}

// uFloats is what the transformed kernel takes.
func (p *winograd) uFloats() int { return pad16(f32winograd.Freqs * p.c * p.fp) }

// packOwn is what a worker needs to turn a kernel around, for a panel and a block of channels.
func (p *winograd) packOwn() int {
	if !p.transpose {
		return 0
	}
	return pad16(9 * ceilDiv(p.c, p.packs) * p.nr)
}

func (p *winograd) perWorker() int {
	own := p.win.floats(p.boxes.full) + f32winograd.Freqs*(p.vFreq+p.mFreq) + p.boxes.full.positions()*16*p.chunk*p.nr
	return max(own, p.packOwn())
}

func (p *winograd) scratch(workers int) int {
	return p.uFloats() + pad16(p.fp+16) + workers*p.perWorker()
}

// begin prepares a run. u is room for the transformed kernel, or with done that kernel.
func (p *winograd) begin(r par.Runner, x, y, weights, bias, dst, u []float32, done bool, scratch []float32) {
	nb := pad16(p.fp + 16)
	b := scratch[:nb]
	clear(b[copy(b, bias[:min(len(bias), p.f)]):])
	p.winogradRun = winogradRun{x: x, y: y, weights: weights, dst: dst, u: u, bias: b, own: scratch[nb:]}
	if !done {
		each(r, p.packs, p.packTasks)
	}
}

func (p *winograd) count() int { return p.boxes.count() * p.perBox.parts }

// images convolves images lo to hi-1.
func (p *winograd) images(batch, lo, hi, worker int) {
	part, n, x := p.boxes.images(batch, lo, hi)
	for i := range part.count() {
		b := part.at(i)
		b.n, b.x = b.n+n, b.x+x
		p.box(&b, 0, p.perBox.n, worker)
	}
}

// panel is where a panel of filters begins in u, its first filter, how many it has, and the distance of its rows.
func (p *winograd) panel(i int) (at, f, w, ldb int) {
	f = i * p.nr
	return f32winograd.Freqs * p.c * f, f, min(p.nr, p.f-f), min(p.nr, p.fp-f)
}

// pack transforms the kernel's channels of a task.
func (p *winograd) pack(task, worker int) {
	channels := split{p.c, p.packs}
	lo, hi := channels.start(task), channels.start(task+1)
	var from, to [16]int
	for i := range p.perBox.n {
		at, f, w, ldb := p.panel(i)
		j := f32winograd.Job{Width: w, Groups: f32winograd.AllGroups}
		j.To = f32winograd.Side{Data: p.u[at:], Line: f32winograd.Size * p.c * ldb, Cell: p.c * ldb}
		j.From = f32winograd.Side{Data: p.weights[f:], Line: 3 * p.c * p.f, Cell: p.c * p.f}
		step, first := p.f, lo
		if p.transpose {
			// The kernel is [3, 3, filters, channels] from here.
			own := p.own[worker*p.perWorker():][:p.packOwn()]
			n := hi - lo
			for tap := range 9 {
				f32gemm.Transpose(p.isa, own[(8-tap)*n*ldb:], ldb, p.weights[(tap*p.f+f)*p.c+lo:], p.c, w, n)
			}
			j.From = f32winograd.Side{Data: own, Line: 3 * n * ldb, Cell: n * ldb}
			step, first = ldb, 0
		}
		for c := lo; c < hi; {
			n := min(len(from), hi-c)
			for k := range n {
				from[k], to[k] = (first+c-lo+k)*step, (c+k)*ldb
			}
			j.From.Pos, j.To.Pos = from[:n], to[:n]
			f32winograd.Kernel(p.isa, &j)
			c += n
		}
	}
}

// task convolves a box of tiles, by some panels.
func (p *winograd) task(task, worker int) {
	b, part := p.boxes.at(task/p.perBox.parts), task%p.perBox.parts
	p.box(&b, p.perBox.start(part), p.perBox.start(part+1), worker)
}

// box convolves a box of tiles by the panels from first to last-1.
func (p *winograd) box(b *box, first, last, worker int) {
	own := p.own[worker*p.perWorker():][:p.perWorker()]
	n := p.win.floats(p.boxes.full)
	x := p.win.of(p.isa, b, p.x, p.y, own[:n])
	v := own[n:][:f32winograd.Freqs*p.vFreq]
	m := own[n+len(v):][:f32winograd.Freqs*p.mFreq]
	edge := own[n+len(v)+len(m):]

	var src, rows [mostTiles]int
	tiles := p.tilesIn(b, src[:], rows[:])
	f32winograd.Input(p.isa, &f32winograd.Job{
		From:  f32winograd.Side{Data: x, Pos: src[:tiles], Line: p.win.line, Cell: p.c},
		To:    f32winograd.Side{Data: v, Pos: rows[:tiles], Line: f32winograd.Size * p.vFreq, Cell: p.vFreq},
		Width: p.c, Groups: f32winograd.AllGroups,
	})
	for lo := first; lo < last; lo += p.chunk {
		hi := min(last, lo+p.chunk)
		p.multiply(lo, hi, tiles, v, m)
		p.output(b, lo, hi, m, edge)
	}
}

// tilesIn finds the windows of a box's tiles, and their rows among the transformed tiles.
func (p *winograd) tilesIn(b *box, src, rows []int) int {
	t := 0
	for n := range b.images {
		for y := range b.rows {
			for x := range b.cols {
				src[t], rows[t] = p.win.offset(n, y, x), t*p.cp
				t++
			}
		}
	}
	return t
}

// multiply makes the products of all tiles with the panels from lo to hi.
func (p *winograd) multiply(lo, hi, tiles int, v, m []float32) {
	width := min(hi*p.nr, p.fp) - lo*p.nr
	q := f32winograd.Product{LDA: p.cp, Rows: tiles, LDD: width}
	for freq := range f32winograd.Freqs {
		for i := lo; i < hi; i++ {
			at, _, _, ldb := p.panel(i)
			q.Dst = m[freq*p.mFreq+(i-lo)*p.nr:]
			q.LDB, q.Width = ldb, ldb
			for d := range p.depths.parts {
				k := p.depths.start(d)
				q.Depth, q.Load = p.depths.start(d+1)-k, d > 0
				q.A, q.B = v[freq*p.vFreq+k:], p.u[at+(freq*p.c+k)*ldb:]
				f32winograd.Multiply(p.isa, &q)
			}
		}
	}
}

// output makes the outputs of the panels from lo to hi; tiles that reach beyond the edge pass through edge.
func (p *winograd) output(b *box, lo, hi int, m, edge []float32) {
	const t = f32winograd.Tile
	if p.pool != nil {
		p.outputPooled(b, lo, hi, m, edge)
		return
	}
	f := lo * p.nr
	width, ld := min(hi*p.nr, p.f)-f, min(hi*p.nr, p.fp)-f
	var src, dst, edgeSrc, edgeDst [mostTiles]int
	whole, cut, tile := 0, 0, 0
	for n := range b.images {
		for y := range b.rows {
			for x := range b.cols {
				oy, ox := (b.y+y)*t, (b.x+x)*t
				if oy+t <= p.oh && ox+t <= p.ow {
					src[whole], dst[whole] = tile*ld, (((b.n+n)*p.oh+oy)*p.ow+ox)*p.f+f
					whole++
				} else {
					edgeSrc[cut], edgeDst[cut] = tile*ld, cut*t*t*width
					cut++
				}
				tile++
			}
		}
	}
	j := f32winograd.Job{
		From:  f32winograd.Side{Data: m, Pos: src[:whole], Line: f32winograd.Size * p.mFreq, Cell: p.mFreq},
		To:    f32winograd.Side{Data: p.dst, Pos: dst[:whole], Line: p.ow * p.f, Cell: p.f},
		Width: width, Bias: p.bias[f:], Floor: noFloor,
	}
	if p.relu {
		j.Floor = 0
	}
	f32winograd.Output(p.isa, &j)
	if cut == 0 {
		return
	}
	j.From.Pos = edgeSrc[:cut]
	j.To = f32winograd.Side{Data: edge, Pos: edgeDst[:cut], Line: t * width, Cell: width}
	f32winograd.Output(p.isa, &j)
	for k := range cut {
		i := edgeSrc[k] / ld
		x, y, n := i%b.cols, i/b.cols%b.rows, i/(b.cols*b.rows)
		oy, ox := (b.y+y)*t, (b.x+x)*t
		for r := range min(t, p.oh-oy) {
			for c := range min(t, p.ow-ox) {
				copy(p.dst[(((b.n+n)*p.oh+oy+r)*p.ow+ox+c)*p.f+f:][:width], edge[edgeDst[k]+(r*t+c)*width:])
			}
		}
	}
}

// poolBy plans a pooling of the outputs.
func (p *winograd) poolBy(pool *Pool) {
	if p.pool = pool; pool != nil {
		cell := p.chunk * p.nr
		p.cells = pool.places(nil, p.boxes.full.cols*f32winograd.Tile*cell, cell)
	}
}

// outputPooled is output where outputs are pooled: all tiles pass through all.
func (p *winograd) outputPooled(b *box, lo, hi int, m, all []float32) {
	const t = f32winograd.Tile
	f := lo * p.nr
	width, ld := min(hi*p.nr, p.f)-f, min(hi*p.nr, p.fp)-f
	cell := p.chunk * p.nr
	line := p.boxes.full.cols * t * cell
	var src, dst [mostTiles]int
	tile := 0
	for y := range b.images * b.rows {
		for x := range b.cols {
			src[tile], dst[tile] = tile*ld, y*t*line+x*t*cell
			tile++
		}
	}
	j := f32winograd.Job{
		From:  f32winograd.Side{Data: m, Pos: src[:tile], Line: f32winograd.Size * p.mFreq, Cell: p.mFreq},
		To:    f32winograd.Side{Data: all, Pos: dst[:tile], Line: line, Cell: cell},
		Width: width, Bias: p.bias[f:], Floor: noFloor,
	}
	if p.relu {
		j.Floor = 0
	}
	f32winograd.Output(p.isa, &j)
	h, w := p.oh/p.pool.H, p.ow/p.pool.W
	y0, x0 := b.y*t/p.pool.H, b.x*t/p.pool.W
	rows, cols := min(b.rows*t/p.pool.H, h-y0), min(b.cols*t/p.pool.W, w-x0)
	for n := range b.images {
		for y := range rows {
			from := (n*b.rows*t + y*p.pool.H) * line
			to := ((b.n+n)*h+y0+y)*w + x0
			p.pool.row(p.isa, p.dst[to*p.f+f:], all[from:], p.cells, p.pool.W*cell, cols, width, p.f)
		}
	}
}
