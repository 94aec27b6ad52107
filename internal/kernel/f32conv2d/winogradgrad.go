package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/f32winograd"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// groupFreqs is how many frequencies are transformed and multiplied together.
const groupFreqs = f32winograd.GroupRows * f32winograd.Size

// winogradGrad makes the gradient of a kernel by Winograd's algorithm, see package f32winograd. Boxes are of tiles.
type winogradGrad struct {
	isa   isa.ISA
	shape Shape
	relu  bool
	nr    int // filters of a panel

	boxes        boxes
	in, z        window // the input's and dz's
	fp           int    // filters, filled up to whole vectors
	vFreq, zFreq int    // distances of the frequencies of transformed tiles
	sFreq        int    // and of the sums
	parts        split  // boxes
	ranges       split  // channels
	groups       split  // groups of frequencies
	partLen      int    // of a part's sums, behind which are db's
	joinTasks    split  // channels

	tasks, joins func(task, worker int)
	kernelGradRun
}

func newWinogradGrad(i isa.ISA, s Shape, relu bool) *winogradGrad {
	const t = f32winograd.Tile
	p := &winogradGrad{isa: i, shape: s, relu: relu, nr: panelWidth(i)}
	v := tilesOf(s.N, s.H, s.W, s.C, s.OH, s.OW, s.Top, s.Left)
	// What decides about the order of sums must not depend on the width of vectors.
	wide := pad16(s.F)
	p.boxes = v.cutTiles(leastTiles, max(leastTiles, min(mostTiles, winogradFloats/(groupFreqs*(pad16(s.C)+wide)))), 1)
	p.in = newWindow(v, p.boxes.full, false)
	zv := tilesOf(s.N, s.OH, s.OW, s.F, s.OH, s.OW, 0, 0)
	zv.extY, zv.extX = t, t
	p.z = newWindow(zv, p.boxes.full, relu)

	count := p.boxes.count()
	p.parts = split{count, max(1, min(count, wantTasks, winogradPartFloats/(f32winograd.Freqs*s.C*wide)))}
	p.groups, p.ranges = split{f32winograd.Groups, 1}, split{s.C, 1}
	if p.parts.parts < wantTasks/2 {
		p.groups.parts = f32winograd.Groups
		p.ranges.parts = max(1, min(s.C/12, max(ceilDiv(groupFreqs*s.C*wide, winogradFloats), ceilDiv(wantTasks, p.groups.parts*p.parts.parts))))
	}
	most := ceilDiv(s.C, p.ranges.parts)
	n := p.boxes.full.positions()
	p.fp = f32winograd.PadTo(i, s.F)
	p.vFreq, p.zFreq = lines(n*f32winograd.PadTo(i, most)), lines(n*p.fp)
	p.sFreq = s.C * p.fp
	p.partLen = pad16(f32winograd.Freqs*p.sFreq) + pad16(s.F)
	p.joinTasks = split{s.C, max(1, min(s.C, ceilDiv(p.parts.parts*p.partLen, 8*joinFloats)))}
	p.tasks, p.joins = p.task, p.join
	return p
}

// winogradPartFloats bounds the sums of all parts.
const winogradPartFloats = 1 << 20

func (p *winogradGrad) perWorker() int {
	f := p.boxes.full
	return p.in.floats(f) + p.z.floats(f) + groupFreqs*(p.vFreq+p.zFreq)
}

func (p *winogradGrad) scratch(workers int) int {
	return p.parts.parts*p.partLen + workers*p.perWorker()
}

// perPart is how many images a part has, if that is the same number of whole images for all.
func (p *winogradGrad) perPart() int {
	f := &p.boxes.full
	if f.rows != p.boxes.h || f.cols != p.boxes.w || p.boxes.n%(p.parts.parts*f.images) != 0 {
		return 0
	}
	return p.boxes.n / p.parts.parts
}

func (p *winogradGrad) begin(x, dy, y, dw, db, scratch []float32) {
	n := p.parts.parts * p.partLen
	p.kernelGradRun = kernelGradRun{x: x, y: y, dy: dy, dw: dw, db: db, sums: scratch[:n], own: scratch[n:]}
	if !p.relu {
		p.y = nil
	}
}

// part does all tasks of a part.
func (p *winogradGrad) part(part, worker int) {
	n := p.groups.parts * p.ranges.parts
	for t := range n {
		p.task(part*n+t, worker)
	}
}

// task sums some groups of frequencies and a range of channels over the boxes of a part.
func (p *winogradGrad) task(task, worker int) {
	part, g, slice := task/(p.groups.parts*p.ranges.parts), task/p.ranges.parts%p.groups.parts, task%p.ranges.parts
	own := p.own[worker*p.perWorker():][:p.perWorker()]
	full := p.boxes.full
	xOwn, own := own[:p.in.floats(full)], own[p.in.floats(full):]
	zOwn, own := own[:p.z.floats(full)], own[p.z.floats(full):]
	v, zt := own[:groupFreqs*p.vFreq], own[groupFreqs*p.vFreq:][:groupFreqs*p.zFreq]
	sums := p.sums[part*p.partLen:][:p.partLen]
	for i := p.parts.start(part); i < p.parts.start(part+1); i++ {
		b := p.boxes.at(i)
		add := i > p.parts.start(part)
		z := p.z.of(p.isa, &b, p.dy, p.y, zOwn)
		if p.dw != nil {
			x := p.in.of(p.isa, &b, p.x, nil, xOwn)
			for k := p.groups.start(g); k < p.groups.start(g+1); k++ {
				p.group(&b, k, p.ranges.start(slice), p.ranges.start(slice+1), x, z, v, zt, sums, add)
			}
		}
		if p.db != nil && g == 0 && slice == 0 {
			p.sumBias(&b, z, sums[pad16(f32winograd.Freqs*p.sFreq):], add)
		}
	}
}

