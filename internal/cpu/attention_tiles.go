package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Attention in float32, tile by tile (Dao and others, "FlashAttention", 2022). A task takes queries
// of one example and head. It packs the keys and values of a block once, and then for each tile of
// queries multiplies, takes the exponentials below the running maximum of each row, and adds their
// product with the values to the output, which is scaled whenever the maximum grows.

const (
	// tileRows is how many queries (in the gradient: keys) a tile has. Fewer waste less of the work
	// where only earlier keys may be attended to; more pay better for what is packed.
	tileRows = 32
	// tileBlock is how many keys (in the gradient: queries) a tile has at most, so that it stays in
	// the first cache: a multiple of every panel's width and of what tiles are cut at.
	tileBlock = 256
	// tileStep is what the sides of tiles are cut at.
	tileStep = 32
	// tileTasks is how many tasks there should be, for the workers to share.
	tileTasks = 16
)

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// forwardTiles is the sizes of the forward pass.
type forwardTiles struct {
	attentionSizes
	packed *f32gemm.Packed // the way of packing, for all products
	chunks int             // tasks that share the queries of a head
	rows   int             // queries of a chunk
	block  int             // keys of a block
}

func newForwardTiles(i isa.ISA, n attentionSizes) *forwardTiles {
	f := &forwardTiles{attentionSizes: n, packed: f32gemm.NewPacked(i, tileRows, tileBlock, n.depth, true), block: min(tileBlock, n.s)}
	f.chunks = max(1, min((tileTasks+n.batch*n.heads-1)/max(1, n.batch*n.heads), (n.t+tileRows-1)/tileRows))
	f.rows = roundUp((n.t+f.chunks-1)/f.chunks, tileRows)
	return f
}

// cutter cuts scratch memory into pieces that begin on a boundary; without memory it only counts.
type cutter struct {
	mem []float32
	n   int
}

func (c *cutter) take(n int) []float32 {
	at := c.n
	c.n += padded(n)
	if c.mem == nil {
		return nil
	}
	return c.mem[at:][:n]
}

// forwardRoom is one worker's scratch memory.
type forwardRoom struct {
	keys, values  []float32 // packed, the keys scaled
	strip         []float32 // for products
	scores        []float32 // of a tile
	bias, factors []float32 // of a block's keys
	most, sum     []float32 // of each query of the chunk: the running maximum and sum
	again         []float32 // of each query of a tile, what its output is multiplied by; at last of the chunk
	mean          []float32 // of all values
	lo, hi        [tileRows]int32
}

func (f *forwardTiles) room(c *cutter) forwardRoom {
	keys, values := f.packed.With(f.block, f.depth, true), f.packed.With(f.width, f.block, false)
	return forwardRoom{
		keys: c.take(keys.Len()), values: c.take(values.Len()), strip: c.take(max(keys.StripLen(), values.StripLen())),
		scores: c.take(tileRows * roundUp(f.block, 16)),
		bias:   c.take(f.block), factors: c.take(f.block), most: c.take(f.rows), sum: c.take(f.rows), again: c.take(f.rows), mean: c.take(f.width),
	}
}

// scratch is how many floats a worker needs.
func (f *forwardTiles) scratch() int {
	var c cutter
	f.room(&c)
	return c.n
}

// attentionJob is the forward pass bound to memory.
type attentionJob struct {
	*forwardTiles
	*sight[float32]
	scale      float32
	rooms      []forwardRoom
	q, k, v    []float32
	y, l       []float32
	hidden     float32
	queryLen   int // from one query of a head to the next, in q
	outputLen  int
	keyLen     int
	valueLen   int
	hasKeyBias bool
}

func attentionTiles(d op.Attention, n attentionSizes, v *sight[float32], b *Bound[float32]) Run {
	f := newForwardTiles(b.ISA, n)
	j := &attentionJob{
		forwardTiles: f, sight: v, scale: float32(d.Scale), q: b.In[0].F, k: b.In[1].F, v: b.In[2].F, y: b.Out[0].F, l: b.Out[1].F,
		hidden: float32(math.Inf(-1)), queryLen: n.heads * n.depth, outputLen: n.heads * n.width, keyLen: n.groups * n.depth, valueLen: n.groups * n.width,
		hasKeyBias: len(v.keys) > 0,
	}
	for w := range b.Workers() {
		j.rooms = append(j.rooms, f.room(&cutter{mem: b.Scratch[w*f.scratch():]}))
	}
	task := j.task
	return func(c *Context) {
		v.begin(c)
		b.For(n.batch*n.heads*f.chunks, task)
	}
}

// task computes a chunk of the queries of one head.
func (j *attentionJob) task(task, worker int) {
	n := &j.attentionSizes
	r := &j.rooms[worker]
	chunk := task % j.chunks
	b, h := task/j.chunks/n.heads, task/j.chunks%n.heads
	t0, t1 := chunk*j.rows, min(n.t, (chunk+1)*j.rows)
	if t0 >= t1 {
		return
	}
	for i := range t1 - t0 {
		r.most[i], r.sum[i] = j.hidden, 0
	}
	first, last := j.spans(t0, t1)
	if first == last {
		j.clear(b, h, t0, t1)
	}
	for s0 := first / tileStep * tileStep; s0 < last; s0 += j.block {
		j.keysOf(r, b, h, s0, min(last, s0+j.block), t0, t1, s0 > first)
	}
	j.finish(r, b, h, t0, t1)
}

