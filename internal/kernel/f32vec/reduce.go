package f32vec

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

const (
	// sumLanes partial sums run side by side through a chunk: element i belongs to lane i mod sumLanes.
	sumLanes = 16
	// sumChunk elements are summed by lanes before the chunks' sums are added in a tree.
	sumChunk = 4096
)

// tree adds a sequence of values as a fixed binary tree: n values are the sum of the first 2**k < n, added
// as a tree, and of the rest, added as a tree. It holds one partial sum for each bit of the count.
type tree struct {
	count uint64
	part  [64]float32
}

func (t *tree) add(x float32) {
	k := 0
	for c := t.count; c&1 == 1; c >>= 1 {
		x = t.part[k] + x
		k++
	}
	t.part[k] = x
	t.count++
}

func (t *tree) sum() float32 {
	s, first := float32(0), true
	for k := 0; t.count>>k != 0; k++ {
		if t.count>>k&1 == 0 {
			continue
		}
		if first {
			s, first = t.part[k], false
		} else {
			s = t.part[k] + s
		}
	}
	return s
}

// foldLanes adds the lanes as a tree: l and l+8, then l and l+4, l+2, l+1.
func foldLanes(l *[sumLanes]float32) float32 {
	for h := sumLanes / 2; h > 0; h /= 2 {
		for i := range h {
			l[i] += l[i+h]
		}
	}
	return l[0]
}

// SumLanes returns the sum of x, 0 if x is empty. Each chunk of 4096 elements is summed in 16 lanes, lane l taking the
// elements l, l+16, ... in order; the lanes are added as a tree and the chunks as a tree, so the order
// depends on len(x) alone.
func SumLanes(i isa.ISA, x []float32) float32 {
	var t tree
	for len(x) > 0 {
		c := x[:min(sumChunk, len(x))]
		x = x[len(c):]
		var l [sumLanes]float32
		for n := vecSum(i, c, &l); n < len(c); n++ {
			l[n%sumLanes] += c[n]
		}
		t.add(foldLanes(&l))
	}
	return Flush(t.sum())
}

// DotLanes returns the sum of x[i]*y[i] in the order of SumLanes, each product rounded to float32.
func DotLanes(i isa.ISA, x, y []float32) float32 {
	sameLen(len(x), len(y))
	var t tree
	for len(x) > 0 {
		m := min(sumChunk, len(x))
		c, d := x[:m], y[:m]
		x, y = x[m:], y[m:]
		var l [sumLanes]float32
		for n := vecDot(i, c, d, &l); n < m; n++ {
			l[n%sumLanes] += float32(c[n] * d[n])
		}
		t.add(foldLanes(&l))
	}
	return Flush(t.sum())
}

// MaxSlice returns the largest element of x, a NaN if there is one among them, and -Inf if x is empty.
func MaxSlice(i isa.ISA, x []float32) float32 {
	m := float32(math.Inf(-1))
	n := vecMax(i, x, &m)
	for ; n < len(x); n++ {
		m = maxNaN(m, x[n])
	}
	return Flush(m)
}

// maxNaN is the larger of a and b, or a NaN if there is one.
func maxNaN(a, b float32) float32 {
	if a > b || a != a {
		return a
	}
	return b
}

const (
	// colRows rows of a column are added in order before these sums are added in a tree.
	colRows = 64
	// colBlock columns are one task.
	colBlock = 64
)

// ColSums sums the columns of a matrix, as the gradient of a bias does: rows in groups of 64, each added in
// order, and the groups as a tree. It holds the arguments of one Run, so a ColSums serves one Run at a time.
type ColSums struct {
	isa        isa.ISA
	rows, cols int
	task       func(task, worker int)

	dst, src   []float32
	ld         int
	accumulate bool
}

// NewColSums returns a plan for matrices of that many rows and columns.
func NewColSums(i isa.ISA, rows, cols int) *ColSums {
	if rows < 0 || cols < 0 {
		panic("f32vec: NewColSums: negative size")
	}
	c := &ColSums{isa: i, rows: rows, cols: cols}
	c.task = c.Sum
	return c
}

// Run sets dst[c] to the sum over r of src[r*ld+c], or adds that sum to dst[c]. dst has cols elements and must not overlap src.
func (c *ColSums) Run(r par.Runner, dst, src []float32, ld int, accumulate bool) {
	r.For(c.Bind(dst, src, ld, accumulate), c.task)
	c.Release()
}

// Bind begins a Run that the caller does itself, beside other tasks: it returns how many tasks of Sum there are, 0 to one less, to be
// called in any order; at last the caller calls Release.
func (c *ColSums) Bind(dst, src []float32, ld int, accumulate bool) (tasks int) {
	if len(dst) < c.cols || c.rows > 0 && c.cols > 0 && (ld < c.cols || len(src) < (c.rows-1)*ld+c.cols) {
		panic("f32vec: ColSums: a buffer is too small")
	}
	c.dst, c.src, c.ld, c.accumulate = dst, src, ld, accumulate
	return (c.cols + colBlock - 1) / colBlock
}

// Release forgets the buffers.
func (c *ColSums) Release() { c.dst, c.src = nil, nil }

// Sum does a task, whoever works on it.
func (c *ColSums) Sum(task, _ int) {
	lo := task * colBlock
	w := min(colBlock, c.cols-lo)
	// The same binary counter as in tree, with a row of partial sums for each bit.
	var part [32][colBlock]float32
	var cur [colBlock]float32
	count := 0
	for r := 0; r < c.rows; r += colRows {
		clear(cur[:w])
		n := min(colRows, c.rows-r)
		at := r*c.ld + lo
		for j := vecColSum(c.isa, cur[:w], c.src[at:], c.ld, n); j < w; j++ {
			s := float32(0)
			for k := range n {
				s += c.src[at+k*c.ld+j]
			}
			cur[j] = s
		}
		k := 0
		for b := count; b&1 == 1; b >>= 1 {
			addRow(cur[:w], part[k][:w])
			k++
		}
		part[k] = cur
		count++
	}
	clear(cur[:w])
	first := true
	for k := 0; count>>k != 0; k++ {
		if count>>k&1 == 0 {
			continue
		}
		if first {
			cur, first = part[k], false
		} else {
			addRow(cur[:w], part[k][:w])
		}
	}
	dst := c.dst[lo : lo+w]
	for j, s := range cur[:w] {
		if c.accumulate {
			s = dst[j] + s
		}
		dst[j] = Flush(s)
	}
}

// addRow sets s = p + s.
func addRow(s, p []float32) {
	for j, v := range p {
		s[j] = v + s[j]
	}
}
