package f32layernorm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// values are random, with NaNs, infinities, zeros of both signs and very small ones where special.
func values(r *rand.Rand, n int, special bool) []float32 {
	odd := []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), 1e-40, -1e-40, 0x1p-126, 3e38}
	x := make([]float32, n)
	for i := range x {
		if x[i] = float32(r.NormFloat64()); special && r.IntN(9) == 0 {
			x[i] = odd[r.IntN(len(odd))]
		}
	}
	return x
}

// results of both functions on rows of n elements, in the middle of memory that must stay as it is. Float64 sums are given as halves.
func results(i isa.ISA, n, rows int, special bool) map[string][]float32 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(rows)))
	x, dy, gamma, beta := values(r, n*rows, special), values(r, n*rows, special), values(r, n, special), values(r, n, special)
	const fence = 9
	out := map[string][]float32{}
	room := func(name string, size int) []float32 {
		all := make([]float32, size+2*fence)
		for k := range all {
			all[k] = 7
		}
		out[name] = all
		return all[fence : fence+size]
	}
	y, means, invs := room("y", n*rows), room("means", rows), room("invs", rows)
	Forward(i, y, x, gamma, beta, means, invs, 1e-3)
	Forward(i, room("y alone", n*rows), x, gamma, beta, nil, nil, 1e-3)
	sums := make([]float64, 2*n+1)
	for k := range sums {
		sums[k] = r.NormFloat64()
	}
	Backward(i, room("dx", n*rows), x, dy, gamma, means, invs, sums[:n], sums[n:2*n])
	Backward(i, room("one row", n), x, dy, gamma, means, invs, sums[:n], sums[n:2*n])
	for _, v := range sums {
		if v != v {
			v = math.NaN() // of which there are many
		}
		u := math.Float64bits(v)
		out["sums"] = append(out["sums"], math.Float32frombits(uint32(u>>32)), math.Float32frombits(uint32(u)))
	}
	return out
}

func TestSameBits(t *testing.T) {
	for n := 1; n <= 67; n++ {
		for _, rows := range []int{0, 1, 2, 7, 31} {
			for _, special := range []bool{false, true} {
				want := results(isa.Generic, n, rows, special)
				for _, i := range isa.All() {
					for name, got := range results(i, n, rows, special) {
						for e, v := range want[name] {
							if math.Float32bits(got[e]) != math.Float32bits(v) {
								t.Fatalf("rows of %d, %d of them, %v, %s: element %d is %x, else %x", n, rows, i, name, e, math.Float32bits(got[e]), math.Float32bits(v))
							}
						}
					}
				}
			}
		}
	}
}

// TestByHand has a row with mean 2 and variance 1.
func TestByHand(t *testing.T) {
	for _, i := range isa.All() {
		y, mean, inv := make([]float32, 4), make([]float32, 1), make([]float32, 1)
		x, gamma := []float32{1, 1, 3, 3}, []float32{1, 2, 3, 4}
		Forward(i, y, x, gamma, []float32{0, 0, 0, 10}, mean, inv, 0)
		if got := fmt.Sprint(y, mean, inv); got != "[-1 -2 3 14] [2] [1]" {
			t.Errorf("%v: forward %s", i, got)
		}
		dgamma, dbeta := []float64{100, 0, 0, 0}, make([]float64, 4)
		// g is [1 0 0 -4], its mean -3/4; of g·d the mean is -5/4.
		Backward(i, y, x, []float32{1, 0, 0, -1}, gamma, mean, inv, dgamma, dbeta)
		if got := fmt.Sprint(y, dgamma, dbeta); got != "[0.5 -0.5 2 -2] [99 0 0 -1] [1 0 0 -1]" {
			t.Errorf("%v: backward %s", i, got)
		}
	}
}

func BenchmarkForward(b *testing.B)  { bench(b, false) }
func BenchmarkBackward(b *testing.B) { bench(b, true) }

func bench(b *testing.B, backward bool) {
	for _, n := range []int{128, 768, 1000} {
		rows := 1 << 18 / n
		r := rand.New(rand.NewPCG(1, 1))
		x, dy, gamma, beta := values(r, n*rows, false), values(r, n*rows, false), values(r, n, false), values(r, n, false)
		y, means, invs := make([]float32, n*rows), make([]float32, rows), make([]float32, rows)
		dgamma, dbeta := make([]float64, n), make([]float64, n)
		for _, i := range isa.All() {
			b.Run(fmt.Sprintf("%d/%v", n, i), func(b *testing.B) {
				b.SetBytes(int64(4 * n * rows))
				for b.Loop() {
					if backward {
						Backward(i, y, x, dy, gamma, means, invs, dgamma, dbeta)
					} else {
						Forward(i, y, x, gamma, beta, means, invs, 1e-3)
					}
				}
			})
		}
	}
}
