package f64matrix

import "math"

// sweeps are more rounds of rotations than any matrix of float64 needs.
const sweeps = 60

// Eigh is, of (a + aᵀ)/2, the eigenvalues, the smallest first, and the eigenvectors as columns, by Jacobi's rotations. The
// element of a vector that is largest, of equal ones the first, is positive.
func (r *Room) Eigh(a, y []float64, n int) {
	r.reset()
	s, v := r.symmetric(a, n), r.take(n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	for range sweeps {
		off, all := 0.0, 0.0
		for i := range n {
			for j := range n {
				t := float64(s[i*n+j] * s[i*n+j])
				all += t
				if i != j {
					off += t
				}
			}
		}
		if !(off > 1e-34*all) {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				c, t, ok := rotation(s[p*n+p], s[p*n+q], s[q*n+q])
				if !ok {
					continue
				}
				for k := range n {
					rotate(&s[k*n+p], &s[k*n+q], c, t)
					rotate(&v[k*n+p], &v[k*n+q], c, t)
				}
				for k := range n {
					rotate(&s[p*n+k], &s[q*n+k], c, t)
				}
			}
		}
	}
	values := r.take(n)
	for i := range n {
		values[i] = s[i*n+i]
	}
	order := r.ordered(values, false)
	for k, o := range order {
		y[k] = values[int(o)]
		best := 0
		for i := range n {
			if math.Abs(v[i*n+int(o)]) > math.Abs(v[best*n+int(o)])*(1+1e-9) {
				best = i
			}
		}
		sign := math.Copysign(1, v[best*n+int(o)])
		for i := range n {
			y[n+i*n+k] = sign * v[i*n+int(o)]
		}
	}
}

// rotation is the cosine and sine that make the element b of the symmetric matrix [[a, b], [b, d]] zero.
func rotation(a, b, d float64) (c, s float64, ok bool) {
	if b == 0 {
		return 1, 0, false
	}
	theta := (d - a) / (2 * b)
	t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(1+float64(theta*theta)))
	c = 1 / math.Sqrt(1+float64(t*t))
	return c, t * c, true
}

func rotate(x, y *float64, c, s float64) {
	u, v := *x, *y
	*x = float64(c*u) - float64(s*v)
	*y = float64(s*u) + float64(c*v)
}

// ordered are the places of values in order; of equal ones the first comes first.
func (r *Room) ordered(values []float64, descending bool) []float64 {
	order := r.take(len(values))
	for i := range order {
		order[i] = float64(i)
		for j := i; j > 0; j-- {
			u, v := values[int(order[j-1])], values[int(order[j])]
			if u == v || (u < v) != descending {
				break
			}
			order[j-1], order[j] = order[j], order[j-1]
		}
	}
	return order
}

// EighGrad is V·(diag(dw) + F∘(Vᵀ·dV))·Vᵀ, F being 1/(w_j - w_i) off the diagonal (Giles, "Collected matrix derivative
// results", 2008).
func (r *Room) EighGrad(y, dy, da []float64, n int) {
	r.reset()
	w, v, dw, dv := y[:n], y[n:], dy[:n], dy[n:]
	vt := r.turned(v, n, n)
	k := r.mul(vt, dv, n, n, n)
	for i := range n {
		for j := range n {
			if i == j {
				k[i*n+i] = dw[i]
			} else if d := w[j] - w[i]; k[i*n+j] != 0 {
				k[i*n+j] /= d
			}
		}
	}
	copy(da, r.symmetric(r.mul(r.mul(v, k, n, n, n), vt, n, n, n), n))
}

// SVD is U of m by p, the p = min(m, n) singular values, the largest first, and Vᵀ of p by n, with U·diag(s)·Vᵀ = a, by
// Jacobi's rotations of one side (Hestenes, 1958). With full, U is m by m and Vᵀ n by n. Of each column of U the element that is
// largest, of equal ones the first, is positive.
func (r *Room) SVD(a, y []float64, m, n int, full bool) {
	r.reset()
	p := min(m, n)
	cu, rv := p, p
	if full {
		cu, rv = m, n
	}
	u, s, vt := y[:m*cu], y[m*cu:][:p], y[m*cu+p:]
	clear(y)
	// The columns of w, of which there are the fewer, are made orthogonal: w = a·v, or aᵀ·v.
	w, rows := r.take(m*n), m
	copy(w, a)
	if m < n {
		w, rows = r.turned(a, m, n), n
	}
	v := r.take(p * p)
	for i := range p {
		v[i*p+i] = 1
	}
	for range sweeps {
		turned := false
		for i := range p {
			for j := i + 1; j < p; j++ {
				var aa, ab, bb float64
				for k := range rows {
					x, z := w[k*p+i], w[k*p+j]
					aa, ab, bb = aa+float64(x*x), ab+float64(x*z), bb+float64(z*z)
				}
				if !(math.Abs(ab) > 1e-16*math.Sqrt(aa*bb)) {
					continue
				}
				c, t, _ := rotation(aa, ab, bb)
				turned = true
				for k := range rows {
					rotate(&w[k*p+i], &w[k*p+j], c, t)
				}
				for k := range p {
					rotate(&v[k*p+i], &v[k*p+j], c, t)
				}
			}
		}
		if !turned {
			break
		}
	}
	length := r.take(p)
	for j := range p {
		sum := 0.0
		for k := range rows {
			sum += float64(w[k*p+j] * w[k*p+j])
		}
		length[j] = math.Sqrt(sum)
	}
	order := r.ordered(length, true)
	// long are the columns of w of length 1, of which there may be more when full; short those of v.
	many := rows
	if !full {
		many = p
	}
	long, short := r.take(rows*many), r.take(p*p)
	for k, o := range order {
		j := int(o)
		s[k] = length[j]
		if length[j] > 1e-300 && length[j] > 1e-15*length[int(order[0])] {
			for i := range rows {
				long[i*many+k] = w[i*p+j] / length[j]
			}
		} else {
			r.another(long, rows, many, k)
		}
		for i := range p {
			short[i*p+k] = v[i*p+j]
		}
	}
	for k := p; k < many; k++ {
		r.another(long, rows, many, k)
	}
	left, lc, right, rc := long, many, short, p
	if m < n {
		left, lc, right, rc = short, p, long, many
	}
	for k := range cu {
		best := 0
		for i := range m {
			if math.Abs(left[i*lc+k]) > math.Abs(left[best*lc+k])*(1+1e-9) {
				best = i
			}
		}
		sign := math.Copysign(1, left[best*lc+k])
		for i := range m {
			u[i*cu+k] = sign * left[i*lc+k]
		}
		if k < rv {
			for i := range n {
				vt[k*n+i] = sign * right[i*rc+k]
			}
		}
	}
	for k := cu; k < rv; k++ {
		for i := range n {
			vt[k*n+i] = right[i*rc+k]
		}
	}
}