// clear sets the output for the queries t0 to t1-1 to zeros.
func (j *attentionJob) clear(b, h, t0, t1 int) {
	clearRows(j.y, ((b*j.t+t0)*j.heads+h)*j.width, j.outputLen, t1-t0, j.width)
}

// keysOf sets the output for the queries t0 to t1-1 to what the keys s0 to s1-1 contribute, or with
// more adds that.
func (j *attentionJob) keysOf(r *forwardRoom, b, h, s0, s1, t0, t1 int, more bool) {
	n := &j.attentionSizes
	keys, values := j.packed.With(s1-s0, n.depth, true), j.packed.With(n.width, s1-s0, false)
	at := (b*n.s+s0)*n.groups + n.group(h)
	for p := range keys.Panels() {
		keys.Pack(r.keys, p, j.k[at*n.depth:], j.keyLen)
	}
	f32vec.Scale(j.isa, r.keys[:keys.Len()], j.scale, r.keys[:keys.Len()])
	if j.y != nil {
		for p := range values.Panels() {
			values.Pack(r.values, p, j.v[at*n.width:], j.valueLen)
		}
	}
	var bias []float32
	if j.hasKeyBias {
		bias = r.bias[:s1-s0]
		j.keyBias(bias, b, h, s0)
	}
	for t := t0; t < t1; t += tileRows {
		end := min(t1, t+tileRows)
		lo, hi := j.spans(t, end)
		lo, hi = max(0, lo-s0)/tileStep*tileStep, min(s1-s0, roundUp(max(0, hi-s0), tileStep))
		switch {
		case lo < hi:
			j.tile(r, b, h, s0, lo, hi, t, end, t0, bias, &keys, &values, more)
		case !more:
			j.clear(b, h, t, end)
		}
	}
}

// tile sets the output for the queries t to end-1 to what the keys s0+lo to s0+hi-1 contribute, or with more adds
// that. The running values of query t0 come first in r.
func (j *attentionJob) tile(r *forwardRoom, b, h, s0, lo, hi, t, end, t0 int, bias []float32, keys, values *f32gemm.Packed, more bool) {
	n := &j.attentionSizes
	rows, w := end-t, hi-lo
	ld := roundUp(w, 16)
	right := keys.With(w, n.depth, true)
	queries := f32gemm.Left{A: j.q[((b*n.t+t)*n.heads+h)*n.depth:], LD: j.queryLen, Room: r.strip}
	if bias != nil {
		bias = bias[lo:hi]
	}
	right.MultiplyLeft(r.scores, ld, queries, rows, r.keys[lo*n.depth:], 0, n.depth, false, bias)
	seen := f32softmax.Tile{X: r.scores, LD: ld, W: ld, Lo: r.lo[:rows], Hi: r.hi[:rows]}
	for i := range rows {
		first, end := j.seen(r.scores[i*ld:][:w], b, h, t+i, s0+lo)
		r.lo[i], r.hi[i] = int32(first), int32(end)
	}
	at := t - t0
	seen.Softmax(j.isa, r.most[at:][:rows], r.sum[at:][:rows], r.again[:rows])
	if j.y == nil {
		return
	}
	if j.Rate > 0 {
		for i := range rows {
			f := r.factors[:w]
			j.factors(f, b, h, t+i, s0+lo)
			f32vec.Mul(j.isa, r.scores[i*ld:][:w], r.scores[i*ld:][:w], f)
		}
	}
	y := j.y[((b*n.t+t)*n.heads+h)*n.width:]
	if more {
		f32softmax.ScaleRows(j.isa, y, j.outputLen, n.width, r.again[:rows])
	}
	weights := f32gemm.Left{A: r.scores, LD: ld, Room: r.strip}
	values.MultiplyLeft(y, j.outputLen, weights, rows, r.values, lo, hi, more, nil)
}

// finish divides the queries' sums by those of their weights.
func (j *attentionJob) finish(r *forwardRoom, b, h, t0, t1 int) {
	n := &j.attentionSizes
	rows := t1 - t0
	known := false // whether the mean has been computed
	if j.l != nil {
		l := j.l[(b*n.heads+h)*n.t+t0:][:rows]
		f32vec.LogSlice(j.isa, l, r.sum[:rows])
		for i, m := range r.most[:rows] {
			if r.blind(i) {
				l[i] = j.largest
			} else {
				l[i] = f32vec.Flush(m + l[i])
			}
		}
	}
	if j.y == nil {
		return
	}
	for i, s := range r.sum[:rows] {
		if r.again[i] = 1 / s; r.blind(i) {
			r.again[i] = 1
		}
	}
	y := j.y[((b*n.t+t0)*n.heads+h)*n.width:]
	f32softmax.ScaleRows(j.isa, y, j.outputLen, n.width, r.again[:rows])
	for i := range rows {
		if !j.Mean || !r.blind(i) {
			continue
		}
		if !known {
			j.meanOf(r.mean, b, n.group(h))
			known = true
		}
		copy(y[i*j.outputLen:][:n.width], r.mean)
	}
}

// blind tells whether query i of the chunk saw no key.
func (r *forwardRoom) blind(i int) bool { return r.sum[i] == 0 }

// meanOf is the mean of all values of an example and group.
func (j *attentionJob) meanOf(dst []float32, b, g int) {
	n := &j.attentionSizes
	clear(dst)
	for s := range n.s {
		v := j.v[((b*n.s+s)*n.groups+g)*n.width:][:n.width]
		f32vec.Add(j.isa, dst, dst, v)
	}
	f32vec.Scale(j.isa, dst, 1/float32(n.s), dst)
}
