package f32conv2d

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// run is a stretch of the input, relative to a position, whose elements meet consecutive rows of B. All are in bytes: where it
// begins, where its last whole group of four elements ends, and where it ends.
type run struct{ off, end4, end int }

func newRun(off, n int) run { return run{4 * off, 4 * (off + n&^3), 4 * (off + n)} }

// slideTile is the work of one call of a slide kernel: for each position i and filter j
//
//	s = 0; for each run, and each element x of it at position i:  s = fma(x, next row of B at j, s)
//	s = dst[i,j] + s   if load
//	dst[i,j] = flush(max(s + bias[j], floor))
//
// With pooled, which poolsInTile, poolCells positions make one such row of dst: that of the largest results, or of NaN where one is that.
type slideTile struct {
	src   []float32
	pos   []int // of each position, in src
	runs  []run
	b     []float32 // as many rows as all runs have elements
	ldb   int
	dst   []float32
	out   []int // of each position, in dst
	bias  []float32
	w     int // filters
	load  bool
	floor float32 // the least value: 0 or noFloor

	pooled bool
}

// poolCells is how many positions a slide kernel pools.
const poolCells = 4

// noFloor is the floor of a tile without ReLU.
var noFloor = float32(math.Inf(-1))

// maxNR is the width of the widest tile, maxMR its height.
const (
	maxNR = 32
	maxMR = 24
)

// noBias is the bias of a tile without.
var noBias [maxNR]float32

// slideGeneric is the plain Go twin of the slide kernels.
func slideGeneric(t *slideTile) {
	// Each sum is a float32, in float64 because that is what the next multiply-add wants.
	var acc [maxNR]float64
	for i, at := range t.pos {
		sum := acc[:t.w]
		clear(sum)
		row := 0
		for _, r := range t.runs {
			for _, x := range t.src[at+r.off/4 : at+r.end/4] {
				fmaRow(sum, float64(x), t.b[row:])
				row += t.ldb
			}
		}
		c := t.dst[t.out[i]:][:len(sum)]
		for j, s := range sum {
			v := float32(s)
			if t.load {
				v = c[j] + v
			}
			v += t.bias[j]
			if v < t.floor {
				v = t.floor
			}
			c[j] = f32vec.Flush(v)
		}
	}
}

// fmaRow sets sum[j] = fma(x, b[j], sum[j]).
func fmaRow(sum []float64, x float64, b []float32) {
	b = b[:len(sum)]
	for j, s := range sum {
		p := x * float64(b[j]) // exact
		v := p + s
		if f32vec.OneRounding(v) {
			sum[j] = float64(float32(v))
		} else {
			sum[j] = float64(f32vec.RoundOdd(p, s, v))
		}
	}
}

// depthTap is a cell of the window, for a depth kernel, in bytes: where it is, relative to a position, and how far B goes on from the tap
// before, or from its beginning.
type depthTap struct{ off, step int }

// depthTile is the work of one call of a depth kernel, slide where each filter has a channel of its own: for each position i and
// channel j
//
//	s = 0; for each tap:  s = fma(x, b, s), both of channel j
//	dst[i,j] = flush(max(s + bias[j], floor))
type depthTile struct {
	src   []float32
	pos   []int
	taps  []depthTap
	b     []float32
	dst   []float32
	out   []int
	bias  []float32
	w     int
	floor float32
}

// depthGeneric is the plain Go twin of the depth kernels.
func depthGeneric(t *depthTile) {
	for i, at := range t.pos {
		for j := range t.w {
			s, b := float32(0), j
			for _, k := range t.taps {
				b += k.step / 4
				s = f32vec.FMA(t.src[at+k.off/4+j], t.b[b], s)
			}
			s += t.bias[j]
			if s < t.floor {
				s = t.floor
			}
			t.dst[t.out[i]+j] = f32vec.Flush(s)
		}
	}
}

// line is a row of positions: where its first is in the input and in dz.
type line struct{ x, z int }

// outerTile is the work of one call of an outer kernel: for each row i and column j
//
//	s = 0; for each line, and each of its count positions:  s = fma(x[i], z[j], s), then x and z go on by a step
//	s = dst[i,j] + s   if load
//	dst[i,j] = flush(s)
type outerTile struct {
	x, z         []float32
	lines        []line
	xStep, zStep int
	count        int
	dst          []float32
	ldd          int
	h, w         int // rows, columns; columns are whole vectors
	load         bool
}

// outerGeneric is the plain Go twin of the outer kernels.
func outerGeneric(t *outerTile) {
	var acc [maxMR][maxNR]float64
	for i := range t.h {
		clear(acc[i][:t.w])
	}
	for _, l := range t.lines {
		for n := range t.count {
			x, z := t.x[l.x+n*t.xStep:][:t.h], t.z[l.z+n*t.zStep:][:t.w]
			for i, v := range x {
				fmaRow(acc[i][:t.w], float64(v), z)
			}
		}
	}
	for i := range t.h {
		c := t.dst[i*t.ldd:][:t.w]
		for j, s := range acc[i][:t.w] {
			v := float32(s)
			if t.load {
				v = c[j] + v
			}
			c[j] = f32vec.Flush(v)
		}
	}
}

// tiles are the sizes of the micro-kernels of an instruction set.
type tiles struct {
	lanes      int    // columns of a vector
	slide      [2]int // the most positions of a slide kernel of one and of two vectors
	outer      [2]int // the most rows of an outer kernel of one and of two vectors
	depth      int    // the most positions of a depth kernel
	depthWidth int    // its most vectors
	depthOuter int    // the most taps of a depthOuter kernel
}

// genericTiles are those of the plain Go twins.
var genericTiles = tiles{8, [2]int{4, 4}, [2]int{4, 4}, 4, 1, 10}

// depthOuterTile is the work of one call of a depthOuter kernel, outer where each filter has a channel of its own: for each tap i and
// channel j
//
//	s = 0; for each line, and each of its count positions:  s = fma(x[tap i], z, s), both of channel j, then x and z go on by a step
//	s = dst[i,j] + s   if load
//	dst[i,j] = flush(s)
type depthOuterTile struct {
	x, z         []float32
	taps         []int // places in x, relative to a position
	lines        []line
	xStep, zStep int
	count        int
	dst          []float32 // rows of a vector
	ldd          int
	w            int // channels of x; z has whole vectors
	load         bool
}

// depthOuterGeneric is the plain Go twin of the depthOuter kernels.
func depthOuterGeneric(t *depthOuterTile) {
	for i, tap := range t.taps {
		for j := range t.w {
			s := float32(0)
			for _, l := range t.lines {
				for n := range t.count {
					s = f32vec.FMA(t.x[l.x+n*t.xStep+tap+j], t.z[l.z+n*t.zStep+j], s)
				}
			}
			to := &t.dst[i*t.ldd+j]
			if t.load {
				s = *to + s
			}
			*to = f32vec.Flush(s)
		}
	}
}
