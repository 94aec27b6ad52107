package f32conv2d

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// TestPoolIsThatOfTheOutputs convolves with a pooling behind, all at once and image by image, and without one, then pools.
func TestPoolIsThatOfTheOutputs(t *testing.T) {
	more := []struct {
		name string
		s    Shape
	}{
		{"tiles-13", conv(9, 15, 15, 16, 3, 3, 40, 1, 1, 1, 1, false, 1)},
		{"tiles-large", conv(2, 45, 38, 9, 3, 3, 12, 1, 1, 1, 1, true, 1)},
		{"image", conv(3, 32, 32, 3, 3, 3, 32, 1, 1, 1, 1, false, 1)},
		{"blocks", conv(2, 6, 7, 80, 3, 3, 37, 1, 1, 2, 1, true, 1)},
	}
	for k, c := range append(slices.Clone(shapes), more...) {
		for j, pool := range []Pool{{2, 2, false}, {2, 2, true}, {4, 1, false}, {3, 2, false}, {1, 5, true}} {
			if j > 0 && (j+k)%4 > 0 || c.s.OH < pool.H || c.s.OW < pool.W {
				continue
			}
			t.Run(fmt.Sprintf("%s/%dx%d", c.name, pool.H, pool.W), func(t *testing.T) {
				o := newOperands(c.s)
				if !pool.Mean { // some that are infinite, no numbers or very small
					for k := range o.x.data() {
						if k%97 == 5 {
							o.x.data()[k] = [...]float32{float32(math.Inf(-1)), float32(math.NaN()), 1e-38, -1e-38}[k/97%4]
						}
					}
				}
				var want []float32
				for _, i := range isa.All() {
					if want == nil {
						if want = pooledApart(i, c.s, &pool, o); want == nil {
							return
						}
					}
					for _, r := range []par.Runner{par.Serial{}, crew(3)} {
						p := NewForward(i, c.s, Options{Relu: true, Pool: &pool})
						y, scratch := newMemory(len(want)), newMemory(p.Scratch(r.Workers()))
						p.Run(r, o.x.data(), o.w.data(), o.b.data(), y.data(), scratch.data())
						y.check(t, "y")
						scratch.check(t, "scratch")
						same(t, fmt.Sprintf("%v, %d workers", i, r.Workers()), y.data(), want)
						clear(y.data())
						p.Begin(r, o.x.data(), o.w.data(), o.b.data(), y.data(), scratch.data())
						for n := range c.s.N {
							p.Images(n, n+1, 0)
						}
						p.End()
						same(t, fmt.Sprintf("%v, image by image", i), y.data(), want)
					}
				}
			})
		}
	}
}

// pooledApart pools what a convolution without a pooling has made.
func pooledApart(i isa.ISA, s Shape, pool *Pool, o operands) []float32 {
	s = pool.trim(s)
	p := NewForward(i, s, Options{Relu: true})
	if !pool.inTiles() && p.winograd != nil {
		return nil // by another algorithm
	}
	y := make([]float32, s.N*s.OH*s.OW*s.F)
	p.Run(par.Serial{}, o.x.data(), o.w.data(), o.b.data(), y, make([]float32, p.Scratch(1)))
	var out []float32
	for n := range s.N {
		for oy := 0; oy < s.OH; oy += pool.H {
			for ox := 0; ox < s.OW; ox += pool.W {
				for f := range s.F {
					var all []float32
					for k := range pool.H * pool.W {
						all = append(all, y[((n*s.OH+oy+k/pool.W)*s.OW+ox+k%pool.W)*s.F+f])
					}
					v := slices.Max(all)
					if pool.Mean {
						v = 0
						for _, e := range all {
							v += e
						}
						v /= float32(len(all))
					}
					out = append(out, f32vec.Flush(v))
				}
			}
		}
	}
	return out
}