// group adds a box's part of a group of frequencies, for the channels from lo to hi.
func (p *winogradGrad) group(b *box, g, lo, hi int, x, z, v, zt, sums []float32, add bool) {
	const size = f32winograd.Size
	c := hi - lo
	cp := f32winograd.PadTo(p.isa, c)
	var xs, zs, vs, zts [mostTiles]int
	tiles := 0
	first := g * f32winograd.GroupRows * size // the group's first frequency
	for n := range b.images {
		for y := range b.rows {
			for k := range b.cols {
				xs[tiles], zs[tiles] = p.in.offset(n, y, k)+lo, p.z.offset(n, y, k)
				vs[tiles], zts[tiles] = tiles*cp-first*p.vFreq, tiles*p.fp-first*p.zFreq
				tiles++
			}
		}
	}
	f32winograd.Input(p.isa, &f32winograd.Job{
		From:  f32winograd.Side{Data: x, Pos: xs[:tiles], Line: p.in.line, Cell: p.shape.C},
		To:    f32winograd.Side{Data: v, Pos: vs[:tiles], Line: size * p.vFreq, Cell: p.vFreq},
		Width: c, Groups: 1 << g,
	})
	f32winograd.Gradient(p.isa, &f32winograd.Job{
		From:  f32winograd.Side{Data: z, Pos: zs[:tiles], Line: p.z.line, Cell: p.shape.F},
		To:    f32winograd.Side{Data: zt, Pos: zts[:tiles], Line: size * p.zFreq, Cell: p.zFreq},
		Width: p.shape.F, Groups: 1 << g,
	})
	q := f32winograd.Product{LDA: cp, Transposed: true, Rows: c, Depth: tiles, LDB: p.fp, LDD: p.fp, Load: add}
	for k := range groupFreqs {
		to := sums[(first+k)*p.sFreq+lo*p.fp:]
		q.A = v[k*p.vFreq:]
		for f := 0; f < p.fp; f += q.Width {
			q.Width = min(p.fp-f, p.nr)
			q.B, q.Dst = zt[k*p.zFreq+f:], to[f:]
			f32winograd.Multiply(p.isa, &q)
		}
	}
}

// sumBias adds dz of a box to db's sums.
func (p *winogradGrad) sumBias(b *box, z, sums []float32, add bool) {
	const t = f32winograd.Tile
	f := p.shape.F
	cols := min(b.cols*t, p.shape.OW-b.x*t)
	for n := range b.images {
		for r := range min(b.rows*t, p.shape.OH-b.y*t) {
			at := n*p.z.image + r*p.z.line
			if f%16 == 0 {
				o := outerTile{x: one[:], lines: []line{{}}, zStep: f, count: cols, ldd: f, h: 1, load: add}
				for k := 0; k < f; k += o.w {
					o.w = min(f-k, p.nr)
					o.z, o.dst = z[at+k:], sums[k:]
					outer(p.isa, &o)
				}
				add = true
				continue
			}
			for range cols {
				if add {
					f32vec.Add(p.isa, sums[:f], sums[:f], z[at:][:f])
				} else {
					copy(sums[:f], z[at:][:f])
				}
				add = true
				at += f
			}
		}
	}
}

// join adds the parts' sums of some channels in order and brings them to dw; the first task does likewise for db.
func (p *winogradGrad) join(task, _ int) {
	s := &p.shape
	addParts := func(lo, n int) {
		for i := 1; i < p.parts.parts; i++ {
			sum := p.sums[lo:][:n]
			f32vec.Add(p.isa, sum, sum, p.sums[i*p.partLen+lo:][:n])
		}
	}
	if p.db != nil && task == 0 {
		at := pad16(f32winograd.Freqs * p.sFreq)
		addParts(at, s.F)
		copy(p.db[:s.F], p.sums[at:])
	}
	if p.dw == nil {
		return
	}
	lo, hi := p.joinTasks.start(task), p.joinTasks.start(task+1)
	for k := range f32winograd.Freqs {
		addParts(k*p.sFreq+lo*p.fp, (hi-lo)*p.fp)
	}
	var from, to [16]int
	for c := lo; c < hi; {
		n := min(len(from), hi-c)
		for k := range n {
			from[k], to[k] = (c+k)*p.fp, (c+k)*s.F
		}
		f32winograd.KernelGrad(p.isa, &f32winograd.Job{
			From:  f32winograd.Side{Data: p.sums, Pos: from[:n], Line: f32winograd.Size * p.sFreq, Cell: p.sFreq},
			To:    f32winograd.Side{Data: p.dw, Pos: to[:n], Line: 3 * s.C * s.F, Cell: s.C * s.F},
			Width: s.F, Groups: f32winograd.AllGroups,
		})
		c += n
	}
}
