// Package f64matrix takes small matrices apart, in float64: Cholesky, LU, QR, eigenvalues of symmetric ones, singular
// values, and the gradients of each.
//
// There is one form for every machine, in plain Go: products are converted before they are added, so that no compiler fuses
// them, and every sum runs in the order of its elements. Work memory comes from a Room that the caller keeps, so that nothing
// is allocated once it has grown.
//
// The words used here: matrices are row by row; a is the matrix that is taken apart, y what comes out, dy the gradient of the
// loss with respect to y, da that with respect to a.
package f64matrix

import "math"

// Room is work memory that is used again.
type Room struct {
	buf   []float64
	used  int
	parts []float64 // of a singular value decomposition on the way to something else
}

// take is n zeros, until the next reset.
func (r *Room) take(n int) []float64 {
	if r.used+n > len(r.buf) {
		r.buf, r.used = make([]float64, 2*(len(r.buf)+n)), 0 // what was taken before keeps the old memory
	}
	s := r.buf[r.used : r.used+n]
	r.used += n
	clear(s)
	return s
}

func (r *Room) reset() { r.used = 0 }

// mul is a·b, of m by k and k by n.
func (r *Room) mul(a, b []float64, m, k, n int) []float64 {
	c := r.take(m * n)
	for i := range m {
		row := c[i*n:][:n]
		for l := range k {
			v := a[i*k+l]
			for j, w := range b[l*n:][:n] {
				row[j] += float64(v * w)
			}
		}
	}
	return c
}

// turned is the transpose of a, of m by n.
func (r *Room) turned(a []float64, m, n int) []float64 {
	t := r.take(m * n)
	for i := range m {
		for j := range n {
			t[j*m+i] = a[i*n+j]
		}
	}
	return t
}

// SolveTriangular puts into x, which holds b of n by k, what a·x = b says, a being lower or upper triangular, or aᵀ·x = b. With
// unit the diagonal is taken for ones.
func SolveTriangular(a, x []float64, n, k int, lower, transposed, unit bool) {
	at := func(i, j int) float64 {
		if transposed {
			i, j = j, i
		}
		return a[i*n+j]
	}
	down := lower != transposed
	for s := range n {
		i := s
		if !down {
			i = n - 1 - s
		}
		row := x[i*k:][:k]
		lo, hi := 0, i
		if !down {
			lo, hi = i+1, n
		}
		for j := lo; j < hi; j++ {
			v := at(i, j)
			for c, w := range x[j*k:][:k] {
				row[c] -= float64(v * w)
			}
		}
		if !unit {
			d := at(i, i)
			for c := range row {
				row[c] /= d
			}
		}
	}
}

// rightSolve puts into x, which holds b of m by n, what x·a = b says.
func (r *Room) rightSolve(a, x []float64, m, n int, lower, transposed, unit bool) {
	t := r.turned(x, m, n)
	SolveTriangular(a, t, n, m, lower, !transposed, unit)
	for i := range m {
		for j := range n {
			x[i*n+j] = t[j*m+i]
		}
	}
}

// Solve puts into x, which holds b of n by k, what a·x = b, or aᵀ·x = b, says.
func (r *Room) Solve(a, x []float64, n, k int, transposed bool) {
	r.reset()
	lu := r.take(n*n + n)
	r.lu(a, lu, n)
	pivots := lu[n*n:]
	swap := func(i, j int) {
		if i == j {
			return
		}
		for c := range k {
			x[i*k+c], x[j*k+c] = x[j*k+c], x[i*k+c]
		}
	}
	if transposed {
		SolveTriangular(lu, x, n, k, false, true, false)
		SolveTriangular(lu, x, n, k, true, true, true)
		for i := n - 1; i >= 0; i-- {
			swap(i, int(pivots[i]))
		}
		return
	}
	for i := range n {
		swap(i, int(pivots[i]))
	}
	SolveTriangular(lu, x, n, k, true, false, true)
	SolveTriangular(lu, x, n, k, false, false, false)
}

