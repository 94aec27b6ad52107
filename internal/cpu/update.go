package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

// updates returns a Run that shrinks the weight by its decay and calls f for each part lo..hi of the
// weight and its slots; h are the update's own numbers.
func updates[T Float](b *Bound[T], f func(lo, hi int, h []T)) Run {
	w, h := b.In[0].F, b.In[2].F
	return b.elementwise(len(w), func(lo, hi int) {
		decay(w[lo:hi], h)
		f(lo, hi, h[op.Hyper0:])
	})
}

// decay shrinks w by the weight decay in hyper.
func decay[T Float](w, hyper []T) {
	if d := hyper[0]; d != 0 {
		for i, x := range w {
			w[i] = flush(x - T(x*d))
		}
	}
}

// root is the square root, rounded once.
func root[T Float](x T) T { return T(math.Sqrt(float64(x))) }

// magnitude is |x|.
func magnitude[T Float](x T) T { return T(math.Abs(float64(x))) }
