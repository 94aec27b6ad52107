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
	for b := uint32(0); b < 0x42000000; b += 997 {
		for _, x := range []float32{math.Float32frombits(b), -math.Float32frombits(b)} {
			v := float64(x)
			const c, cubic = 0.7978845608028654, 0.044715
			th := math.Tanh(c * (v + cubic*v*v*v))
			scale := max(1, math.Abs(v))
			if e := math.Abs(float64(TanhValue(x))-v*(1+th)/2) / scale; e > 2e-7 {
				t.Fatalf("the approximation at %v errs by %.2g", x, e)
			}
			d := (1+th)/2 + v/2*(1-th*th)*c*(1+3*cubic*v*v)
			if e := math.Abs(float64(TanhSlope(x)) - d); e > 6e-7 {
				t.Fatalf("its derivative at %v errs by %.2g", x, e)
			}
		}
	}
	if worst > 2e-7 || worstGrad > 4e-7 {
		t.Errorf("gelu errs by %.2g, its derivative by %.2g", worst, worstGrad)
	}
}

func TestSlicesEqualScalars(t *testing.T) {
	for _, c := range []struct {
		name         string
		values       func(i isa.ISA, y, x []float32)
		grads, both  func(i isa.ISA, y, d, x []float32)
		value, slope func(x float32) float32
		grad         func(x, dy float32) float32
	}{
		{"exact", Values, Grads, Both, Value, Slope, Grad},
		{"tanh", TanhValues, TanhGrads, TanhBoth, TanhValue, TanhSlope, TanhGrad},
	} {
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
			// Of each slice the elements before the eighth and behind the last stay 0.
			room := func(from []float32) []float32 {
				return append(append(make([]float32, 8), from...), make([]float32, 8)...)
			}
			zeros := make([]float32, n)
			wantY, wantD, wantG := room(zeros), room(zeros), room(zeros)
			for i, v := range x {
				wantY[8+i], wantD[8+i], wantG[8+i] = c.value(v), c.slope(v), c.grad(v, dy[i])
			}
			equal := func(what string, got, want []float32) {
				t.Helper()
				for i, v := range want {
					if math.Float32bits(got[i]) != math.Float32bits(v) {
						t.Fatalf("%s, %d elements, %s: element %d is %x, want %x", c.name, n, what, i-8, got[i], v)
					}
				}
			}
			for _, is := range isa.All() {
				y, d, dx := room(zeros), room(zeros), room(zeros)
				c.values(is, y[8:][:n], x)
				equal("values on "+is.String(), y, wantY)
				c.grads(is, dx[8:][:n], x, dy)
				equal("gradients on "+is.String(), dx, wantG)
				c.both(is, y[8:][:n], d[8:][:n], x)
				equal("values of both on "+is.String(), y, wantY)
				equal("derivatives on "+is.String(), d, wantD)
				y, d, dx = room(x), room(x), room(dy)
				c.both(is, room(zeros)[8:][:n], d[8:][:n], d[8:][:n])
				equal("derivatives in place on "+is.String(), d, wantD)
				c.grads(is, dx[8:][:n], x, dx[8:][:n])
				equal("gradients in place on "+is.String(), dx, wantG)
				c.values(is, y[8:][:n], y[8:][:n])
				equal("values in place on "+is.String(), y, wantY)
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
		b.Run("tanhBoth/"+is.String(), func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				TanhBoth(is, y, d, x)
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
