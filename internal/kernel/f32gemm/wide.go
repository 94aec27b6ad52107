package f32gemm

// The way of products whose A has many rows. Nothing of A is packed, where it can be read in place without its rows competing for the same places of the
// first-level cache: the strips' elements are broadcast from where they are. B is packed first, by tasks of its own. Then each
// task takes a group of strips and a group of panels that stays in the second-level cache, and goes through it strip by strip, so that
// A is read once and C is written once.

const (
	// wideStrips is the least number of strips.
	wideStrips = 3
	// packedBMax bounds the packed part of B, in floats; the rest is done in further passes.
	packedBMax = 1 << 21
	// groupB bounds the panels of one task, for one block of k, in floats.
	groupB = 3 << 15
	// fewTasks is how many tasks a small product is cut into, if each has leastWork multiply-adds.
	fewTasks  = 4
	leastWork = 1 << 17
	// packTask is how many floats of B a task packs.
	packTask = 1 << 14
)

// wide is the plan of such a product.
type wide struct {
	strips    split
	perPass   int   // panels of a pass
	blocks    int   // blocks of k of a pass
	rowGroups split // of strips

	// Of the pass in progress:
	firstPanel, firstBlock int
	panels, passBlocks     int
	colGroups              split // of panels
	inRows                 bool  // whether A's rows are read in place

	packTask, mulTask func(task, worker int)
}

func (p *Plan) newWide() *wide {
	w := &wide{strips: split{p.m, ceilDiv(p.m, p.geo.mr)}}
	panels, kc := ceilDiv(p.n, p.geo.nr), max(1, min(p.k, KC))
	w.perPass = max(1, min(panels, packedBMax/(p.geo.nr*kc)))
	w.blocks = max(1, min(p.blocks, packedBMax/(w.perPass*p.geo.nr*kc)))
	w.packTask, w.mulTask = p.packPanels, p.multiplyWide
	return w
}

// scratch is how many floats are needed: for the packed part of B, and for each worker a strip of A.
func (w *wide) scratch(p *Plan, workers int) int {
	return w.packedLen(p) + workers*w.stripLen(p) + slack
}

func (w *wide) packedLen(p *Plan) int {
	if p.keepTask != nil {
		return 0
	}
	return (w.perPass*p.geo.nr*min(p.k, w.blocks*KC)+15)&^15 + slack
}

func (w *wide) stripLen(p *Plan) int { return (min(p.k, KC)*p.geo.mr+15)&^15 + slack }

// divide cuts a pass into tasks.
func (w *wide) divide(p *Plan) {
	k := max(1, min(p.k-w.firstBlock*KC, w.passBlocks*KC))
	work := p.m * min(p.n, w.panels*p.geo.nr) * k
	tasks := max(1, min(fewTasks, work/leastWork), min(taskCount, work/taskMin))
	groups := ceilDiv(w.panels, max(1, groupB/(p.geo.nr*min(k, KC))))
	rows := min(w.strips.parts, ceilDiv(tasks, groups))
	groups = min(w.panels, max(groups, ceilDiv(tasks, rows)))
	w.rowGroups = split{w.strips.parts, rows}
	w.colGroups = split{w.panels, groups}
}

// runWide is Run.
func (p *Plan) runWide(each func(n int, f func(task, worker int))) {
	w := p.wide
	w.inRows = !p.transA && apart(p.lda, p.geo.mr)
	panels := ceilDiv(p.n, p.geo.nr)
	for w.firstPanel = 0; w.firstPanel < panels; w.firstPanel += w.perPass {
		w.panels = min(w.perPass, panels-w.firstPanel)
		for w.firstBlock = 0; w.firstBlock < p.blocks; w.firstBlock += w.blocks {
			w.passBlocks = min(w.blocks, p.blocks-w.firstBlock)
			w.divide(p)
			if p.k > 0 && p.kept == nil {
				each(w.packGroups(p).parts, w.packTask)
			}
			each(w.rowGroups.parts*w.colGroups.parts, w.mulTask)
		}
	}
}

// bindWide is Bind.
func (p *Plan) bindWide() (packs, products int) {
	w := p.wide
	w.inRows = !p.transA && apart(p.lda, p.geo.mr)
	w.firstPanel, w.panels = 0, ceilDiv(p.n, p.geo.nr)
	w.firstBlock, w.passBlocks = 0, p.blocks
	w.divide(p)
	if p.k > 0 {
		packs = w.packGroups(p).parts
	}
	return packs, w.rowGroups.parts * w.colGroups.parts
}

