// Package f32norm is what normalization over channels does to float32 matrices of rows by channels: sums for each channel, and sweeps
// with a factor and a summand for each channel.
//
// A sum is in float64 and takes the rows in order, so the bits are the same on every instruction set; where channels are few and do not
// make whole vectors, several rows are seen as one of as many times the channels, whose sums are then added in order. Elements are
// computed operation by operation, each rounded once; what is stored has passed through f32vec.Flush.
package f32norm

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Relu says where a gradient counts: where x·Scale + Shift, flushed, is positive.
type Relu struct{ Scale, Shift []float32 }

// on tells whether x of channel c counts.
func (r *Relu) on(x float32, c int) bool {
	return float32(x*r.Scale[c])+r.Shift[c] >= f32vec.MinNormal
}

// Moments adds, for each channel, the elements of x to sums and their squares to squares. x is rows of len(sums) channels.
func Moments(i isa.ISA, sums, squares []float64, x []float32) {
	n := len(sums)
	rows(len(x), n, len(squares))
	if w := wide(n, len(x)); w > n {
		var a, b wideSums
		whole := len(x) / w * w
		momentsRows(i, a[:w], b[:w], x[:whole])
		momentsRows(i, a[:len(x)-whole], b[:len(x)-whole], x[whole:])
		a.fold(sums, w)
		b.fold(squares, w)
		return
	}
	momentsRows(i, sums, squares, x)
}

func momentsRows(i isa.ISA, sums, squares []float64, x []float32) {
	n := len(sums)
	for c := vecMoments(i, sums, squares, x); c < n; c++ {
		s, q := sums[c], squares[c]
		for at := c; at < len(x); at += n {
			v := float64(x[at])
			s += v
			q += float64(v * v)
		}
		sums[c], squares[c] = s, q
	}
}

// Apply sets y = x·scale + shift, or 0 where that is negative if relu is asked for.
func Apply(i isa.ISA, y, x, scale, shift []float32, relu bool) {
	n := len(scale)
	rows(len(x), n, len(shift))
	rows(len(y), n, n)
	floor := float32(math.Inf(-1))
	if relu {
		floor = 0
	}
	if w := wide(n, len(x)); w > n {
		var a, b wideRow
		whole := len(x) / w * w
		scale, shift := a.repeat(scale, w), b.repeat(shift, w)
		applyRows(i, y[:whole], x[:whole], scale, shift, floor)
		rest := len(x) - whole
		applyRows(i, y[whole:], x[whole:], scale[:rest], shift[:rest], floor)
		return
	}
	applyRows(i, y, x, scale, shift, floor)
}

func applyRows(i isa.ISA, y, x, scale, shift []float32, floor float32) {
	n := len(scale)
	for c := vecApply(i, y, x, scale, shift, floor); c < n; c++ {
		for at := c; at < len(x); at += n {
			v := float32(x[at]*scale[c]) + shift[c]
			if v < floor {
				v = floor
			}
			y[at] = f32vec.Flush(v)
		}
	}
}

// Products adds, for each channel, the elements of z to sums, and those of z·(x-mean), with the difference rounded to float32, to more.
// With relu, z counts only where that says so.
func Products(i isa.ISA, sums, more []float64, x, z, mean []float32, relu *Relu) {
	n := len(mean)
	rows(len(x), n, min(len(sums), len(more)))
	rows(len(z), n, n)
	if w := wide(n, len(x)); w > n {
		var a, b wideSums
		var rows [3]wideRow
		whole := len(x) / w * w
		rest := len(x) - whole
		mean := rows[0].repeat(mean, w)
		all, last := relu, relu
		if relu != nil {
			r := Relu{rows[1].repeat(relu.Scale[:n], w), rows[2].repeat(relu.Shift[:n], w)}
			all, last = &r, &Relu{r.Scale[:rest], r.Shift[:rest]}
		}
		productsRows(i, a[:w], b[:w], x[:whole], z[:whole], mean, all)
		productsRows(i, a[:rest], b[:rest], x[whole:], z[whole:], mean[:rest], last)
		a.fold(sums[:n], w)
		b.fold(more[:n], w)
		return
	}
	productsRows(i, sums, more, x, z, mean, relu)
}

