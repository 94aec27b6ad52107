package f32vec

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// splitTree is the definition of tree, by recursion.
func splitTree(x []float32) float32 {
	switch len(x) {
	case 0:
		return 0
	case 1:
		return x[0]
	}
	h := 1 << (bits.Len(uint(len(x)-1)) - 1)
	return splitTree(x[:h]) + splitTree(x[h:])
}

// sumWant is the definition of SumLanes.
func sumWant(x []float32) float32 {
	var chunks []float32
	for len(x) > 0 {
		c := x[:min(4096, len(x))]
		x = x[len(c):]
		lane := make([]float32, 16)
		for i, v := range c {
			lane[i%16] += v
		}
		for h := 8; h > 0; h /= 2 {
			for i := range h {
				lane[i] += lane[i+h]
			}
		}
		chunks = append(chunks, lane[0])
	}
	return Flush(splitTree(chunks))
}

func lengths() []int {
	n := []int{4095, 4096, 4097, 8192, 3*4096 + 5, 7 * 4096, 50021}
	for i := range 100 {
		n = append(n, i)
	}
	return n
}

func randoms(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func TestSumDotMax(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for _, n := range lengths() {
		x, y := randoms(r, n), randoms(r, n)
		prod := make([]float32, n)
		top := -inf32
		for i := range prod {
			prod[i] = float32(x[i] * y[i])
			top = max(top, x[i])
		}
		for _, i := range isa.All() {
			if got, want := SumLanes(i, x), sumWant(x); got != want {
				t.Fatalf("%v: sum of %d is %g, want %g", i, n, got, want)
			}
			if got, want := DotLanes(i, x, y), sumWant(prod); got != want {
				t.Fatalf("%v: dot product of %d is %g, want %g", i, n, got, want)
			}
			if got := MaxSlice(i, x); got != top {
				t.Fatalf("%v: maximum of %d is %g, want %g", i, n, got, top)
			}
			if n == 0 {
				continue
			}
			at := r.IntN(n)
			old := x[at]
			x[at] = nan32
			for name, got := range map[string]float32{"sum": SumLanes(i, x), "dot": DotLanes(i, y, x), "max": MaxSlice(i, x)} {
				if math.Float32bits(got) != nanBits {
					t.Fatalf("%v: %s of %d with a NaN at %d is %g", i, name, n, at, got)
				}
			}
			x[at] = old
		}
	}
}

// crew is a Runner of three goroutines.
type crew struct{}

func (crew) Workers() int { return 3 }

func (crew) For(n int, f func(task, worker int)) {
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for t := w; t < n; t += 3 {
				f(t, w)
			}
		})
	}
	wg.Wait()
}

func TestColSums(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	for _, rows := range []int{0, 1, 2, 63, 64, 65, 128, 129, 300, 64*11 + 3} {
		for _, cols := range []int{0, 1, 7, 8, 9, 10, 31, 63, 64, 65, 130, 200} {
			ld := cols + r.IntN(4)
			x := randoms(r, max(0, rows*ld))
			start := randoms(r, cols)
			want := make([]float32, cols)
			for c := range want {
				var groups []float32
				for lo := 0; lo < rows; lo += 64 {
					s := float32(0)
					for k := lo; k < min(rows, lo+64); k++ {
						s += x[k*ld+c]
					}
					groups = append(groups, s)
				}
				want[c] = Flush(splitTree(groups))
			}
			for _, i := range isa.All() {
				for _, p := range []par.Runner{par.Serial{}, crew{}} {
					plan := NewColSums(i, rows, cols)
					src := x
					if rows > 0 && cols > 0 {
						src = x[: (rows-1)*ld+cols : (rows-1)*ld+cols]
					}
					dst, intact := fenced(start)
					plan.Run(p, dst, src, ld, false)
					if err := sameBits(dst, want); err != nil || !intact() {
						t.Fatalf("%v, %d x %d: %v", i, rows, cols, err)
					}
					dst, intact = fenced(start)
					plan.Run(p, dst, src, ld, true)
					sum := make([]float32, cols)
					for c := range sum {
						sum[c] = Flush(start[c] + want[c])
					}
					// want is flushed already, so this holds unless a sum was tiny, which these are not.
					if err := sameBits(dst, sum); err != nil || !intact() {
						t.Fatalf("%v, %d x %d, accumulating: %v", i, rows, cols, err)
					}
				}
			}
		}
	}
}

func BenchmarkSlices(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	src, dst := randoms(r, 4096), make([]float32, 4096)
	for i := range src {
		src[i] = float32(math.Abs(float64(src[i]))) + 0.01
	}
	for _, name := range []string{"exp", "tanh", "sigmoid", "log", "erf"} {
		for _, i := range isa.All() {
			b.Run(name+"/"+i.String(), func(b *testing.B) {
				b.SetBytes(4 * 4096)
				for b.Loop() {
					slices[name](i, dst, src)
				}
			})
		}
	}
	w, m, v, g := randoms(r, 65536), make([]float32, 65536), make([]float32, 65536), randoms(r, 65536)
	for _, i := range isa.All() {
		b.Run("Adam/"+i.String(), func(b *testing.B) {
			b.SetBytes(4 * 65536)
			for b.Loop() {
				Adam(i, w, m, v, nil, g, adamArgs)
			}
		})
		b.Run("Add/"+i.String(), func(b *testing.B) {
			b.SetBytes(4 * 4096)
			for b.Loop() {
				Add(i, dst, dst, src)
			}
		})
	}
}
