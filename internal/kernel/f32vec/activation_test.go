package f32vec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// pairwise are the functions of package file activation.go in one form, y being what dst holds before.
var pairwise = map[string]func(i isa.ISA, dst, x, y []float32){
	"clip":              func(i isa.ISA, dst, x, _ []float32) { Clip(i, dst, x, -0.75, 2) },
	"inside":            func(i isa.ISA, dst, x, y []float32) { Inside(i, dst, x, y, -0.75, 2) },
	"below":             func(i isa.ISA, dst, x, y []float32) { Below(i, dst, x, y, 0.3) },
	"hard sigmoid":      func(i isa.ISA, dst, x, _ []float32) { HardSigmoid(i, dst, x) },
	"hard sigmoid grad": HardSigmoidGrad,
	"hard silu":         func(i isa.ISA, dst, x, _ []float32) { HardSilu(i, dst, x) },
	"hard silu grad":    HardSiluGrad,
	"sigmoid grad":      SigmoidGrad,
	"tanh grad":         TanhGrad,
	"silu grad":         SiluGrad,
}

// TestActivationsHaveTheSameBits compares whole vectors and what is left of them with the Go loops, also where dst lies over y.
func TestActivationsHaveTheSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-40, -1e-39, 0x1p-126, -3, 3, 6, 2, -0.75}
	values := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			if x[i] = 4 * float32(r.NormFloat64()); r.IntN(4) == 0 {
				x[i] = special[r.IntN(len(special))]
			}
		}
		return x
	}
	for name, f := range pairwise {
		for n := range 70 {
			x, y, dst := values(n), values(n), values(n)
			want := append([]float32(nil), dst...)
			f(isa.Generic, want, x, y)
			over := append([]float32(nil), y...)
			f(isa.Generic, over, x, over)
			for _, i := range isa.All() {
				got, intact := fenced(dst)
				f(i, got, x, y)
				if err := sameBits(got, want); err != nil {
					t.Fatalf("%s on %v: %v", name, i, err)
				}
				if !intact() {
					t.Fatalf("%s on %v wrote around its slice of %d", name, i, n)
				}
				got = append([]float32(nil), y...)
				f(i, got, x, got)
				if err := sameBits(got, over); err != nil {
					t.Fatalf("%s on %v, in place: %v", name, i, err)
				}
			}
		}
	}
}

// TestActivationsByHand has a value on either side of each bound.
func TestActivationsByHand(t *testing.T) {
	x := []float32{-4, -3, -1.5, 0, 1.5, 3, 7}
	dy := []float32{1, 2, 3, 4, 5, 6, 7}
	for name, want := range map[string][]float32{
		"clip":              {-0.75, -0.75, -0.75, 0, 1.5, 2, 2},
		"inside":            {0, 0, 0, 4, 5, 0, 0},
		"below":             {0.3, 0.6, 0.9, 4, 5, 6, 7},
		"hard sigmoid":      {0, 0, 0.25, 0.5, 0.75, 1, 1},
		"hard sigmoid grad": {0, 0, 0.5, 4. / 6, 5. / 6, 0, 0},
		"hard silu":         {0, 0, -0.375, 0, 1.125, 3, 7},
		"hard silu grad":    {0, 0, 0, 2, 5, 6, 7},
		"sigmoid grad":      {-20, -24, -11.25, 0, -3.75, -36, -294},
		"tanh grad":         {-15, -16, -3.75, 4, -6.25, -48, -336},
	} {
		dst := make([]float32, len(x))
		pairwise[name](isa.Detect(), dst, x, dy)
		for k, v := range want {
			if math.Abs(float64(dst[k]-v)) > 1e-6*math.Abs(float64(v)) {
				t.Errorf("%s of %g is %g, want %g", name, x[k], dst[k], v)
			}
		}
	}
}
