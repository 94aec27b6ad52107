package f32gemm

// The way of products whose operands are used so few times that packing them first would cost more than it saves: above all
// the sums of outer products that the gradients of weights are, where A is stored transposed. What is not stored as it is wanted is packed
// by the task that uses it. A task computes a region of C. It goes
// through k in pieces, of which both operands stay in the second-level cache, and keeps the sums of its tiles between the pieces of a block
// beside it. While it multiplies it brings the next piece into the cache.

const (
	// regionTiles bounds the tiles of a region if k is cut into pieces, so that their sums stay in the cache too.
	regionTiles = 80
	// pieceBytes bounds what is read of A and B for a piece, unless that is a short one.
	pieceBytes = 512 << 10
	// shortPiece is the least length of a piece of a block that is cut.
	shortPiece = 128
	// packedReads is how many times dearer it is to transpose an element of B than to read it.
	packedReads = 2
	// nearStrips is up to how many strips this is the way, and nearPacked if B is to be transposed.
	nearStrips = 20
	nearPacked = 12
	// nearArea is up to how many elements of C this is the way if A is stored transposed and k has several blocks; with one block,
	// there is no bound.
	nearArea = 1 << 16
	// lineFloats is a line of the cache.
	lineFloats = 16
)

// near is the plan of such a product.
type near struct {
	strips    split
	panels    int
	rowGroups split // of strips
	colGroups split // of panels
	piece     int   // of a block of k
	inRows    bool  // whether A's rows are read in place
	columnsA  bool  // whether A's columns are packed strip by strip
	columnsB  bool  // whether B's panels are packed

	lda, ldb, workers int // for which it was divided

	mulTask func(task, worker int)
}

// isNear tells whether this is the way of a product that has some strips.
func (p *Plan) isNear() bool {
	strips := ceilDiv(p.m, p.geo.mr)
	switch {
	case p.transA && p.transB:
		return false
	case p.transA:
		return strips <= nearStrips || p.k <= KC || p.m*p.n <= nearArea
	case p.transB:
		return strips <= nearPacked
	}
	return strips <= nearStrips
}

func (p *Plan) newNear() *near {
	return &near{strips: split{p.m, ceilDiv(p.m, p.geo.mr)}, panels: ceilDiv(p.n, p.geo.nr), mulTask: p.multiplyNear}
}

// stripWidth is how many floats a strip packed for one k takes at most.
func (p *Plan) stripWidth() int { return ceilDiv(p.geo.mr, p.geo.lanes) * p.geo.lanes }

func (w *near) stripLen(p *Plan) int { return min(p.k, KC)*p.stripWidth() + slack }

// sumsLen is the room for the sums of a region between the pieces of a block.
func (w *near) sumsLen(p *Plan) int {
	if p.k <= shortPiece {
		return 0
	}
	return min(regionTiles, w.strips.parts*w.panels) * p.tileLen()
}

// tileLen is how many floats the sums of a tile take.
func (p *Plan) tileLen() int { return p.geo.mr * p.geo.nr }

func (w *near) roomLen(p *Plan) int {
	return (w.stripLen(p)+w.sumsLen(p)+w.mostPanels(p)*p.panelLen()+15)&^15 + slack
}

// mostPanels is how many panels a region has at most.
func (w *near) mostPanels(p *Plan) int {
	return min(w.panels, max(1, groupB/(p.geo.nr*max(1, min(p.k, KC)))))
}

