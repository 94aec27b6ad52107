package augment

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// Draw is the randomness of one example in one step, with memory to work in.
type Draw struct {
	key philox.Key
	n   uint64

	scratch [][]float32
	used    int
}

// NewDraw starts the sequence of a key.
func NewDraw(key philox.Key) Draw { return Draw{key: key} }

// Reset starts the sequence of another key, in the same memory.
func (d *Draw) Reset(key philox.Key) { d.key, d.n, d.used = key, 0, 0 }

// Unit returns the next number, uniform in [0, 1).
func (d *Draw) Unit() float32 {
	u := philox.Float32(d.key.Uint32(d.n))
	d.n++
	return u
}

// Uniform returns the next number, uniform in [lo, hi).
func (d *Draw) Uniform(lo, hi float32) float32 { return lo + float32(d.Unit()*(hi-lo)) }

// Int returns the next whole number, uniform in [0, n).
func (d *Draw) Int(n int) int { return min(int(float64(d.Unit())*float64(n)), n-1) }

// Permutation returns the numbers from 0 to n-1 in a random order.
func (d *Draw) Permutation(n int) []int {
	p := philox.Permutation(n, d.key.Derive(streamNormal+1).Derive(d.n))
	d.n++
	return p
}

// streamNormal keeps normal numbers apart from uniform ones.
const streamNormal = 0x4e4f_524d

// Normals fills dst with numbers of a normal distribution.
func (d *Draw) Normals(dst []float32, mean, stddev float32) {
	philox.Normal(dst, d.key.Derive(streamNormal).Derive(d.n), 0, mean, stddev)
	d.n++
}

// logGamma returns the logarithm of a number of the gamma distribution with this shape and scale 1: Marsaglia and
// Tsang, "A simple method for generating gamma variables", 2000. The logarithm can be had for shapes so small that the
// number itself is 0.
func (d *Draw) logGamma(shape float64) float64 {
	more := 0.0
	if shape < 1 {
		more = f32vec.Log64(float64(1-d.Unit())) / shape
		shape++
	}
	s := shape - 1.0/3
	c := 1 / (3 * f32vec.Pow64(s, 0.5))
	var z [1]float32
	for {
		d.Normals(z[:], 0, 1)
		x := float64(z[0])
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := float64(1 - d.Unit()) // in (0, 1]
		if f32vec.Log64(u) < float64(0.5*x*x)+float64(s*(1-v+f32vec.Log64(v))) {
			return f32vec.Log64(s*v) + more
		}
	}
}

// Beta returns the next number of the beta distribution whose parameters are both alpha.
func (d *Draw) Beta(alpha float64) float32 {
	a, b := d.logGamma(alpha), d.logGamma(alpha)
	return float32(1 / (1 + f32vec.Exp64(min(b-a, 700))))
}

// Dirichlet returns n numbers that add up to 1, of the Dirichlet distribution whose parameters are all alpha.
func (d *Draw) Dirichlet(alpha float64, n int) []float32 {
	logs := make([]float64, n)
	most := 0.0
	for i := range logs {
		logs[i] = d.logGamma(alpha)
		if i == 0 || logs[i] > most {
			most = logs[i]
		}
	}
	sum := 0.0
	for i, l := range logs {
		logs[i] = f32vec.Exp64(max(l-most, -700))
		sum += logs[i]
	}
	out := make([]float32, n)
	for i, x := range logs {
		out[i] = float32(x / sum)
	}
	return out
}

// Scratch returns memory of n elements, whose values are not said, until the next Reset.
func (d *Draw) Scratch(n int) []float32 {
	if d.used == len(d.scratch) {
		d.scratch = append(d.scratch, nil)
	}
	if cap(d.scratch[d.used]) < n {
		d.scratch[d.used] = make([]float32, n)
	}
	d.used++
	return d.scratch[d.used-1][:n]
}

// mark is a place in a draw to come back to.
type mark struct {
	key  philox.Key
	n    uint64
	used int
}

// enter begins the numbers of a step within a step, the n-th, which are apart from all others; leave goes back, and gives back
// the memory that was taken since.
func (d *Draw) enter(n int) mark {
	m := mark{d.key, d.n, d.used}
	d.key, d.n = d.key.Derive(0x5355_4253).Derive(uint64(n)), 0
	return m
}

func (d *Draw) leave(m mark) { d.key, d.n, d.used = m.key, m.n, m.used }
