package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// The gradient of attention in float32. A task takes one example and group of heads, since all these
// add to the same keys and values. Its tiles have keys as rows and queries as columns: then what is
// subtracted from each query's scores, the logarithm of its sum, is a bias of the product, and so is
// what is subtracted from the gradients of its weights.

// backwardTiles is the sizes of the gradient.
type backwardTiles struct {
	attentionSizes
	packed *f32gemm.Packed // the way of packing, for all products
	block  int             // queries of a block
	rows   int             // keys of a tile
}

func newBackwardTiles(i isa.ISA, n attentionSizes) *backwardTiles {
	return &backwardTiles{attentionSizes: n, packed: f32gemm.NewPacked(i, tileRows, tileBlock, n.depth, true), block: min(tileBlock, n.t), rows: min(tileRows, n.s)}
}

// backwardRoom is one worker's scratch memory. "Across" is packed with the queries as columns.
type backwardRoom struct {
	queriesAcross, dyAcross []float32 // packed, scaled
	queries, dy             []float32 // packed
	keys                    []float32 // of a tile, packed
	strip                   []float32 // for products
	p, ds                   []float32 // of a tile: weights, and the gradient of the scores
	minusL, minusDelta      []float32 // of a block's queries, the latter scaled
	factors                 []float32 // of a tile
	mean                    []float32
	lo, hi                  [tileRows]int32
	done                    int // the keys before this one have gradients, to which more are added
}

func (f *backwardTiles) room(c *cutter) backwardRoom {
	across, queries := f.packed.With(f.block, f.depth, true), f.packed.With(f.depth, f.block, false)
	dyAcross, dy := f.packed.With(f.block, f.width, true), f.packed.With(f.width, f.block, false)
	right := f.packed.With(f.depth, f.rows, false)
	tile := f.rows * roundUp(f.block, 16)
	return backwardRoom{
		queriesAcross: c.take(across.Len()), queries: c.take(queries.Len()), dyAcross: c.take(dyAcross.Len()), dy: c.take(dy.Len()),
		keys: c.take(right.Len()), strip: c.take(max(across.StripLen(), dyAcross.StripLen(), queries.StripLen(), right.StripLen())),
		p: c.take(tile), ds: c.take(tile),
		minusL: c.take(f.block), minusDelta: c.take(f.block), factors: c.take(tile + f.rows), mean: c.take(f.width),
	}
}

// scratch is how many floats a worker needs.
func (f *backwardTiles) scratch() int {
	var c cutter
	f.room(&c)
	return c.n
}

// attentionGradJob is the gradient bound to memory.
type attentionGradJob struct {
	*backwardTiles
	*sight[float32]
	scale       float32
	rooms       []backwardRoom
	q, k, v     []float32
	y, l, dy    []float32
	dq, dk, dv  []float32
	queryLen    int // from one query of a head to the next, in q
	outputLen   int
	keyLen      int
	valueLen    int
	headsOfKeys int // heads that share a group of keys
}

func attentionGradTiles(d op.AttentionGrad, n attentionSizes, v *sight[float32], b *Bound[float32]) Run {
	f := newBackwardTiles(b.ISA, n)
	j := &attentionGradJob{
		backwardTiles: f, sight: v, scale: float32(d.Scale), q: b.In[0].F, k: b.In[1].F, v: b.In[2].F, y: b.In[3].F, l: b.In[4].F, dy: b.In[5].F,
		dq: b.Out[0].F, dk: b.Out[1].F, dv: b.Out[2].F,
		queryLen: n.heads * n.depth, outputLen: n.heads * n.width, keyLen: n.groups * n.depth, valueLen: n.groups * n.width, headsOfKeys: n.heads / n.groups,
	}
	for w := range b.Workers() {
		j.rooms = append(j.rooms, f.room(&cutter{mem: b.Scratch[w*f.scratch():]}))
	}
	task := j.task
	return func(c *Context) {
		v.begin(c)
		b.For(n.batch*n.groups, task)
	}
}

