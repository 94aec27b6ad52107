// Package f32layernorm normalises rows of float32 matrices, as layer normalization does (Ba, Kiros and Hinton, "Layer normalization",
// 2016), with the same bits on every processor.
//
// Sums over a row are in float64 and in Lanes lanes: element k belongs to lane k mod Lanes; a lane takes its elements in order, and the
// lanes are added as a tree, l to l+4, to l+2, to l+1. Elements are computed operation by operation, each rounded once; what is
// stored has passed through f32vec.Flush.
package f32layernorm

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Lanes is how many partial sums of a row run side by side.
const Lanes = 8

// fold adds the lanes.
func fold(l *[Lanes]float64) float64 {
	for h := Lanes / 2; h > 0; h /= 2 {
		for i := range h {
			l[i] += l[i+h]
		}
	}
	return l[0]
}

// Forward sets, for each row of len(gamma) elements x,
//
//	mean = Σ x / n
//	inv  = 1 / √(Σ (x-mean)² / n + epsilon)
//	y    = x·(inv·gamma) + (beta - mean·(inv·gamma))
//
// means and invs have an element for each row, or are nil; y may be x.
func Forward(i isa.ISA, y, x, gamma, beta, means, invs []float32, epsilon float64) {
	n := len(gamma)
	rows := rowsOf("Forward", len(x), n)
	if len(y) != len(x) || len(beta) != n || means != nil && len(means) != rows || invs != nil && len(invs) != rows {
		panic("f32layernorm: Forward: operands of different length")
	}
	for r := forwardVec(i, y, x, gamma, beta, means, invs, epsilon); r < rows; r++ {
		mean, inv := moments(x[r*n:][:n], epsilon)
		if means != nil {
			means[r] = mean
		}
		if invs != nil {
			invs[r] = inv
		}
		to := y[r*n:][:n]
		for k, v := range x[r*n:][:n] {
			s := float32(inv * gamma[k])
			to[k] = f32vec.Flush(float32(v*s) + (beta[k] - float32(mean*s)))
		}
	}
}

func moments(x []float32, epsilon float64) (mean, inv float32) {
	n := float64(len(x))
	var l [Lanes]float64
	for k, v := range x {
		l[k%Lanes] += float64(v)
	}
	mean = f32vec.Flush(float32(fold(&l) / n))
	l = [Lanes]float64{}
	for k, v := range x {
		d := float64(v - mean)
		l[k%Lanes] += float64(d * d)
	}
	variance := f32vec.Flush(float32(fold(&l) / n))
	return mean, f32vec.Flush(float32(1 / math.Sqrt(float64(variance)+epsilon)))
}

// Backward sets dx, for each row of len(gamma) elements with g = dy·gamma and d = x - mean, to
//
//	inv·(g - Σ g / n - d·(Σ g·d / n · inv²))
//
// and adds, over the rows in order, dy·(d·inv) to dgamma and dy to dbeta. dx may be x or dy; where nobody wants it, it is one row
// that is overwritten again and again.
func Backward(i isa.ISA, dx, x, dy, gamma, means, invs []float32, dgamma, dbeta []float64) {
	n := len(gamma)
	rows := rowsOf("Backward", len(x), n)
	if len(dy) != len(x) || len(dx) != len(x) && len(dx) != n || len(means) != rows || len(invs) != rows || len(dgamma) != n || len(dbeta) != n {
		panic("f32layernorm: Backward: operands of different length")
	}
	for r := backwardVec(i, dx, x, dy, gamma, means, invs, dgamma, dbeta); r < rows; r++ {
		to := dx
		if len(dx) > n {
			to = dx[r*n:][:n]
		}
		backwardRow(to, x[r*n:][:n], dy[r*n:][:n], gamma, means[r], invs[r], dgamma, dbeta)
	}
}

func backwardRow(dx, x, dy, gamma []float32, mean, inv float32, dgamma, dbeta []float64) {
	var l, m [Lanes]float64
	for k, v := range x {
		g := float64(float32(dy[k] * gamma[k]))
		l[k%Lanes] += g
		m[k%Lanes] += float64(g * float64(v-mean)) // the product is exact
	}
	n := float64(len(x))
	center := float32(fold(&l) / n)
	slope := float32(float64(float64(fold(&m)/n)*float64(inv)) * float64(inv))
	for k, v := range x {
		d, z := v-mean, dy[k]
		g := float32(z * gamma[k])
		dgamma[k] += float64(float64(z) * float64(float32(d*inv))) // the product is exact
		dbeta[k] += float64(z)
		dx[k] = f32vec.Flush(inv * (g - center - float32(d*slope)))
	}
}

// rowsOf is how many rows of n elements there are.
func rowsOf(name string, elems, n int) int {
	if n == 0 && elems > 0 || n > 0 && elems%n != 0 {
		panic("f32layernorm: " + name + ": the matrix is not made of whole rows")
	}
	return elems / max(1, n)
}
