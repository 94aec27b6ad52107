// Package fourier makes discrete Fourier transforms in float64, of any length: the length is divided by its prime factors in
// turn (Cooley and Tukey, 1965). There is one form for every machine, in plain Go; products are converted before they are
// added, so that no compiler fuses them.
package fourier

import "github.com/dlrun/dlrun/internal/kernel/f32vec"

// Plan is what transforms of one length have in common. It may be used by several goroutines, each with its own Room.
type Plan struct {
	n        int
	cos, sin []float64 // of 2πk/n
}

// New is the plan for n elements.
func New(n int) *Plan {
	p := &Plan{n: n, cos: make([]float64, n), sin: make([]float64, n)}
	for k := range n {
		// In the first eighth of the circle the functions are most exact; the rest follows by reflection.
		p.cos[k], p.sin[k] = circle(8*k, n)
	}
	return p
}

// circle is the point at k/(8n) of the circle.
func circle(k, n int) (c, s float64) {
	angle := func(k int) (float64, float64) {
		const eighth = 0.78539816339744830962
		x := eighth * float64(k) / float64(n)
		return f32vec.Cos64(x), f32vec.Sin64(x)
	}
	switch {
	case k > 4*n:
		c, s = circle(8*n-k, n)
		return c, -s
	case k > 2*n:
		c, s = circle(4*n-k, n)
		return -c, s
	case k > n:
		s, c = angle(2*n - k)
		return c, s
	}
	return angle(k)
}

// Room is work memory of one goroutine.
type Room struct{ re, im []float64 }

// NewRoom is work memory for transforms of n elements.
func NewRoom(n int) *Room { return &Room{make([]float64, n), make([]float64, n)} }

// Transform puts into y the sums of x[t]·e^(-2πikt/n), or with inverse of x[t]·e^(2πikt/n), not divided by n. y and x do not
// overlap.
func (p *Plan) Transform(r *Room, yr, yi, xr, xi []float64, inverse bool) {
	sign := -1.0
	if inverse {
		sign = 1
	}
	p.part(r, yr[:p.n], yi[:p.n], xr, xi, 0, 1, sign)
}

// part transforms the elements at, at+step, at+2·step, ... of x.
func (p *Plan) part(r *Room, yr, yi, xr, xi []float64, at, step int, sign float64) {
	n := len(yr)
	if n == 1 {
		yr[0], yi[0] = xr[at], xi[at]
		return
	}
	f := factor(n)
	m := n / f
	for q := range f {
		p.part(r, yr[q*m:][:m], yi[q*m:][:m], xr, xi, at+q*step, step*f, sign)
	}
	tr, ti := r.re[:f], r.im[:f]
	for k := range m {
		for q := range f {
			c, s := p.cos[q*k*step], sign*p.sin[q*k*step]
			u, v := yr[q*m+k], yi[q*m+k]
			tr[q] = float64(u*c) - float64(v*s)
			ti[q] = float64(u*s) + float64(v*c)
		}
		for l := range f {
			var re, im float64
			for q := range f {
				w := q * l % f * (p.n / f)
				c, s := p.cos[w], sign*p.sin[w]
				re += float64(tr[q]*c) - float64(ti[q]*s)
				im += float64(tr[q]*s) + float64(ti[q]*c)
			}
			yr[l*m+k], yi[l*m+k] = re, im
		}
	}
}

// factor is the smallest prime factor of n.
func factor(n int) int {
	for f := 2; f*f <= n; f++ {
		if n%f == 0 {
			return f
		}
	}
	return n
}
