package f32softmax

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Tile is a block of a matrix of scores: len(Lo) rows of W columns, a multiple of Lanes, whose first elements are LD apart. Of row r the
// columns from Lo[r] up to, but without, Hi[r] are seen, none where Lo[r] is not below Hi[r]; all are within the W columns.
type Tile struct {
	X      []float32
	LD, W  int
	Lo, Hi []int32
}

func (t *Tile) check() {
	n := len(t.Lo)
	if len(t.Hi) < n || t.W%Lanes != 0 || t.LD < t.W || n > 0 && len(t.X) < (n-1)*t.LD+t.W {
		panic("f32softmax: a tile's buffers are too small")
	}
}

// Softmax is one step of a softmax whose rows come block by block (Milakov and Gimelshein, "Online normalizer calculation for softmax",
// 2018). most and sum are what is known of each row: its largest element, -Inf at first, and the sum of the exponentials of the differences
// from it, 0 at first. Softmax sets the elements that are seen to the exponentials of their differences from the largest that is known
// then, and the others to 0, adds to the sums, in the order of ExpSum, and sets factor to what everything that was computed of a
// row before is to be multiplied by. A NaN that is seen makes the row's sum a NaN, and does not count for the largest element.
func (t *Tile) Softmax(i isa.ISA, most, sum, factor []float32) {
	t.check()
	n := len(t.Lo)
	most, sum, factor = most[:n], sum[:n], factor[:n]
	if softmaxVec(i, t, most, sum, factor) {
		return
	}
	for r := range most {
		row := t.X[r*t.LD:][:t.W]
		lo, hi := t.seen(r)
		m := float32(math.Inf(-1))
		for _, v := range row[lo:hi] {
			if v > m {
				m = v
			}
		}
		old := most[r]
		if old > m {
			m = old
		}
		shift, a := m, float32(1)
		if m == float32(math.Inf(-1)) {
			shift = 0
		}
		switch old {
		case m:
		case float32(math.Inf(-1)):
			a = 0
		default:
			a = Exp(old - shift)
		}
		var l [Lanes]float32
		for c, v := range row[lo:hi] {
			v = Exp(v - shift)
			row[lo+c] = v
			l[(lo+c)%Lanes] += v
		}
		clear(row[:lo])
		clear(row[hi:])
		most[r], factor[r] = m, a
		sum[r] = float32(sum[r]*a) + foldLanes(&l)
	}
}

// seen is the columns of a row that are seen, 0 and 0 for none.
func (t *Tile) seen(r int) (lo, hi int) {
	if t.Lo[r] >= t.Hi[r] {
		return 0, 0
	}
	return int(t.Lo[r]), int(t.Hi[r])
}

func foldLanes(l *[Lanes]float32) float32 {
	for h := Lanes / 2; h > 0; h /= 2 {
		for i := range h {
			l[i] += l[i+h]
		}
	}
	return l[0]
}

// Exp sets the elements that are seen to their exponentials and the others to 0.
func (t *Tile) Exp(i isa.ISA) {
	t.check()
	if expVec(i, t) {
		return
	}
	for r := range t.Lo {
		row := t.X[r*t.LD:][:t.W]
		lo, hi := t.seen(r)
		for c, v := range row[lo:hi] {
			row[lo+c] = Exp(v)
		}
		clear(row[:lo])
		clear(row[hi:])
	}
}

// Dots sets dst[r] to scale times the sum of the products of n elements of x and y, whose rows are ld apart: each product is rounded to
// float32 and added to one of 16 lanes, as in ExpSum.
func Dots(i isa.ISA, dst []float32, scale float32, x, y []float32, ld, n int) {
	checkRows(len(dst), n, ld, len(x), len(y))
	if dotsVec(i, dst, scale, x, y, ld, n) {
		return
	}
	for r := range dst {
		var l [Lanes]float32
		u, v := x[r*ld:][:n], y[r*ld:][:n]
		for c := range u {
			l[c%Lanes] += float32(u[c] * v[c])
		}
		dst[r] = f32vec.Flush(foldLanes(&l) * scale)
	}
}

// ScaleRows multiplies the n elements of each row of x, whose first ones are ld apart, by the factor of the row.
func ScaleRows(i isa.ISA, x []float32, ld, n int, factor []float32) {
	checkRows(len(factor), n, ld, len(x))
	if scaleRowsVec(i, x, ld, n, factor) {
		return
	}
	for r, f := range factor {
		row := x[r*ld:][:n]
		for c, v := range row {
			row[c] = f32vec.Flush(v * f)
		}
	}
}

// checkRows refuses buffers that do not hold rows of n elements.
func checkRows(rows, n, ld int, lengths ...int) {
	for _, l := range lengths {
		if n < 0 || ld < n || rows > 0 && l < (rows-1)*ld+n {
			panic("f32softmax: a buffer is too small")
		}
	}
}