// another makes column k of q, of rows by cols, a vector of length 1 at right angles to the columns before it.
func (r *Room) another(q []float64, rows, cols, k int) {
	v := r.take(rows)
	for e := range rows {
		clear(v)
		v[e] = 1
		for range 2 { // once more, for what rounding left
			for j := range k {
				dot := 0.0
				for i := range rows {
					dot += float64(q[i*cols+j] * v[i])
				}
				for i := range rows {
					v[i] -= float64(dot * q[i*cols+j])
				}
			}
		}
		sum := 0.0
		for _, x := range v {
			sum += float64(x * x)
		}
		if sum*float64(2*rows) > 1 { // one of the axes keeps at least 1/rows of its square
			for i, x := range v {
				q[i*cols+k] = x / math.Sqrt(sum)
			}
			return
		}
	}
}

// SVDGrad is of the form that is not full, after Townsend, "Differentiating the singular value decomposition", 2016.
func (r *Room) SVDGrad(y, dy, da []float64, m, n int) {
	r.reset()
	p := min(m, n)
	u, s, vt := y[:m*p], y[m*p:][:p], y[m*p+p:]
	du, ds, dvt := dy[:m*p], dy[m*p:][:p], dy[m*p+p:]
	v, dv := r.turned(vt, p, n), r.turned(dvt, p, n)
	// side is X·(F∘(Xᵀ·dX - dXᵀ·X)) and (I - X·Xᵀ)·dX for X of rows by p.
	side := func(x, dx []float64, rows int) (in, off []float64) {
		k := r.mul(r.turned(x, rows, p), dx, p, rows, p)
		f := r.take(p * p)
		for i := range p {
			for j := range p {
				if d := k[i*p+j] - k[j*p+i]; i != j && d != 0 {
					f[i*p+j] = d / float64((s[j]-s[i])*(s[j]+s[i]))
				}
			}
		}
		off = r.take(rows * p)
		copy(off, dx)
		sub(off, r.mul(x, k, rows, p, p))
		return f, off
	}
	fu, offU := side(u, du, m)
	fv, offV := side(v, dv, n)
	core := r.take(p * p)
	for i := range p {
		for j := range p {
			core[i*p+j] = float64(fu[i*p+j]*s[j]) + float64(s[i]*fv[i*p+j])
		}
		core[i*p+i] += ds[i]
	}
	copy(da, r.mul(r.mul(u, core, m, p, p), vt, m, p, n))
	if m > p {
		for i := range m {
			for j := range p {
				offU[i*p+j] /= s[j]
			}
		}
		add(da, r.mul(offU, vt, m, p, n))
	}
	if n > p {
		for i := range n {
			for j := range p {
				offV[i*p+j] /= s[j]
			}
		}
		add(da, r.mul(u, r.turned(offV, n, p), m, p, n))
	}
}

// PseudoInverse is Moore's and Penrose's, n by m, singular values of at most rcond times the largest being taken for 0.
func (r *Room) PseudoInverse(a, y []float64, m, n int, rcond float64) {
	p := min(m, n)
	if need := m*p + p + p*n; len(r.parts) < need {
		r.parts = make([]float64, need)
	}
	parts := r.parts
	r.SVD(a, parts, m, n, false)
	u, s, vt := parts[:m*p], parts[m*p:][:p], parts[m*p+p:]
	clear(y)
	for k := range p {
		if !(s[k] > rcond*s[0]) {
			continue
		}
		for i := range n {
			f := vt[k*n+i] / s[k]
			for j := range m {
				y[i*m+j] += float64(f * u[j*p+k])
			}
		}
	}
}

// PseudoInverseGrad is after Golub and Pereyra, 1973, for matrices whose rank stays.
func (r *Room) PseudoInverseGrad(a, y, dy, da []float64, m, n int) {
	r.reset()
	yt, gt := r.turned(y, n, m), r.turned(dy, n, m) // m by n
	minus := r.mul(r.mul(yt, dy, m, n, m), yt, m, m, n)
	x := r.mul(gt, r.mul(y, yt, n, m, n), m, n, n) // Gᵀ·P·Pᵀ
	copy(da, x)
	sub(da, r.mul(a, r.mul(y, x, n, m, n), m, n, n))
	z := r.mul(r.mul(yt, y, m, n, m), gt, m, m, n) // Pᵀ·P·Gᵀ
	add(da, z)
	sub(da, r.mul(r.mul(z, y, m, n, m), a, m, m, n))
	sub(da, minus)
}