// divide cuts C into regions and blocks of k into pieces.
func (w *near) divide(p *Plan, workers int) {
	if w.piece > 0 && w.lda == p.lda && w.ldb == p.ldb && w.workers == workers {
		return
	}
	w.lda, w.ldb, w.workers = p.lda, p.ldb, workers
	w.inRows = !p.transA && apart(p.lda, p.geo.mr)

	// Each region reads its rows of A and its columns of B: the fewer times the better.
	work := p.m * p.n * p.k
	tasks := max(1, min(fewTasks, work/leastWork), min(taskCount, work/taskMin))
	tasks = min(tasks, max(fewTasks, 4*workers))
	rows, cols, least := w.strips.parts, w.panels, -1
	for r := 1; r <= w.strips.parts; r++ {
		most := w.mostPanels(p)
		if p.k > shortPiece {
			most = min(most, regionTiles/ceilDiv(w.strips.parts, r))
		}
		if most == 0 {
			continue
		}
		c := min(w.panels, max(ceilDiv(w.panels, most), ceilDiv(tasks, r)))
		cost := c*p.m + r*p.n
		if p.transB {
			cost += packedReads * r * p.n
		}
		if r*c >= min(tasks, w.strips.parts*w.panels) && (least < 0 || cost < least) {
			rows, cols, least = r, c, cost
		}
	}
	w.rowGroups, w.colGroups = split{w.strips.parts, rows}, split{w.panels, cols}

	m, n := ceilDiv(p.m, rows), ceilDiv(p.n, cols)
	w.columnsA = p.transA && crowded(p.lda, m)
	w.columnsB = p.transB || crowded(p.ldb, n)
	w.piece = KC
	fits := func() bool {
		return 4*(m+n)*min(p.k, w.piece) <= pieceBytes && (!p.transA || w.columnsA || uses(p.lda, m, w.piece) <= mostUses) && (w.columnsB || uses(p.ldb, n, w.piece) <= mostUses)
	}
	for w.piece > shortPiece && !fits() {
		w.piece /= 2
	}
}

// mostUses is how many lines of an operand may compete for a place in the second-level cache.
const mostUses = 3

// crowded tells whether even a short piece of a region has too many lines for the places in the cache that it is in.
func crowded(ld, width int) bool { return uses(ld, width, shortPiece) > mostUses }

// uses is about how many lines of a piece of so many rows compete for the same place of a cache of 2048 sets of lines of 64 bytes.
func uses(ld, width, rows int) int {
	const sets = 2048
	if ld%lineFloats != 0 {
		return ceilDiv(rows*ceilDiv(width, lineFloats), sets) // spread over all
	}
	step, lines := ld/lineFloats, ceilDiv(width, lineFloats)
	common := step & -step // of the sets, every so many
	common = min(common, sets)
	return ceilDiv(rows*min(lines, common)*max(1, lines/common), sets/common*min(lines, common))
}

// runNear is Run.
func (p *Plan) runNear(workers int, each func(n int, f func(task, worker int))) {
	w := p.near
	w.divide(p, workers)
	each(w.rowGroups.parts*w.colGroups.parts, w.mulTask)
}

// bindNear is Bind.
func (p *Plan) bindNear(workers int) (packs, products int) {
	p.near.divide(p, workers)
	return 0, p.near.rowGroups.parts * p.near.colGroups.parts
}

// multiplyNear computes a region.
func (p *Plan) multiplyNear(task, worker int) {
	w := p.near
	rg, cg := task/w.colGroups.parts, task%w.colGroups.parts
	firstStrip, lastStrip := w.rowGroups.start(rg), w.rowGroups.start(rg+1)
	first, last := w.colGroups.start(cg), w.colGroups.start(cg+1)
	row0, row1 := w.strips.start(firstStrip), w.strips.start(lastStrip)
	room := p.panels[worker*w.roomLen(p):][:w.roomLen(p)]
	sums, strip := room[:w.sumsLen(p)], room[w.sumsLen(p):][:w.stripLen(p)]
	panels := room[len(sums)+len(strip):]

	l := lines{p: p, row0: row0, row1: row1, col0: first * p.geo.nr, col1: min(p.n, last*p.geo.nr)}
	t := tile{ldc: p.ldc}
	for k0 := 0; ; k0 += t.kc {
		begin := k0 / KC * KC // of the block
		end := min(p.k, begin+KC)
		t.kc = min(w.piece, end-k0)
		t.load = p.accumulate || begin > 0
		t.raw = k0+t.kc < end
		t.floor = noFloor
		whole := k0+t.kc == p.k
		if whole {
			t.floor = p.floor
		}
		if k0 > 0 {
			l.from(k0 + t.kc)
		} else {
			l.begin(t.kc)
		}
		p.panelsOf(panels, first, last, k0, t.kc)
		for s := firstStrip; s < lastStrip; s++ {
			row := w.strips.start(s)
			t.h = w.strips.start(s+1) - row
			p.stripNear(&t, strip, row, k0)
			for j := first; j < last; j++ {
				col := j * p.geo.nr
				t.w = min(p.geo.nr, p.n-col)
				t.bias = nil
				if whole && p.bias != nil {
					t.bias = p.bias[col : col+t.w]
				}
				switch {
				case t.kc == 0:
					t.b, t.ldb = nil, 0
				case w.columnsB || t.w < p.geo.nr:
					at := 0
					if w.columnsB {
						at = (j - first) * p.panelLen()
					}
					t.b, t.ldb = panels[at:], ceilDiv(t.w, p.geo.lanes)*p.geo.lanes
				default:
					t.b, t.ldb = p.b[k0*p.ldb+col:], p.ldb
				}
				t.sums = nil
				if t.raw || k0 > begin {
					t.sums = sums[((s-firstStrip)*(last-first)+j-first)*p.tileLen():][:p.tileLen()]
				}
				t.more = k0 > begin
				t.c = p.c[row*p.ldc+col:]
				if p.transA {
					l.of(&t)
				}
				multiplyTile(p.isa, &t)
			}
		}
		if whole {
			break
		}
	}
	if p.after != nil {
		p.after(row0, row1, l.col0, l.col1)
	}
}