// task computes the gradients of one group's keys and values, and of its heads' queries.
func (j *attentionGradJob) task(task, worker int) {
	n := &j.attentionSizes
	r := &j.rooms[worker]
	b, g := task/n.groups, task%n.groups
	clear(r.mean)
	blind := false
	r.done = 0
	if j.Window > 0 { // else the first tile to reach a query or key sets its gradients
		j.clearKeys(b, g, 0)
		r.done = n.s
	}
	for h := g * j.headsOfKeys; h < (g+1)*j.headsOfKeys; h++ {
		for t0 := 0; t0 < n.t; t0 += j.block {
			t1 := min(n.t, t0+j.block)
			blind = j.queriesOf(r, b, h, t0, t1) || blind
			lo, hi := j.spans(t0, t1)
			if lo == hi || j.Window > 0 {
				clearRows(j.dq, ((b*n.t+t0)*n.heads+h)*n.depth, j.queryLen, t1-t0, n.depth)
			}
			for s0 := lo / tileStep * tileStep; s0 < hi; s0 += j.rows {
				j.tile(r, b, h, s0, min(hi, s0+j.rows), t0, t1, s0 > 0 || j.Window > 0)
			}
			r.done = max(r.done, hi)
		}
	}
	j.clearKeys(b, g, r.done)
	if blind && j.dv != nil {
		for s := range n.s {
			dv := j.dv[((b*n.s+s)*n.groups+g)*n.width:][:n.width]
			f32vec.Add(j.isa, dv, dv, r.mean)
		}
	}
}

// clearKeys clears the gradients of the keys and values from s on.
func (j *attentionGradJob) clearKeys(b, g, s int) {
	n := &j.attentionSizes
	if s < n.s {
		clearRows(j.dk, ((b*n.s+s)*n.groups+g)*n.depth, j.keyLen, n.s-s, n.depth)
		clearRows(j.dv, ((b*n.s+s)*n.groups+g)*n.width, j.valueLen, n.s-s, n.width)
	}
}

// clearRows clears rows of n floats, ld apart, of x, unless there is no x.
func clearRows[T Float](x []T, at, ld, rows, n int) {
	if x == nil {
		return
	}
	for i := range rows {
		clear(x[at+i*ld:][:n])
	}
}

// queriesOf packs what belongs to the queries t0 to t1-1. It adds the gradients of those that took the
// mean of all values to r.mean, and tells whether there was one.
func (j *attentionGradJob) queriesOf(r *backwardRoom, b, h, t0, t1 int) (blind bool) {
	n := &j.attentionSizes
	rows := t1 - t0
	q, dy := j.q[((b*n.t+t0)*n.heads+h)*n.depth:], j.dy[((b*n.t+t0)*n.heads+h)*n.width:]
	j.pack(r.queriesAcross, j.packed.With(rows, n.depth, true), q, j.queryLen)
	j.pack(r.dyAcross, j.packed.With(rows, n.width, true), dy, j.outputLen)
	f32vec.Scale(j.isa, r.queriesAcross, j.scale, r.queriesAcross)
	f32vec.Scale(j.isa, r.dyAcross, j.scale, r.dyAcross) // and with it the gradient of the scores
	if j.dk != nil {
		j.pack(r.queries, j.packed.With(n.depth, rows, false), q, j.queryLen)
	}
	if j.dv != nil {
		j.pack(r.dy, j.packed.With(n.width, rows, false), dy, j.outputLen)
	}
	l := j.l[(b*n.heads+h)*n.t+t0:][:rows]
	f32vec.Scale(j.isa, r.minusL[:rows], -1, l)
	f32softmax.Dots(j.isa, r.minusDelta[:rows], -j.scale, dy, j.y[((b*n.t+t0)*n.heads+h)*n.width:], j.outputLen, n.width)
	if !j.Mean {
		return false
	}
	for i := range rows {
		if l[i] == j.largest {
			blind = true
			f32vec.Axpy(j.isa, r.mean, 1/float32(n.s), dy[i*j.outputLen:][:n.width])
		}
	}
	return blind
}

// pack packs all of a right matrix.
func (j *attentionGradJob) pack(dst []float32, p f32gemm.Packed, b []float32, ldb int) {
	for i := range p.Panels() {
		p.Pack(dst, i, b, ldb)
	}
}

