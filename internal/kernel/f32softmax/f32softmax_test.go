package f32softmax

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func TestExpErrsAtMostAnUlp(t *testing.T) {
	worst := 0.0
	for b := uint32(0); b < 1<<31; b += 4099 {
		for _, x := range []float32{math.Float32frombits(b), -math.Float32frombits(b)} {
			if !(x >= -87 && x <= 88) {
				continue
			}
			want := f32vec.Exp64(float64(x))
			ulp := math.Ldexp(1, math.Ilogb(want)-23)
			worst = max(worst, math.Abs(float64(Exp(x))-want)/ulp)
		}
	}
	if worst > 1 {
		t.Errorf("the error reaches %.3f ulp", worst)
	}
}

func TestExpAtItsEnds(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct{ x, want float32 }{
		{0, 1}, {-inf, 0}, {-87.00001, 0}, {-1e30, 0}, {inf, Exp(88)}, {1e30, Exp(88)}, {-nan, math.Float32frombits(0x7fc00000)},
	} {
		if got := Exp(c.x); math.Float32bits(got) != math.Float32bits(c.want) {
			t.Errorf("Exp(%v) = %v, want %v", c.x, got, c.want)
		}
	}
	if got := Exp(-87); got < 0x1p-126 {
		t.Errorf("Exp(-87) = %v is denormal", got)
	}
}

// TestExpSum compares every instruction set with the definition, for many lengths, and looks for writes beyond the end.
func TestExpSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	special := []float32{0, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), -87, 88, 89, 1e-40, -1e-45}
	for n := range 150 {
		for _, strange := range []bool{false, true} {
			src := make([]float32, n)
			for i := range src {
				src[i] = float32(r.NormFloat64() * 30)
				if strange && r.IntN(9) == 0 {
					src[i] = special[r.IntN(len(special))]
				}
			}
			shift := float32(r.NormFloat64() * 10)
			want := make([]float32, n)
			var lanes [Lanes]float32
			for i, x := range src {
				want[i] = Exp(x - shift)
				lanes[i%Lanes] += want[i]
			}
			for h := Lanes / 2; h > 0; h /= 2 {
				for i := range h {
					lanes[i] += lanes[i+h]
				}
			}
			for _, is := range isa.All() {
				dst := make([]float32, n+32)
				for i := range dst {
					dst[i] = 7
				}
				sum := ExpSum(is, dst[16:][:n], src, shift)
				if math.Float32bits(sum) != math.Float32bits(f32vec.Flush(lanes[0])) {
					t.Fatalf("%d elements on %v: the sum is %v, want %v", n, is, sum, lanes[0])
				}
				for i, v := range dst {
					w := float32(7)
					if i >= 16 && i < 16+n {
						w = want[i-16]
					}
					if math.Float32bits(v) != math.Float32bits(w) {
						t.Fatalf("%d elements on %v: element %d is %x, want %x", n, is, i-16, v, w)
					}
				}
				same := append([]float32(nil), src...)
				if ExpSum(is, same, same, shift); n > 0 && math.Float32bits(same[n-1]) != math.Float32bits(want[n-1]) {
					t.Fatalf("%d elements on %v in place: the last is %v, want %v", n, is, same[n-1], want[n-1])
				}
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("operands of different length are taken")
		}
	}()
	ExpSum(isa.Generic, make([]float32, 3), make([]float32, 4), 0)
}

func BenchmarkExpSum(b *testing.B) {
	for _, is := range isa.All() {
		for _, n := range []int{128, 4096} {
			b.Run(fmt.Sprintf("%v/%d", is, n), func(b *testing.B) {
				x, y := make([]float32, n), make([]float32, n)
				for i := range x {
					x[i] = -float32(i%32) / 2
				}
				b.SetBytes(int64(4 * n))
				for b.Loop() {
					ExpSum(is, y, x, 1)
				}
			})
		}
	}
}
