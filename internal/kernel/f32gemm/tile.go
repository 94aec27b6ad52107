package f32gemm

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// tile is the work of one call of a micro-kernel: an h by w piece of C over one block of k.
type tile struct {
	a        []float32 // the element of row i for k is at i*ia + k*ka
	ia       int       // 1, or ka is
	ka       int
	next     []float32 // what will be read next, nextStep apart (with ka = 1: in a row), or nil
	b        []float32 // kc rows of at least w floats, ldb apart
	c        []float32 // h rows of w floats, ldc apart
	bias     []float32 // w floats, or nil
	nextStep int
	kc       int
	ldb      int
	ldc      int
	h, w     int
	sums     []float32 // room for the tile's sums from one piece of a block of k to the next, h rows of whole vectors; or nil
	more     bool      // sums holds those of the pieces before
	raw      bool      // another piece follows: the sums go to sums, and nothing to c
	load     bool      // add to what is in c
	floor    float32   // the least value of an element: 0 or noFloor
}

// noFloor is the floor of a tile without ReLU.
var noFloor = float32(math.Inf(-1))

// genericMR and the following are the tile of the plain Go twin.
const (
	genericMR    = 4
	genericLanes = 8
	genericNR    = 16
)

// maxNR is the width of the widest tile.
const maxNR = 64

// multiplyGeneric is the plain Go twin of the micro-kernels.
func multiplyGeneric(t *tile) {
	// Each acc holds a float32, in float64 because that is what the next multiply-add wants.
	var acc [maxNR]float64
	for i := range t.h {
		sum := acc[:t.w]
		clear(sum)
		if t.more {
			for j, v := range t.sums[i*t.w:][:t.w] {
				sum[j] = float64(v)
			}
		}
		for k := range t.kc {
			a := float64(t.a[k*t.ka+i*t.ia])
			b := t.b[k*t.ldb:][:len(sum)]
			for j, s := range sum {
				p := a * float64(b[j]) // exact
				v := p + s
				if f32vec.OneRounding(v) {
					sum[j] = float64(float32(v))
				} else {
					sum[j] = float64(f32vec.RoundOdd(p, s, v))
				}
			}
		}
		if t.raw {
			for j, v := range sum {
				t.sums[i*t.w+j] = float32(v)
			}
			continue
		}
		c := t.c[i*t.ldc:][:len(sum)]
		for j, s := range sum {
			v := float32(s)
			if t.load {
				v = c[j] + v
			}
			if t.bias != nil {
				v += t.bias[j]
			}
			if v < t.floor {
				v = t.floor
			}
			c[j] = f32vec.Flush(v)
		}
	}
}
