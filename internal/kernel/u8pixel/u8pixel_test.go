package u8pixel

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func random(r *rand.Rand, n int) []uint8 {
	b := make([]uint8, n)
	for k := range b {
		b[k] = uint8(r.Uint32())
	}
	return b
}

func TestInverseDCT(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		var c, q [64]int16
		for k := range c {
			if r.IntN(64) < 1+round%64 {
				c[k] = int16(r.IntN(2*(1+round)) - round - 1)
			}
			q[k] = int16(1 + r.IntN(1+round%255))
		}
		if round > 2500 { // what no picture holds
			for k := range c {
				c[k], q[k] = int16(r.Uint32()), int16(r.Uint32())
			}
		}
		stride := 8 + r.IntN(9)
		var want []uint8
		for _, i := range isa.All() {
			block, got := c, make([]uint8, 8*stride)
			InverseDCT(i, got, stride, &block, &q)
			if block != [64]int16{} {
				t.Fatalf("%v leaves coefficients", i)
			}
			if want == nil {
				want = got
			} else if !bytes.Equal(got, want) {
				t.Fatalf("%v, round %d: %v, want %v", i, round, got, want)
			}
		}
	}
}

// A block of one number has one value: the mean, an eighth of the coefficient.
func TestInverseDCTOfMean(t *testing.T) {
	for mean := -1100; mean < 1100; mean++ {
		c, q := [64]int16{int16(mean)}, [64]int16{2}
		dst := make([]uint8, 64)
		InverseDCT(isa.Detect(), dst, 8, &c, &q)
		want := uint8(min(max((2*mean*4+16)>>5+128, 0), 255))
		for _, v := range dst {
			if v != want {
				t.Fatalf("%d gives %v, want %d", mean, dst, want)
			}
		}
	}
}

func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 100 {
		a, b, c := random(r, n), random(r, n), random(r, n)
		wide := make([]int16, n+2)
		for k := range wide {
			wide[k] = int16(r.IntN(1021))
		}
		run := func(i isa.ISA) ([]int16, []uint8, []uint8) {
			sums, spread, colours := make([]int16, n+1), make([]uint8, 2*n+1), make([]uint8, 3*n+1)
			Sums(i, sums[:n], a, b)
			Spread(i, spread[:2*n], wide, 8, 7)
			RGB(i, colours[:3*n], a, b, c)
			return sums, spread, colours
		}
		sums, spread, colours := run(isa.Generic)
		for _, i := range isa.All() {
			s, d, rgb := run(i)
			if !slices.Equal(s, sums) || !bytes.Equal(d, spread) || !bytes.Equal(rgb, colours) {
				t.Fatalf("%v, %d elements: %v %v %v\nwant %v %v %v", i, n, s, d, rgb, sums, spread, colours)
			}
		}
	}
}

// Every luminance and pair of colour differences, by the formula in whole numbers.
func TestRGBEverywhere(t *testing.T) {
	y, cb, cr, dst := make([]uint8, 256), make([]uint8, 256), make([]uint8, 256), make([]uint8, 768)
	for k := range y {
		y[k] = uint8(k)
	}
	for b := range 256 {
		for r := range 256 {
			for k := range cb {
				cb[k], cr[k] = uint8(b), uint8(r)
			}
			RGB(isa.Detect(), dst, y, cb, cr)
			for k := range 256 {
				want := [3]int{
					k + (91881*(r-128)+32768)>>16,
					k + (-22554*(b-128)-46802*(r-128)+32768)>>16,
					k + (116130*(b-128)+32768)>>16,
				}
				for c, w := range want {
					if dst[3*k+c] != uint8(min(max(w, 0), 255)) {
						t.Fatalf("%d %d %d is %v, want %v", k, b, r, dst[3*k:3*k+3], want)
					}
				}
			}
		}
	}
}

func BenchmarkInverseDCT(b *testing.B) {
	var q [64]int16
	for k := range q {
		q[k] = 3
	}
	dst := make([]uint8, 64)
	for b.Loop() {
		c := [64]int16{100, 20, -5, 7, 8: 12, 9: -4}
		InverseDCT(isa.Detect(), dst, 8, &c, &q)
	}
}

func BenchmarkRGB(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	y, cb, cr, dst := random(r, 500), random(r, 500), random(r, 500), make([]uint8, 1500)
	b.SetBytes(500)
	for b.Loop() {
		RGB(isa.Detect(), dst, y, cb, cr)
	}
}