// panelsOf packs what is to be packed of a piece of B: all panels of the region, or the last one if it is not whole.
func (p *Plan) panelsOf(room []float32, first, last, k0, kc int) {
	switch {
	case kc == 0:
	case p.near.columnsB:
		for j := first; j < last; j++ {
			p.packPanel(room[(j-first)*p.panelLen():], j*p.geo.nr, k0, kc)
		}
	case p.n < last*p.geo.nr:
		p.packPanel(room, (last-1)*p.geo.nr, k0, kc)
	}
}

// stripNear sets t's part of A to that of its rows from row on, for the piece at k0: in place, or packed into room.
func (p *Plan) stripNear(t *tile, room []float32, row, k0 int) {
	w := p.near
	t.next = nil
	switch {
	case t.kc == 0:
		t.a, t.ia, t.ka = nil, 1, 0
	case p.transA && w.columnsA:
		t.a, t.ia, t.ka = room, 1, p.stripWidth()
		packCols(p.isa, room, t.ka, p.a[k0*p.lda+row:], p.lda, t.h, t.kc)
	case p.transA:
		t.a, t.ia, t.ka = p.a[k0*p.lda+row:], 1, p.lda
	case w.inRows:
		t.a, t.ia, t.ka = p.a[row*p.lda+k0:], p.lda, 1
		if at := (row + t.h) * p.lda; t.kc == p.lda && at < len(p.a) {
			t.next, t.nextStep = p.a[at:], lineFloats
		}
	default:
		packRows(p.isa, room, t.h, p.a[row*p.lda+k0:], p.lda, t.h, t.kc)
		t.a, t.ia, t.ka = room, 1, t.h
	}
}

// lines are what a region reads of a piece, as columns of lines of the cache.
type lines struct {
	p                      *Plan
	row0, row1, col0, col1 int // of the region
	k                      int // where the piece begins
	row, col               int // the first element of the next column of A, and of B
	then                   int // where the next piece begins, if it comes in the same turn; or 0
}

// begin begins with the first piece, of that length, less what the first tile reads itself; the second one follows.
func (l *lines) begin(length int) {
	l.k, l.row, l.col, l.then = 0, l.row0+lineFloats, l.col0+l.p.geo.nr, length
}

// from begins with the piece at k.
func (l *lines) from(k int) { l.k, l.row, l.col, l.then = k, l.row0, l.col0, 0 }

// of gives t the next column to bring into the cache, if one is left.
func (l *lines) of(t *tile) {
	t.next = nil
	p := l.p
	if l.row >= l.row1 && l.col >= l.col1 && l.then > 0 {
		l.from(l.then)
	}
	switch {
	case l.k >= p.k:
	case l.row < l.row1:
		t.next, t.nextStep = p.a[l.k*p.lda+l.row:], p.lda
		l.row += lineFloats
	case l.col < l.col1:
		t.next, t.nextStep = p.b[l.k*p.ldb+l.col:], p.ldb
		l.col += lineFloats
	}
}
