package f32conv2d

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// blockLen is the most elements of a block of k.
const blockLen = 640

// tap is a cell of the window: where it is, and its place in the kernel.
type tap struct{ y, x, ky, kx int }

// place says where the results of a slider's positions lie in an array [n, h, w, c]: position (0, 0) of an image at (y0, x0).
type place struct{ h, w, c, y0, x0, stepY, stepX int }

// slider computes, for each position of a view and each filter, a sum over the taps and the channels of a group.
type slider struct {
	isa     isa.ISA
	tiles   tiles
	groups  int
	cg, fg  int // channels and filters of a group
	taps    []tap
	k       int // elements of a sum
	win     window
	boxes   boxes
	place   place
	pool    *Pool
	cells   []int32 // of a window of the pool, among the outputs of a chunk
	chunk   int     // positions that are pooled together
	inTile  bool    // whether the micro-kernel pools
	pos     []int   // of a full box, in the window; where there is a pool, window by window
	out     []int   // of a full box, in the result, from its first position on; where there is a pool, of a chunk
	blocks  []block
	panels  int        // of all groups
	perTask split      // panels
	inPlace bool       // whether the kernel need not be packed
	depth   []depthTap // the taps, where each filter has a channel of its own; the kernel is in place then

	relu  bool
	tasks func(task, worker int)
	slideRun
}

// slideRun is the state of a run.
type slideRun struct {
	x, y      []float32 // y makes x count only where it is positive
	b         []float32 // the kernel, packed unless inPlace
	dst, bias []float32
	own       []float32 // of the workers
	each      int       // floats of own of a worker: perWorker at least, and the same for all sliders that run at the same time
}

// block is a block of k: its runs, and where in k it begins.
type block struct {
	k0   int
	runs []run
}

// newSlider plans sums over taps, given in the order of their places.
func newSlider(i isa.ISA, v view, taps []tap, groups, fg int, p place, copied bool, pool *Pool) *slider {
	s := &slider{isa: i, tiles: tilesFor(i), groups: groups, cg: v.c / groups, fg: fg, taps: taps, place: p}
	s.k = len(taps) * s.cg
	if pool == nil {
		s.boxes = v.cut(4 * enough)
		s.win = newWindow(v, s.boxes.full, copied)
		f := s.boxes.full
		for n := range f.images {
			for y := range f.rows {
				for x := range f.cols {
					s.pos = append(s.pos, s.win.offset(n, y, x))
					s.out = append(s.out, ((n*p.h+y*p.stepY)*p.w+x*p.stepX)*p.c)
				}
			}
		}
	} else {
		s.poolBoxes(v, pool)
	}
	if s.panels = groups * ceilDiv(fg, 2*s.tiles.lanes); groups > 1 && s.cg == 1 && fg == 1 {
		s.panels = ceilDiv(v.c, s.depthWidth())
		s.inPlace = true
		s.depth = []depthTap{} // even if there is no tap
		for _, t := range taps {
			s.depth = append(s.depth, depthTap{off: 4 * (t.y*s.win.line + t.x*s.win.c)})
		}
	} else {
		s.cutBlocks()
	}
	if pool != nil {
		s.poolChunks()
	}
	s.perTask = split{s.panels, max(1, min(s.panels, ceilDiv(wantTasks, max(1, s.boxes.count()))))}
	s.tasks = s.task
	return s
}

// depthWidth is how many channels a panel has where each filter has a channel of its own.
func (s *slider) depthWidth() int { return s.tiles.depthWidth * s.tiles.lanes }

// cutBlocks makes the runs of each block. Taps that are neighbours in memory make one run.
func (s *slider) cutBlocks() {
	n := max(1, ceilDiv(s.k, blockLen))
	size := max(1, ceilDiv(s.k, n))
	if n > 1 {
		size = pad16(size)
	}
	b := block{}
	at := 0 // in k
	end := -1
	for _, t := range s.taps {
		off := t.y*s.win.line + t.x*s.win.c
		for c := 0; c < s.cg; {
			if at == b.k0+size {
				s.blocks = append(s.blocks, b)
				b, end = block{k0: at}, -1
			}
			m := min(s.cg-c, b.k0+size-at)
			if last := len(b.runs) - 1; off+c == end {
				r := b.runs[last]
				b.runs[last] = newRun(r.off/4, (r.end-r.off)/4+m)
			} else {
				b.runs = append(b.runs, newRun(off+c, m))
			}
			end = off + c + m
			at += m
			c += m
		}
	}
	s.blocks = append(s.blocks, b)
}

// panel is which filters a panel has: of which group, the first, and how many.
func (s *slider) panel(i int) (g, f, w int) {
	nr := 2 * s.tiles.lanes
	per := ceilDiv(s.fg, nr)
	g, f = i/per, i%per*nr
	return g, f, min(nr, s.fg-f)
}

// panelAt is where a packed panel begins, and the distance of its rows.
func (s *slider) panelAt(i int) (at, ldb int) {
	g, f, w := s.panel(i)
	l := s.tiles.lanes
	return (g*ceilDiv(s.fg, l)*l + f) * s.k, ceilDiv(w, l) * l
}