// tile computes what the keys s0 to s1-1 have to do with the queries t0 to t1-1, which are packed. With more the queries have gradients already,
// to which these are added; without, all of them see one of the keys.
func (j *attentionGradJob) tile(r *backwardRoom, b, h, s0, s1, t0, t1 int, more bool) {
	n := &j.attentionSizes
	lo, hi := j.reach(s0, s1)
	lo, hi = max(0, lo-t0)/tileStep*tileStep, min(t1-t0, roundUp(max(0, hi-t0), tileStep))
	if lo >= hi {
		return
	}
	rows, w := s1-s0, hi-lo
	ld := roundUp(w, 16)
	p, ds := r.p[:rows*ld], r.ds[:rows*ld]
	at := (b*n.s+s0)*n.groups + n.group(h)

	across := j.packed.With(w, n.depth, true)
	keys := f32gemm.Left{A: j.k[at*n.depth:], LD: j.keyLen, Room: r.strip}
	across.MultiplyLeft(p, ld, keys, rows, r.queriesAcross[lo*n.depth:], 0, n.depth, false, r.minusL[lo:hi])
	j.weights(r, ld, b, h, s0, rows, t0+lo, w)

	across = j.packed.With(w, n.width, true)
	values := f32gemm.Left{A: j.v[at*n.width:], LD: j.valueLen, Room: r.strip}
	if j.Rate > 0 {
		across.MultiplyLeft(ds, ld, values, rows, r.dyAcross[lo*n.width:], 0, n.width, false, nil)
		j.dropTile(r, p, ds, ld, b, h, s0, rows, t0, lo, hi)
	} else {
		across.MultiplyLeft(ds, ld, values, rows, r.dyAcross[lo*n.width:], 0, n.width, false, r.minusDelta[lo:hi])
		f32vec.Mul(j.isa, ds, ds, p)
	}

	// Of the weights and of the gradient of the scores only the keys' rows are read, so what pads them
	// does no harm.
	if j.dv != nil {
		right := j.packed.With(n.width, t1-t0, false)
		right.MultiplyLeft(j.dv[at*n.width:], j.valueLen, f32gemm.Left{A: p, LD: ld, Room: r.strip}, rows, r.dy, lo, hi, s0 < r.done, nil)
	}
	if j.dk != nil {
		right := j.packed.With(n.depth, t1-t0, false)
		right.MultiplyLeft(j.dk[at*n.depth:], j.keyLen, f32gemm.Left{A: ds, LD: ld, Room: r.strip}, rows, r.queries, lo, hi, s0 < r.done, nil)
	}
	if j.dq != nil {
		right := j.packed.With(n.depth, rows, false)
		j.pack(r.keys, right, j.k[at*n.depth:], j.keyLen)
		left := f32gemm.Left{A: ds, LD: ld, Trans: true}
		right.MultiplyLeft(j.dq[((b*n.t+t0+lo)*n.heads+h)*n.depth:], j.queryLen, left, w, r.keys, 0, rows, more, nil)
	}
}

// weights makes the weights of a tile of r.p, those of what may not be attended to being 0: row i is key s0+i, column c query t+c.
// Queries that may attend to nothing need no care, as the logarithm of their sum is infinite.
func (j *attentionGradJob) weights(r *backwardRoom, ld, b, h, s0, rows, t, w int) {
	for i := range rows {
		s := s0 + i
		lo, hi := j.reach(s, s+1)
		for k := range j.keys {
			if j.keys[k].hides(b, h, 0, s) {
				lo, hi = t, t
			}
		}
		r.lo[i], r.hi[i] = int32(min(max(lo-t, 0), w)), int32(min(max(hi-t, 0), w))
	}
	seen := f32softmax.Tile{X: r.p, LD: ld, W: ld, Lo: r.lo[:rows], Hi: r.hi[:rows]}
	seen.Exp(j.isa)
	for k := range j.pairs {
		m := &j.pairs[k]
		for i := range rows {
			row := r.p[i*ld:]
			for c := int(r.lo[i]); c < int(r.hi[i]); c++ {
				if m.hides(b, h, t+c, s0+i) {
					row[c] = 0
				}
			}
		}
	}
}

// dropTile makes ds of the gradient of the dropped weights and of the weights p, and of these the dropped ones, which the values saw.
func (j *attentionGradJob) dropTile(r *backwardRoom, p, ds []float32, ld int, b, h, s0, rows, t0, lo, hi int) {
	factors, column := r.factors[:rows*ld], r.factors[rows*ld:][:rows]
	for c := range hi - lo {
		j.factors(column, b, h, t0+lo+c, s0)
		for i, f := range column {
			factors[i*ld+c] = f
		}
	}
	delta := r.minusDelta[lo:hi]
	for i := range rows {
		row := ds[i*ld:][:hi-lo]
		f := factors[i*ld:][:hi-lo]
		w := p[i*ld:][:hi-lo]
		f32vec.Mul(j.isa, row, row, f)
		f32vec.Add(j.isa, row, row, delta)
		f32vec.Mul(j.isa, row, row, w)
		f32vec.Mul(j.isa, w, w, f)
	}
}
