package f32norm

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

// results of all functions on rows of n channels. Float64 sums are given as their bits' halves.
func results(i isa.ISA, n, rows int, special bool) map[string][]float32 {
	r := rand.New(rand.NewPCG(uint64(n), uint64(rows)))
	x, z := values(r, n*rows, special), values(r, n*rows, special)
	per := make([][]float32, 6)
	for k := range per {
		per[k] = values(r, n, special)
	}
	out := map[string][]float32{}
	sums := func(name string, f func(a, b []float64)) {
		a, b := make([]float64, n), make([]float64, n)
		for k := range a {
			a[k], b[k] = r.NormFloat64(), r.NormFloat64()
		}
		f(a, b)
		for _, v := range append(a, b...) {
			if v != v {
				v = math.NaN() // of which there are many
			}
			u := math.Float64bits(v)
			out[name] = append(out[name], math.Float32frombits(uint32(u>>32)), math.Float32frombits(uint32(u)))
		}
	}
	sums("moments", func(a, b []float64) { Moments(i, a, b, x) })
	for _, relu := range []*Relu{nil, {per[0], per[1]}} {
		name := fmt.Sprint(", relu ", relu != nil)
		sums("products"+name, func(a, b []float64) { Products(i, a, b, x, z, per[2], relu) })
		y := make([]float32, n*rows)
		Apply(i, y, x, per[0], per[1], relu != nil)
		out["apply"+name] = y
		dx := make([]float32, n*rows)
		Grad(i, dx, x, z, &Slopes{per[2], per[3], per[4], per[5]}, relu)
		out["grad"+name] = dx
	}
	return out
}

// channels are all few ones, and some many.
func channels() []int {
	var out []int
	for n := range 50 {
		out = append(out, n+1)
	}
	return append(out, 64, 97, 128, 171)
}

func TestSameBits(t *testing.T) {
	for _, n := range channels() {
		for _, rows := range []int{0, 1, 2, 7, 131} {
			for _, special := range []bool{false, true} {
				want := results(isa.Generic, n, rows, special)
				for _, i := range isa.All() {
					for name, got := range results(i, n, rows, special) {
						for e, v := range want[name] {
							if math.Float32bits(got[e]) != math.Float32bits(v) {
								t.Fatalf("%d channels, %d rows, %v, %s: element %d is %x, else %x", n, rows, i, name, e, math.Float32bits(got[e]), math.Float32bits(v))
							}
						}
					}
				}
			}
		}
	}
}

// TestByHand has two channels of three rows.
func TestByHand(t *testing.T) {
	x, z := []float32{1, 10, 2, -20, 3, 30}, []float32{1, 1, 1, 1, 2, 1}
	for _, i := range isa.All() {
		a, b := []float64{100, 0}, []float64{0, 0}
		Moments(i, a, b, x)
		if a[0] != 106 || a[1] != 20 || b[0] != 14 || b[1] != 1400 {
			t.Errorf("%v: moments %v %v", i, a, b)
		}
		relu := &Relu{Scale: []float32{1, 1}, Shift: []float32{-1, 0}}
		a, b = make([]float64, 2), make([]float64, 2)
		Products(i, a, b, x, z, []float32{1, 0}, relu)
		if a[0] != 3 || a[1] != 2 || b[0] != 5 || b[1] != 40 {
			t.Errorf("%v: products %v %v", i, a, b)
		}
		y := make([]float32, 6)
		Apply(i, y, x, []float32{2, 1}, []float32{-3, 0}, true)
		if fmt.Sprint(y) != "[0 10 1 0 3 30]" {
			t.Errorf("%v: %v", i, y)
		}
		Grad(i, y, x, z, &Slopes{Mean: []float32{1, 0}, A: []float32{2, 1}, Center: []float32{0.5, 0}, Slope: []float32{1, 0.5}}, relu)
		if fmt.Sprint(y) != "[-1 -4 -1 10 -1 -14]" {
			t.Errorf("%v: %v", i, y)
		}
	}
}