// packed is how many floats the packed kernel has.
func (s *slider) packed() int {
	if s.inPlace {
		return 0
	}
	l := s.tiles.lanes
	return pad16(s.groups * ceilDiv(s.fg, l) * l * s.k)
}

// perWorker is the memory that a worker needs.
func (s *slider) perWorker() int {
	n := s.win.floats(s.boxes.full)
	if s.pool != nil {
		n += pad16(s.chunk * s.panelWidth())
	}
	return n
}

func (s *slider) count() int { return s.boxes.count() * s.perTask.parts }

// task computes a box for some panels.
func (s *slider) task(task, worker int) {
	b, part := s.boxes.at(task/s.perTask.parts), task%s.perTask.parts
	s.box(&b, s.perTask.start(part), s.perTask.start(part+1), worker)
}

// box computes a box for the panels from lo to hi.
func (s *slider) box(b *box, lo, hi, worker int) {
	own := s.own[worker*s.each:][:s.perWorker()]
	x := s.win.of(s.isa, b, s.x, s.y, own)
	p := &s.place
	n := b.positions()
	if s.pool != nil {
		dst := s.dst[((b.n*p.h+b.y)*p.w+b.x)*p.c:]
		for i := lo; i < hi; i++ {
			s.poolPanel(i, n*s.pool.cells(), x, dst, own[s.win.floats(s.boxes.full):])
		}
		return
	}
	dst := s.dst[((b.n*p.h+b.y*p.stepY+p.y0)*p.w+b.x*p.stepX+p.x0)*p.c:]
	for i := lo; i < hi; i++ {
		if s.depth != nil {
			c := i * s.depthWidth()
			s.depthPanel(c, s.pos[:n], s.out, x, dst[c:])
			continue
		}
		g, f, _ := s.panel(i)
		s.slidePanel(i, s.pos[:n], s.out, x, dst[g*s.fg+f:])
	}
}

// slidePanel computes a panel at some positions, for places out in dst, which are those of windows where the micro-kernel pools.
func (s *slider) slidePanel(i int, pos, out []int, x, dst []float32) {
	g, f, w := s.panel(i)
	t := slideTile{w: w, dst: dst, src: x[g*s.cg:], pooled: s.inTile}
	each := 1 // positions of a place
	if s.inTile {
		each = poolCells
	}
	panel := s.b
	if !s.inPlace {
		var at int
		at, t.ldb = s.panelAt(i)
		panel = s.b[at:]
	} else {
		panel, t.ldb = panel[f:], s.fg
	}
	height := s.tiles.slide[(w-1)/s.tiles.lanes]
	strips := split{len(pos) / each, ceilDiv(len(pos), height)}
	for q := range s.blocks {
		t.runs, t.load, t.floor, t.bias = s.blocks[q].runs, q > 0, noFloor, noBias[:]
		t.b = panel[s.blocks[q].k0*t.ldb:]
		if q == len(s.blocks)-1 {
			if s.bias != nil {
				t.bias = s.bias[g*s.fg+f:][:w]
			}
			if s.relu {
				t.floor = 0
			}
		}
		for k := range strips.parts {
			lo, hi := strips.start(k), strips.start(k+1)
			t.pos, t.out = pos[lo*each:hi*each], out[lo:hi]
			slide(s.isa, &t)
		}
	}
}

// images computes images lo to hi-1.
func (s *slider) images(batch, lo, hi, worker int) {
	part, n, x := s.boxes.images(batch, lo, hi)
	for i := range part.count() {
		b := part.at(i)
		b.n, b.x = b.n+n, b.x+x
		s.box(&b, 0, s.panels, worker)
	}
}

// depthPanel computes the channels from c on at some positions, for places out in dst.
func (s *slider) depthPanel(c int, pos, out []int, x, dst []float32) {
	t := depthTile{src: x[c:], taps: s.depth, b: s.b[c:], dst: dst, w: min(s.depthWidth(), s.win.c-c), floor: noFloor, bias: noBias[:]}
	if s.bias != nil {
		t.bias = s.bias[c:][:t.w]
	}
	if s.relu {
		t.floor = 0
	}
	strips := split{len(pos), ceilDiv(len(pos), s.tiles.depth)}
	for k := range strips.parts {
		lo, hi := strips.start(k), strips.start(k+1)
		t.pos, t.out = pos[lo:hi], out[lo:hi]
		depth(s.isa, &t)
	}
}

// depthSteps notes where in a kernel of rows of that many columns the taps are.
func (s *slider) depthSteps(kw int) {
	at := 0
	for i, t := range s.taps {
		if s.depth != nil {
			to := (t.ky*kw + t.kx) * s.win.c
			s.depth[i].step = 4 * (to - at)
			at = to
		}
	}
}

// align returns scratch from its first cache line on.
func align(scratch []float32) []float32 {
	if at := uintptr(unsafe.Pointer(unsafe.SliceData(scratch))) % 64; at != 0 {
		return scratch[(64-at)/4:]
	}
	return scratch
}

// slack is how many floats align may skip.
const slack = 16

// each runs n tasks; a single one needs no other worker.
func each(r par.Runner, n int, f func(task, worker int)) {
	if n == 1 {
		f(0, 0)
		return
	}
	r.For(n, f)
}