// symmetric is (a + aᵀ)/2.
func (r *Room) symmetric(a []float64, n int) []float64 {
	s := r.take(n * n)
	for i := range n {
		for j := range n {
			s[i*n+j] = (a[i*n+j] + a[j*n+i]) / 2
		}
	}
	return s
}

// Cholesky is the lower triangle L with L·Lᵀ = (a + aᵀ)/2; NaN where there is none.
func (r *Room) Cholesky(a, y []float64, n int) {
	r.reset()
	s := r.symmetric(a, n)
	clear(y)
	for i := range n {
		for j := range i + 1 {
			sum := s[i*n+j]
			for k := range j {
				sum -= float64(y[i*n+k] * y[j*n+k])
			}
			if i == j {
				y[i*n+i] = math.Sqrt(sum)
			} else {
				y[i*n+j] = sum / y[j*n+j]
			}
		}
	}
}

// CholeskyGrad is after Murray, "Differentiation of the Cholesky decomposition", 2016.
func (r *Room) CholeskyGrad(y, dy, da []float64, n int) {
	r.reset()
	low := r.take(n * n)
	for i := range n {
		copy(low[i*n:][:i+1], dy[i*n:])
	}
	p := r.mul(r.turned(y, n, n), low, n, n, n)
	for i := range n {
		p[i*n+i] /= 2
		clear(p[i*n+i+1 : (i+1)*n])
	}
	SolveTriangular(y, p, n, n, true, true, false)
	r.rightSolve(y, p, n, n, true, false, false)
	copy(da, r.symmetric(p, n))
}

// LU is L below the diagonal, whose own is ones, and U, with L·U = a, the rows of which are exchanged; then for each row with
// which one it was exchanged.
func (r *Room) LU(a, y []float64, n int) { r.reset(); r.lu(a, y, n) }

func (r *Room) lu(a, y []float64, n int) {
	copy(y, a)
	for k := range n {
		p := k
		for i := k + 1; i < n; i++ {
			if math.Abs(y[i*n+k]) > math.Abs(y[p*n+k]) {
				p = i
			}
		}
		y[n*n+k] = float64(p)
		if p != k {
			for j := range n {
				y[k*n+j], y[p*n+j] = y[p*n+j], y[k*n+j]
			}
		}
		d := y[k*n+k]
		if d == 0 {
			continue
		}
		for i := k + 1; i < n; i++ {
			f := y[i*n+k] / d
			y[i*n+k] = f
			for j := k + 1; j < n; j++ {
				y[i*n+j] -= float64(f * y[k*n+j])
			}
		}
	}
}

// LUGrad is Pᵀ·L⁻ᵀ·(strictly lower part of Lᵀ·dL + upper part of dU·Uᵀ)·U⁻ᵀ.
func (r *Room) LUGrad(y, dy, da []float64, n int) {
	r.reset()
	l, u, dl, du := r.take(n*n), r.take(n*n), r.take(n*n), r.take(n*n)
	for i := range n {
		copy(l[i*n:][:i], y[i*n:])
		l[i*n+i] = 1
		copy(u[i*n+i:(i+1)*n], y[i*n+i:])
		copy(dl[i*n:][:i], dy[i*n:])
		copy(du[i*n+i:(i+1)*n], dy[i*n+i:])
	}
	a := r.mul(r.turned(l, n, n), dl, n, n, n)
	b := r.mul(du, r.turned(u, n, n), n, n, n)
	for i := range n {
		copy(a[i*n+i:(i+1)*n], b[i*n+i:])
	}
	SolveTriangular(l, a, n, n, true, true, true)
	r.rightSolve(u, a, n, n, false, true, false)
	for i := n - 1; i >= 0; i-- {
		if p := int(y[n*n+i]); p != i {
			for j := range n {
				a[i*n+j], a[p*n+j] = a[p*n+j], a[i*n+j]
			}
		}
	}
	copy(da, a)
}
