package f32gelu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// TestErrors compares with float64, relative to the larger of 1 and |x|.
func TestErrors(t *testing.T) {
	worst, worstGrad := 0.0, 0.0
	for b := uint32(0); b < 0x42000000; b += 997 { // up to 32
		for _, x := range []float32{math.Float32frombits(b), -math.Float32frombits(b)} {
			v := float64(x)
			phi := f32vec.Erfc64(-v*math.Sqrt(0.5)) / 2
			scale := max(1, math.Abs(v))
			worst = max(worst, math.Abs(float64(Value(x))-v*phi)/scale)
			d := phi + v*f32vec.Exp64(-v*v/2)/math.Sqrt(2*math.Pi)
			worstGrad = max(worstGrad, math.Abs(float64(Grad(x, 1))-d))
		}
	}
	if worst > 2e-7 || worstGrad > 4e-7 {
		t.Errorf("gelu errs by %.2g, its derivative by %.2g", worst, worstGrad)
	}
}

func TestSlicesEqualScalars(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-40, -1e-38, 1e30, -20}
	for n := range 100 {
		x, dy := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i], dy[i] = float32(r.NormFloat64()*3), float32(r.NormFloat64())
			if r.IntN(10) == 0 {
				x[i] = special[r.IntN(len(special))]
			}
			if r.IntN(20) == 0 {
				dy[i] = special[r.IntN(len(special))]
			}
		}
		for _, is := range isa.All() {
			y, dx := make([]float32, n+16), make([]float32, n+16)
			Values(is, y[8:][:n], x)
			Grads(is, dx[8:][:n], x, dy)
			for i := range n + 16 {
				wy, wd := float32(0), float32(0)
				if i >= 8 && i < 8+n {
					wy, wd = Value(x[i-8]), Grad(x[i-8], dy[i-8])
				}
				if math.Float32bits(y[i]) != math.Float32bits(wy) || math.Float32bits(dx[i]) != math.Float32bits(wd) {
					t.Fatalf("%d elements on %v: element %d is %x and %x, want %x and %x", n, is, i-8, y[i], dx[i], wy, wd)
				}
			}
			value, slope := make([]float32, n+16), append(make([]float32, 8), append(append([]float32(nil), x...), make([]float32, 8)...)...)
			Both(is, value[8:][:n], slope[8:][:n], slope[8:][:n])
			for i := range n + 16 {
				wd := float32(0)
				if i >= 8 && i < 8+n {
					wd = Slope(x[i-8])
				}
				if math.Float32bits(value[i]) != math.Float32bits(y[i]) || math.Float32bits(slope[i]) != math.Float32bits(wd) {
					t.Fatalf("%d elements on %v: both of element %d are %x and %x, want %x and %x", n, is, i-8, value[i], slope[i], y[i], wd)
				}
			}
			same, grad := append([]float32(nil), x...), append([]float32(nil), dy...)
			Grads(is, grad, x, grad)
			Values(is, same, same)
			for i := range same {
				if math.Float32bits(same[i]) != math.Float32bits(y[8+i]) || math.Float32bits(grad[i]) != math.Float32bits(dx[8+i]) {
					t.Fatalf("%d elements on %v: in place element %d is %x and %x", n, is, i, same[i], grad[i])
				}
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("operands of different length are taken")
		}
	}()
	Grads(isa.Generic, make([]float32, 3), make([]float32, 3), make([]float32, 4))
}

func BenchmarkGelu(b *testing.B) {
	const n = 4096
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = float32(i%64)/8 - 4
	}
	for _, is := range isa.All() {
		b.Run("values/"+is.String(), func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				Values(is, y, x)
			}
		})
		d := make([]float32, n)
		b.Run("both/"+is.String(), func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				Both(is, y, d, x)
			}
		})
		b.Run("grads/"+is.String(), func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				Grads(is, y, x, x)
			}
		})
	}
}