// apart tells whether rows of that leading dimension do not compete for the same places of a cache of 64 sets of 8 lines of 64 bytes.
func apart(lda, rows int) bool {
	var uses [64]int
	for r := range rows {
		set := r * lda * 4 / 64 % 64
		if uses[set]++; uses[set] > 7 {
			return false
		}
	}
	return true
}

// packGroups are the panels of each block, shared among tasks.
func (w *wide) packGroups(p *Plan) split {
	n := w.panels * w.passBlocks
	return split{n, ceilDiv(n, max(1, packTask/(p.geo.nr*min(p.k, KC))))}
}

// at is where the block of a panel of the pass is packed, and its length in k.
func (w *wide) at(p *Plan, panel, block int) (at, kc int) {
	k0 := block * KC
	kc = min(KC, p.k-k0)
	return w.panels*p.geo.nr*(k0-w.firstBlock*KC) + (panel-w.firstPanel)*p.geo.nr*kc, kc
}

// packPanels packs a group of panels of B.
func (p *Plan) packPanels(task, _ int) {
	w := p.wide
	groups := w.packGroups(p)
	for x := groups.start(task); x < groups.start(task+1); x++ {
		block, panel := w.firstBlock+x/w.panels, w.firstPanel+x%w.panels
		at, kc := w.at(p, panel, block)
		p.packPanel(p.packed[at:], panel*p.geo.nr, block*KC, kc)
	}
}

// packPanel packs kc rows from k0 on of the panel that begins with column col, in whole vectors.
func (p *Plan) packPanel(dst []float32, col, k0, kc int) {
	n := min(p.geo.nr, p.n-col)
	width := ceilDiv(n, p.geo.lanes) * p.geo.lanes
	if p.transB {
		packRows(p.isa, dst, width, p.b[col*p.ldb+k0:], p.ldb, n, kc)
	} else {
		packCols(p.isa, dst, width, p.b[k0*p.ldb+col:], p.ldb, n, kc)
	}
}

// multiplyWide computes a group of strips times a group of panels.
func (p *Plan) multiplyWide(task, worker int) {
	w := p.wide
	strip := p.panels[worker*w.stripLen(p):][:w.stripLen(p)]
	rg, cg := task/w.colGroups.parts, task%w.colGroups.parts
	first, last := w.firstPanel+w.colGroups.start(cg), w.firstPanel+w.colGroups.start(cg+1)
	t := tile{ldc: p.ldc}
	for block := w.firstBlock; block < w.firstBlock+w.passBlocks; block++ {
		k0 := block * KC
		t.kc = min(KC, p.k-k0)
		t.load = p.accumulate || block > 0
		t.floor = noFloor
		end := block == p.blocks-1
		if end {
			t.floor = p.floor
		}
		for s := w.rowGroups.start(rg); s < w.rowGroups.start(rg+1); s++ {
			row := w.strips.start(s)
			t.h = w.strips.start(s+1) - row
			p.stripOf(&t, strip, row, k0)
			for j := first; j < last; j++ {
				col := j * p.geo.nr
				t.w = min(p.geo.nr, p.n-col)
				t.bias = nil
				if end && p.bias != nil {
					t.bias = p.bias[col : col+t.w]
				}
				switch {
				case t.kc == 0:
					t.b, t.ldb = nil, 0
				case p.kept != nil:
					t.ldb = ceilDiv(t.w, p.geo.lanes) * p.geo.lanes
					t.b = p.kept[col*p.k+k0*t.ldb:]
				default:
					at, _ := w.at(p, j, block)
					t.b, t.ldb = p.packed[at:], ceilDiv(t.w, p.geo.lanes)*p.geo.lanes
				}
				t.c = p.c[row*p.ldc+col:]
				multiplyTile(p.isa, &t)
			}
			if end && p.after != nil {
				p.after(row, row+t.h, first*p.geo.nr, min(p.n, last*p.geo.nr))
			}
		}
	}
}

// stripOf sets t's part of A to that of its rows from row on, for its block at k0: in place, or packed into room.
func (p *Plan) stripOf(t *tile, room []float32, row, k0 int) {
	t.next = nil
	switch {
	case t.kc == 0:
		t.a, t.ia, t.ka = nil, 1, 0
	case p.transA:
		t.a, t.ia, t.ka = p.a[k0*p.lda+row:], 1, p.lda
	case p.wide.inRows:
		t.a, t.ia, t.ka = p.a[row*p.lda+k0:], p.lda, 1
		if at := (row + t.h) * p.lda; t.kc == p.lda && at < len(p.a) {
			t.next, t.nextStep = p.a[at:], lineFloats
		}
	default:
		packRows(p.isa, room, t.h, p.a[row*p.lda+k0:], p.lda, t.h, t.kc)
		t.a, t.ia, t.ka = room, 1, t.h
	}
}
