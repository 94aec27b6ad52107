package gpu

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var (
	_ = register(bindDropout, "Rate", "Stream", "Noise", "OwnSeed", "Seed")
	_ = register(bindRandom, "Fn", "A", "B", "Shape", "To", "Stream", "OwnSeed", "Seed")
	_ = register(bindGaussianNoise, "Mean", "Stddev", "Multiply", "Stream", "OwnSeed", "Seed")
)

// drawsNumbers tells the operations that may have a key of their own for every step.
func drawsNumbers(kind string) bool {
	return slices.Contains([]string{"dropout", "random", "gaussian_noise", "attention", "attention.grad", "additive_attention", "additive_attention.grad", "dense", "dense.grad"}, kind)
}

// stream is the key of a stream of random numbers, that of the step at hand.
func (b *Bound) stream(stream uint64, ownSeed bool, own uint64) Ptr {
	return b.keys(func(seed, step uint64) philox.Key {
		if ownSeed {
			seed = own
		}
		return philox.NewKey(seed).Derive(stream).Derive(step)
	})
}

type randomParams struct {
	x, out, key Ptr
	n           int64
	shape       float64
	fn, mode    int32
	a, b        float32
}

var distributions = []string{"uniform", "normal", "truncated_normal", "gamma"}

func bindRandom(d op.Random, b *Bound) error {
	fn, err := b.number(distributions, d.Fn)
	n := b.Out[0].Elems()
	each(b, "random_numbers", n, randomParams{
		out: b.Out[0].Ptr, key: b.stream(d.Stream, d.OwnSeed, d.Seed), n: int64(n), shape: float64(float32(d.A)), fn: fn, a: float32(d.A), b: float32(d.B),
	})
	return err
}

func bindGaussianNoise(d op.GaussianNoise, b *Bound) error {
	fn, err := b.number(distributions, "normal")
	n := b.Out[0].Elems()
	p := randomParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, key: b.stream(d.Stream, d.OwnSeed, d.Seed), n: int64(n), fn: fn, mode: 1, a: float32(d.Mean), b: float32(d.Stddev)}
	if d.Multiply {
		p.mode = 2
	}
	each(b, "random_numbers", n, p)
	return err
}

type dropoutParams struct {
	x, out, key Ptr
	n           int64
	limit       uint64
	factor      float32
	_           int32
}

type sharedDropoutParams struct {
	x, out, key Ptr
	n           int64
	limit       uint64
	stride      [rank]int64
	size        [rank]int32
	factor      float32
	_           int32
}

func bindDropout(d op.Dropout, b *Bound) error { return b.dropout(d, b.In[0], b.Out[0].Ptr) }

// dropout launches dropout of a value.
func (b *Bound) dropout(d op.Dropout, x Mem, out Ptr) error {
	keep := 1 - d.Rate
	var factor float32
	if keep > 0 {
		factor = float32(1 / keep)
	}
	limit := uint64(math.Floor(min(max(keep, 0), 1) * 0x1p32)) // as internal/kernel/philox
	n := x.Elems()
	key := b.stream(d.Stream, d.OwnSeed, d.Seed)
	shared := false
	for i, s := range x.Shape {
		shared = shared || d.Noise != nil && d.Noise[i] != s
	}
	if !shared {
		each(b, "dropout", (n+3)/4, dropoutParams{x: x.Ptr, out: out, key: key, n: int64(n), limit: limit, factor: factor})
		return nil
	}
	a := stretched(x.Shape, d.Noise)
	at, err := b.stretch(a)
	each(b, "dropout_shared", n, sharedDropoutParams{
		x: x.Ptr, out: out, key: key, n: int64(n), limit: limit, stride: at.stride[0], size: at.size, factor: factor,
	})
	return err
}
