package gpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = register(bindDropout, "Rate", "Stream", "Noise", "OwnSeed", "Seed")

// drawsNumbers tells the operations that have a key of their own for every step.
func drawsNumbers(kind string) bool {
	return kind == "dropout" || kind == "attention" || kind == "attention.grad"
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

func bindDropout(d op.Dropout, b *Bound) error {
	keep := 1 - d.Rate
	var factor float32
	if keep > 0 {
		factor = float32(1 / keep)
	}
	limit := uint64(math.Floor(min(max(keep, 0), 1) * 0x1p32)) // as internal/kernel/philox
	n := b.Out[0].Elems()
	key := b.keys(func(seed, step uint64) philox.Key {
		if d.OwnSeed {
			seed = d.Seed
		}
		return philox.NewKey(seed).Derive(d.Stream).Derive(step)
	})
	shared := false
	for i, s := range b.In[0].Shape {
		shared = shared || d.Noise != nil && d.Noise[i] != s
	}
	if !shared {
		each(b, "dropout", (n+3)/4, dropoutParams{x: b.In[0].Ptr, out: b.Out[0].Ptr, key: key, n: int64(n), limit: limit, factor: factor})
		return nil
	}
	a := stretched(b.In[0].Shape, d.Noise)
	at, err := b.stretch(a)
	each(b, "dropout_shared", n, sharedDropoutParams{
		x: b.In[0].Ptr, out: b.Out[0].Ptr, key: key, n: int64(n), limit: limit, stride: at.stride[0], size: at.size, factor: factor,
	})
	return err
}
