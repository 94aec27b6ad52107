package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = register(gaussianNoise[float32], gaussianNoise[float64])

func gaussianNoise[T Float](o op.GaussianNoise, b *Bound[T]) Run {
	x, y := b.In[0].F, b.Out[0].F
	mean, stddev := float32(o.Mean), float32(o.Stddev)
	var key philox.Key
	run := b.elementwise(len(y), func(lo, hi int) {
		var room [256]float32
		for at := lo; at < hi; at += len(room) {
			n := room[:min(len(room), hi-at)]
			philox.Normal(n, key, uint64(at), mean, stddev)
			x, y := x[at:][:len(n)], y[at:][:len(n)]
			switch {
			case is32[T]() && o.Multiply:
				f32vec.Mul(b.ISA, f32(y), f32(x), n)
			case is32[T]():
				f32vec.Add(b.ISA, f32(y), f32(x), n)
			case o.Multiply:
				for k, v := range n {
					y[k] = x[k] * T(v)
				}
			default:
				for k, v := range n {
					y[k] = x[k] + T(v)
				}
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