func productsRows(i isa.ISA, sums, products []float64, x, z, mean []float32, relu *Relu) {
	n := len(mean)
	for c := vecProducts(i, sums, products, x, z, mean, relu); c < n; c++ {
		s, p := sums[c], products[c]
		for at := c; at < len(x); at += n {
			g := z[at]
			if relu != nil && !relu.on(x[at], c) {
				g = 0
			}
			s += float64(g)
			p += float64(float64(g) * float64(x[at]-mean[c]))
		}
		sums[c], products[c] = s, p
	}
}

// Slopes are, for each channel, what Grad wants.
type Slopes struct{ Mean, A, Center, Slope []float32 }

// Grad sets dx = A·(z - Center - (x-Mean)·Slope). With relu, z counts only where that says so.
func Grad(i isa.ISA, dx, x, z []float32, s *Slopes, relu *Relu) {
	n := len(s.Mean)
	rows(len(x), n, min(len(s.A), len(s.Center), len(s.Slope)))
	rows(len(z), n, n)
	rows(len(dx), n, n)
	if w := wide(n, len(x)); w > n {
		var r [6]wideRow
		whole := len(x) / w * w
		rest := len(x) - whole
		all := Slopes{r[0].repeat(s.Mean, w), r[1].repeat(s.A[:n], w), r[2].repeat(s.Center[:n], w), r[3].repeat(s.Slope[:n], w)}
		last := Slopes{all.Mean[:rest], all.A[:rest], all.Center[:rest], all.Slope[:rest]}
		allRelu, lastRelu := relu, relu
		if relu != nil {
			on := Relu{r[4].repeat(relu.Scale[:n], w), r[5].repeat(relu.Shift[:n], w)}
			allRelu, lastRelu = &on, &Relu{on.Scale[:rest], on.Shift[:rest]}
		}
		gradRows(i, dx[:whole], x[:whole], z[:whole], &all, allRelu)
		gradRows(i, dx[whole:], x[whole:], z[whole:], &last, lastRelu)
		return
	}
	gradRows(i, dx, x, z, s, relu)
}

func gradRows(i isa.ISA, dx, x, z []float32, s *Slopes, relu *Relu) {
	n := len(s.Mean)
	for c := vecGrad(i, dx, x, z, s, relu); c < n; c++ {
		for at := c; at < len(x); at += n {
			g := z[at]
			if relu != nil && !relu.on(x[at], c) {
				g = 0
			}
			dx[at] = f32vec.Flush(s.A[c] * (g - s.Center[c] - float32((x[at]-s.Mean[c])*s.Slope[c])))
		}
	}
}

// mostWide is up to how many channels rows are joined, and maxWide what they are then joined to at most.
const mostWide, maxWide = 31, 16 * mostWide

type (
	wideRow  [maxWide]float32
	wideSums [maxWide]float64
)

// wide is how many channels rows of n have when so many of them are joined that they make whole vectors; n itself where that is not
// worth while for that many elements.
func wide(n, elems int) int {
	if n == 0 || n%8 == 0 || n > mostWide {
		return n
	}
	w := n
	for w%16 > 0 {
		w += n
	}
	if elems < 8*w {
		return n
	}
	return w
}

// repeat is x again and again.
func (r *wideRow) repeat(x []float32, n int) []float32 {
	for at := 0; at < n; at += len(x) {
		copy(r[at:], x)
	}
	return r[:n]
}

// fold adds the sums of n joined channels to those of the channels.
func (s *wideSums) fold(sums []float64, n int) {
	for at := 0; at < n; at += len(sums) {
		for k := range sums {
			sums[k] += s[at+k]
		}
	}
}

// rows panics if elems elements are not whole rows of n channels, or what belongs to channels, have elements, is too short.
func rows(elems, n, have int) {
	if n == 0 && elems > 0 || n > 0 && elems%n != 0 || have < n {
		panic("f32norm: a matrix is not made of whole rows, or there is not something for each channel")
	}
}
