// Package f32norm is what normalization over channels does to float32 matrices of rows by channels: sums for each channel, and sweeps
// with a factor and a summand for each channel.
//
// A sum is in float64 and takes the rows in order, so the bits are the same on every instruction set. Elements are computed operation by
// operation, each rounded once; what is stored has passed through f32vec.Flush.
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

// Products adds, for each channel, the elements of z to sums, and those of z·(x-mean), with the difference rounded to float32, to products.
// With relu, z counts only where that says so.
func Products(i isa.ISA, sums, products []float64, x, z, mean []float32, relu *Relu) {
	n := len(mean)
	rows(len(x), n, min(len(sums), len(products)))
	rows(len(z), n, n)
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

// rows panics if elems elements are not whole rows of n channels, or what belongs to channels, have elements, is too short.
func rows(elems, n, have int) {
	if n == 0 && elems > 0 || n > 0 && elems%n != 0 || have < n {
		panic("f32norm: a matrix is not made of whole rows, or there is not something for each channel")
	}
}
