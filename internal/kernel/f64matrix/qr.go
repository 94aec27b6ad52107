package f64matrix

import "math"

// QR is Q of m by q and R of q by n with Q·R = a, of m by n, by Householder's reflections as LAPACK makes them: q is the
// smaller of m and n, or m.
func (r *Room) QR(a, y []float64, m, n, q int) {
	r.reset()
	w := r.take(m * n)
	copy(w, a)
	p := min(m, n)
	tau := r.take(p)
	for k := range p {
		sum := 0.0
		for i := k + 1; i < m; i++ {
			sum += float64(w[i*n+k] * w[i*n+k])
		}
		if sum == 0 {
			continue // the column is what it shall be
		}
		alpha := w[k*n+k]
		beta := -math.Copysign(math.Sqrt(float64(alpha*alpha)+sum), alpha)
		tau[k] = (beta - alpha) / beta
		for i := k + 1; i < m; i++ {
			w[i*n+k] /= alpha - beta
		}
		w[k*n+k] = beta
		for j := k + 1; j < n; j++ {
			s := w[k*n+j]
			for i := k + 1; i < m; i++ {
				s += float64(w[i*n+k] * w[i*n+j])
			}
			s *= tau[k]
			w[k*n+j] -= s
			for i := k + 1; i < m; i++ {
				w[i*n+j] -= float64(s * w[i*n+k])
			}
		}
	}
	qs, rs := y[:m*q], y[m*q:]
	clear(y)
	for i := range min(q, m) {
		for j := i; j < n; j++ {
			rs[i*n+j] = w[i*n+j]
		}
	}
	for i := range q {
		qs[i*q+i] = 1
	}
	for k := p - 1; k >= 0; k-- {
		for j := range q {
			s := qs[k*q+j]
			for i := k + 1; i < m; i++ {
				s += float64(w[i*n+k] * qs[i*q+j])
			}
			s *= tau[k]
			qs[k*q+j] -= s
			for i := k + 1; i < m; i++ {
				qs[i*q+j] -= float64(s * w[i*n+k])
			}
		}
	}
}

// QRGrad is after Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010; where there are more
// columns than rows the first of them are taken for themselves (Roberts and Roberts, 2020).
func (r *Room) QRGrad(a, y, dy, da []float64, m, n int) {
	r.reset()
	p := min(m, n)
	q, rs, dq, dr := y[:m*p], y[m*p:], dy[:m*p], dy[m*p:]
	u, du := r.take(p*p), r.take(p*p) // the square part of R
	g := r.take(m * p)
	copy(g, dq)
	for i := range p {
		copy(u[i*p:][:p], rs[i*n:])
		copy(du[i*p:][:p], dr[i*n:])
	}
	if n > p { // a = [X, Y]: R = [U, Qᵀ·Y]
		rest := n - p
		dv, ys := r.take(p*rest), r.take(m*rest)
		for i := range p {
			copy(dv[i*rest:][:rest], dr[i*n+p:])
		}
		for i := range m {
			copy(ys[i*rest:][:rest], a[i*n+p:])
		}
		add(g, r.mul(ys, r.turned(dv, p, rest), m, rest, p))
		dys := r.mul(q, dv, m, p, rest)
		for i := range m {
			copy(da[i*n+p:(i+1)*n], dys[i*rest:])
		}
	}
	mm := r.mul(u, r.turned(du, p, p), p, p, p)
	sub(mm, r.mul(r.turned(g, m, p), q, p, m, p))
	for i := range p {
		for j := i + 1; j < p; j++ {
			mm[i*p+j] = mm[j*p+i]
		}
	}
	add(g, r.mul(q, mm, m, p, p))
	r.rightSolve(u, g, m, p, false, true, false)
	for i := range m {
		copy(da[i*n:][:p], g[i*p:])
	}
}

func add(a, b []float64) {
	for i, v := range b {
		a[i] += v
	}
}

func sub(a, b []float64) {
	for i, v := range b {
		a[i] -= v
	}
}
