package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = register(random[float32], random[float64])

func random[T Float](o op.Random, b *Bound[T]) Run {
	out := b.Out[0].F
	p, q := float32(o.A), float32(o.B)
	var key philox.Key
	run := b.elementwise(len(out), func(lo, hi int) {
		if is32[T]() {
			drawRandom(o.Fn, f32(out[lo:hi]), key, uint64(lo), p, q)
			return
		}
		var room [256]float32
		for at := lo; at < hi; at += len(room) {
			n := room[:min(len(room), hi-at)]
			drawRandom(o.Fn, n, key, uint64(at), p, q)
			for k, v := range n {
				out[at+k] = T(v)
			}
		}
	})
	return func(c *Context) {
		seed := c.Seed
		if o.OwnSeed {
			seed = o.Seed
		}
		key = philox.NewKey(seed).Derive(o.Stream).Derive(c.Step)
		run(c)
	}
}

func drawRandom(fn string, dst []float32, key philox.Key, offset uint64, a, b float32) {
	switch fn {
	case "uniform":
		philox.Uniform(dst, key, offset, a, b)
	case "normal":
		philox.Normal(dst, key, offset, a, b)
	case "truncated_normal":
		philox.TruncatedNormal(dst, key, offset, a, b)
	case "gamma":
		for i := range dst {
			dst[i] = f32vec.Flush(float32(gammaVariate(key.Derive(offset+uint64(i)), float64(a))))
		}
	default:
		panic("cpu: op.Random let " + fn + " pass")
	}
}

// gammaVariate draws from the gamma distribution of shape a and scale 1 (Marsaglia and Tsang, "A simple method for
// generating gamma variables", 2000). Each attempt takes two blocks of the key's sequence.
func gammaVariate(key philox.Key, a float64) float64 {
	shape := a
	if a < 1 {
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for j := uint64(0); ; j++ {
		var z [1]float32
		philox.Normal(z[:], key.Derive(j), 0, 0, 1)
		x := float64(z[0])
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(v*v) * v
		w := key.Derive(j).Block(1)
		u := (float64(w[0]) + 1) * 0x1p-32
		if f32vec.Log64(u) >= float64(0.5*x)*x+d-float64(d*v)+float64(d*f32vec.Log64(v)) {
			continue
		}
		if a < 1 { // the number of shape a+1 times u**(1/a)
			return d * v * f32vec.Pow64((float64(w[1])+1)*0x1p-32, 1/a)
		}
		return d * v
	}
}
