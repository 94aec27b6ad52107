package f32pool

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var rows = []Row{
	{At: 0, Step: 6, Count: 1, Channels: 3, Cells: []int32{0}},
	{At: 7, Step: 2, Count: 5, Channels: 1, Cells: []int32{0, 1, 20, 21}},
	{At: 3, Step: 16, Count: 4, Channels: 8, Cells: []int32{0, 8, 80, 88}},
	{At: 5, Step: 34, Count: 3, Channels: 17, Cells: []int32{0, 17, 170, 187}},
	{At: 0, Step: 23, Count: 6, Channels: 23, Cells: []int32{0, 23, 46, 230, 253, 276, 460, 483, 506}}, // overlapping
	{At: 11, Step: 31, Count: 2, Channels: 31, Cells: []int32{0, 31}},
	{At: 2, Step: 20, Count: 4, Channels: 10, Cells: []int32{0, 10, 100, 110}, Apart: 13}, // results among others
}

// values are random, with equal ones, NaNs, infinities, zeros of both signs and very small ones.
func values(r *rand.Rand, n int) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-40, -1e-40, 0x1p-126, 1, 1}
	x := make([]float32, n)
	for i := range x {
		if x[i] = float32(r.NormFloat64()); r.IntN(4) == 0 {
			x[i] = special[r.IntN(len(special))]
		}
	}
	return x
}

// results of all functions for r: what they wrote, with a margin around it that must stay.
func results(i isa.ISA, r *Row) map[string][]float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	image, dy := values(rng, 800), values(rng, r.Count*r.apart()+3)
	out := map[string][]float32{}
	y, where := values(rng, len(dy)), make([]int32, len(dy))
	Max(i, r, y, nil, image)
	out["max alone"] = y
	y = values(rng, len(dy))
	Max(i, r, y, where, image)
	out["max"] = y
	places := make([]float32, len(where))
	for k, w := range where {
		places[k] = float32(w)
	}
	out["places"] = places
	for _, add := range []bool{false, true} {
		dx := values(rng, len(image))
		MaxGrad(i, r, dx, dy, where, add)
		out[fmt.Sprintf("max gradient, add %v", add)] = dx
		dx = values(rng, len(image))
		MeanGrad(i, r, dx, dy, add)
		out[fmt.Sprintf("mean gradient, add %v", add)] = dx
	}
	y = values(rng, len(dy))
	Mean(i, r, y, image)
	out["mean"] = y
	return out
}

func TestSameBits(t *testing.T) {
	for k := range rows {
		want := results(isa.Generic, &rows[k])
		for _, i := range isa.All() {
			for name, got := range results(i, &rows[k]) {
				for e, v := range want[name] {
					if math.Float32bits(got[e]) != math.Float32bits(v) {
						t.Fatalf("row %d, %v, %s: element %d is %g, else %g", k, i, name, e, got[e], v)
					}
				}
			}
		}
	}
}

// TestByHand has one position of a window of four cells.
func TestByHand(t *testing.T) {
	nan := float32(math.NaN())
	for _, i := range isa.All() {
		r := Row{At: 1, Step: 4, Count: 2, Channels: 2, Cells: []int32{0, 2, 8, 10}}
		image := []float32{
			9, 3, -1, 7, -1, 1, nan, 0, 5,
			7, -1, -2, -1, nan, nan, 1, 2, nan,
		}
		y, where := make([]float32, 4), make([]int32, 4)
		Max(i, &r, y, where, image)
		// Of equals the first, of NaNs the last.
		if !slices.Equal(where, []int32{3, 2, 13, 14}) || y[0] != 7 || y[1] != -1 || y[2] == y[2] || y[3] == y[3] {
			t.Errorf("%v: the largest are %v at %v", i, y, where)
		}
		dx := make([]float32, len(image))
		dx[9], dx[10] = 5, 5
		MaxGrad(i, &r, dx, []float32{10, 20, 30, 40}, where, false)
		if want := []float32{0, 0, 20, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 40, 0, 0, 0}; !slices.Equal(dx, want) {
			t.Errorf("%v: the gradient is %v, want %v", i, dx, want)
		}
		r = Row{At: 0, Step: 1, Count: 2, Channels: 1, Cells: []int32{0, 1}}
		image, y = []float32{1, 2, 4}, make([]float32, 2)
		Mean(i, &r, y, image)
		if y[0] != 1.5 || y[1] != 3 {
			t.Errorf("%v: the means are %v", i, y)
		}
		dx = []float32{0, 0, 0}
		MeanGrad(i, &r, dx, []float32{2, 6}, true)
		if dx[0] != 1 || dx[1] != 4 || dx[2] != 3 {
			t.Errorf("%v: the gradient of means is %v", i, dx)
		}
	}
}

func TestRowOutsideImage(t *testing.T) {
	for name, r := range map[string]Row{
		"before":         {At: -1, Step: 1, Count: 1, Channels: 1, Cells: []int32{0}},
		"behind":         {At: 8, Step: 1, Count: 2, Channels: 1, Cells: []int32{0, 1}},
		"more positions": {At: 0, Step: 1, Count: 3, Channels: 1, Cells: []int32{0}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			Mean(isa.Detect(), &r, make([]float32, 2), make([]float32, 10))
		}()
	}
}
