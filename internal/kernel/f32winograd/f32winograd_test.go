package f32winograd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// sentinel is in the memory that nothing may write.
var sentinel = math.Float32frombits(0x7fa12345)

// numbers are n floats, some of them extreme if asked for.
func numbers(r *rand.Rand, n int, extreme bool) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
		if extreme {
			switch r.IntN(40) {
			case 0:
				x[i] = float32(math.Inf(1 - 2*r.IntN(2)))
			case 1:
				x[i] = float32(math.NaN())
			case 2:
				x[i] = 0x1p126
			case 3:
				x[i] = 0
			default:
				x[i] *= float32(math.Ldexp(1, -r.IntN(140)))
			}
		}
	}
	return x
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, v := range want {
		g := got[i]
		if math.Float32bits(g) != math.Float32bits(v) && !(g != g && v != v) {
			t.Fatalf("%s: element %d is %x, the twin's %x", what, i, math.Float32bits(g), math.Float32bits(v))
		}
	}
}

// TestTransformsAreTheirTwins compares every transform with plain Go: all widths, groups of rows, odd places in memory.
func TestTransformsAreTheirTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, i := range isa.All()[1:] {
		for _, k := range []*kind{input, output, gradient, kernel, kernelGrad} {
			for width := 1; width <= 49; width++ {
				const items = 3
				pad := PadTo(i, width)
				// Where a side need not have whole vectors, its cells touch.
				cell := func(n int, whole bool) int {
					if whole {
						return pad + 16*r.IntN(2)
					}
					return width
				}
				fromCell, toCell := cell(k.in, k.id == output.id || k.id == kernelGrad.id), cell(k.out, k.out == Size)
				fromLine, toLine := k.in*fromCell+r.IntN(2), k.out*toCell
				side := func(n, cell, line int) []int {
					var pos []int
					for at := range items {
						pos = append(pos, at*n*line)
					}
					return pos
				}
				from := side(k.in, fromCell, fromLine)
				to := side(k.out, toCell, toLine)
				src := numbers(r, items*k.in*fromLine+pad, width%3 == 0)
				groups := uint32(AllGroups)
				if width%5 == 0 {
					groups = 1 << r.IntN(3)
				}
				j := Job{From: Side{src, from, fromLine, fromCell}, Width: width, Groups: groups, Bias: numbers(r, 64, false), Floor: [...]float32{0, float32(math.Inf(-1))}[width%2]}
				result := func(i isa.ISA) []float32 {
					dst := make([]float32, items*k.out*toLine+pad)
					for n := range dst {
						dst[n] = sentinel
					}
					j.To = Side{dst, to, toLine, toCell}
					run(i, k, &j)
					return dst
				}
				got, want := result(i), result(isa.Generic)
				if k.out == Size { // what fills up is not the twin's business
					for n, v := range want {
						if math.Float32bits(v) == math.Float32bits(sentinel) && n%toCell >= width && n%toCell < pad {
							got[n] = v
						}
					}
				}
				sameBits(t, fmt.Sprintf("transform %d, %v, %d channels", k.id, i, width), got, want)
			}
		}
	}
}

func TestProductIsItsTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, i := range isa.All()[1:] {
		for rows := range 40 {
			for _, depth := range []int{1, 2, 3, 4, 5, 7, 16, 33} {
				for width := Lanes(i); width <= MaxWidth(i); width += Lanes(i) {
					transposed := rows%5 > 2
					lda, ldd := depth+r.IntN(3), width+r.IntN(3)
					n := rows * lda
					if transposed {
						lda = rows + r.IntN(3)
						n = depth * lda
					}
					p := Product{
						A: numbers(r, n+8, rows%4 == 3), LDA: lda, Transposed: transposed, Rows: rows, Depth: depth, B: numbers(r, depth*width, false), LDB: width,
						LDD: ldd, Load: rows%2 == 1,
					}
					start := numbers(r, rows*ldd+3, false)
					result := func(i isa.ISA, lo, n int) []float32 {
						q := p
						q.B, q.Dst, q.Width = p.B[lo:], append([]float32(nil), start...), n
						Multiply(i, &q)
						return q.Dst
					}
					sameBits(t, fmt.Sprintf("%v, %d rows, %d deep, %d wide", i, rows, depth, width), result(i, 0, width), func() []float32 {
						// The twin's widest product is narrower.
						q := p
						q.Dst = append([]float32(nil), start...)
						for lo := 0; lo < width; lo += 8 {
							part := q
							part.B, part.Width = p.B[lo:], 8
							if rows > 0 {
								part.Dst = q.Dst[lo:]
							}
							Multiply(isa.Generic, &part)
						}
						return q.Dst
					}())
				}
			}
		}
	}
}

// TestAlgorithm holds a tile of one channel against the definition of a convolution and of its kernel's gradient.
func TestAlgorithm(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	one := func(f func(isa.ISA, *Job), x []float32, in, out int) []float32 {
		y := make([]float32, out*out)
		f(isa.Generic, &Job{From: Side{x, []int{0}, in, 1}, To: Side{y, []int{0}, out, 1}, Width: 1, Groups: AllGroups, Bias: make([]float32, 16), Floor: float32(math.Inf(-1))})
		return y
	}
	times := func(x, y []float32) []float32 {
		z := make([]float32, len(x))
		for i := range x {
			z[i] = x[i] * y[i]
		}
		return z
	}
	for range 100 {
		d, g, z := numbers(r, 36, false), numbers(r, 9, false), numbers(r, 16, false)
		y := one(Output, times(one(Input, d, 6, 6), one(Kernel, g, 3, 6)), 6, 4)
		dg := one(KernelGrad, times(one(Input, d, 6, 6), one(Gradient, z, 4, 6)), 6, 3)
		wantY, wantG := make([]float64, 16), make([]float64, 9)
		for i := range 16 {
			for k := range 9 {
				x := float64(d[(i/4+k/3)*6+i%4+k%3])
				wantY[i] += x * float64(g[k])
				wantG[k] += x * float64(z[i])
			}
		}
		for i, want := range append(wantY, wantG...) {
			if got := append(y, dg...)[i]; math.Abs(float64(got)-want) > 2e-5 {
				t.Fatalf("result %d is %g, want %g", i, got, want)
			}
		}
	}
}
