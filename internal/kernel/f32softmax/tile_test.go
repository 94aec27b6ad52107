package f32softmax

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// strange makes some numbers unusual ones.
func strange(r *rand.Rand, x []float32) {
	special := []float32{0, float32(math.Inf(1)), float32(math.Inf(-1)), math.Float32frombits(0x7fc00000), -87, 88, 89, 1e30, -1e30}
	for i := range x {
		if r.IntN(7) == 0 {
			x[i] = special[r.IntN(len(special))]
		}
	}
}

// randomTile is a tile of some rows, and what is seen of these; around it there are sevens.
func randomTile(r *rand.Rand, rows, w int, odd bool) Tile {
	t := Tile{W: w, LD: w + r.IntN(3)*5, Lo: make([]int32, rows), Hi: make([]int32, rows)}
	t.X = make([]float32, rows*t.LD+16)
	for i := range t.X {
		t.X[i] = float32(r.NormFloat64() * 20)
	}
	if odd {
		strange(r, t.X)
	}
	for i := range rows {
		t.Lo[i], t.Hi[i] = int32(r.IntN(w+1)), int32(r.IntN(w+1))
		if r.IntN(3) == 0 {
			t.Lo[i], t.Hi[i] = 0, int32(w)
		}
	}
	return t
}

func same(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, v := range want {
		if math.Float32bits(got[i]) != math.Float32bits(v) {
			t.Fatalf("%s: element %d is %v (%x), want %v (%x)", what, i, got[i], math.Float32bits(got[i]), v, math.Float32bits(v))
		}
	}
}

// TestTile compares the kernels with the plain Go, and that with the definition.
func TestTile(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 400 {
		rows, w, odd := r.IntN(9), 16*r.IntN(9), n%2 == 1
		tile := randomTile(r, rows, w, odd)
		most, sum := make([]float32, rows), make([]float32, rows)
		for i := range most {
			most[i], sum[i] = float32(math.Inf(-1)), 0
			if r.IntN(2) == 0 {
				most[i], sum[i] = float32(r.NormFloat64()*20), 1+r.Float32()
			}
		}
		for _, is := range isa.All() {
			name := fmt.Sprintf("%d rows of %d columns on %v", rows, w, is)
			plain, got := tile, tile
			plain.X, got.X = slices.Clone(tile.X), slices.Clone(tile.X)
			wantMost, wantSum, wantFactor := slices.Clone(most), slices.Clone(sum), make([]float32, rows)
			plain.Softmax(isa.Generic, wantMost, wantSum, wantFactor)
			gotMost, gotSum, gotFactor := slices.Clone(most), slices.Clone(sum), make([]float32, rows)
			got.Softmax(is, gotMost, gotSum, gotFactor)
			same(t, name, got.X, plain.X)
			same(t, name+": the largest", gotMost, wantMost)
			same(t, name+": the sum", gotSum, wantSum)
			same(t, name+": the factor", gotFactor, wantFactor)
			if !odd {
				isSoftmax(t, tile, got, most, gotMost, sum, gotSum)
			}

			plain.X, got.X = slices.Clone(tile.X), slices.Clone(tile.X)
			plain.Exp(isa.Generic)
			got.Exp(is)
			same(t, name+": exponentials", got.X, plain.X)
			for i := range rows {
				for c := range w {
					want := float32(0)
					if c >= int(tile.Lo[i]) && c < int(tile.Hi[i]) {
						want = Exp(tile.X[i*tile.LD+c])
					}
					same(t, name+": exponentials", got.X[i*tile.LD+c:], []float32{want})
				}
			}
		}
	}
}

// isSoftmax holds what Softmax made of a tile against float64.
func isSoftmax(t *testing.T, tile, got Tile, most, gotMost, sum, gotSum []float32) {
	t.Helper()
	for i := range tile.Lo {
		m, s := float64(most[i]), 0.0
		for c := tile.Lo[i]; c < tile.Hi[i]; c++ {
			m = max(m, float64(tile.X[i*tile.LD+int(c)]))
		}
		if float64(gotMost[i]) != m {
			t.Fatalf("the largest is %v, want %v", gotMost[i], m)
		}
		for c := range tile.W {
			want := 0.0
			if c >= int(tile.Lo[i]) && c < int(tile.Hi[i]) {
				want = math.Exp(float64(tile.X[i*tile.LD+c]) - m)
			}
			if v := float64(got.X[i*got.LD+c]); math.Abs(v-want) > 1e-5*want+1e-37 {
				t.Fatalf("row %d, column %d: %v, want %v", i, c, v, want)
			}
			s += want
		}
		if sum[i] > 0 {
			s += float64(sum[i]) * math.Exp(float64(most[i])-m)
		}
		if math.Abs(float64(gotSum[i])-s) > 1e-5*s {
			t.Fatalf("row %d: the sum is %v, want %v", i, gotSum[i], s)
		}
	}
}

func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := range 100 {
		for _, odd := range []bool{false, true} {
			rows, ld := r.IntN(5), n+r.IntN(4)
			x, y := make([]float32, rows*ld+20), make([]float32, rows*ld+20)
			for i := range x {
				x[i], y[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
			}
			factor := make([]float32, rows)
			for i := range factor {
				factor[i] = float32(r.NormFloat64())
			}
			if odd {
				strange(r, x)
				strange(r, y)
				strange(r, factor)
			}
			for _, is := range isa.All() {
				name := fmt.Sprintf("%d rows of %d on %v", rows, n, is)
				got, want := make([]float32, rows+1), make([]float32, rows+1)
				Dots(is, got[:rows], -0.3, x[1:], y[2:], ld, n)
				Dots(isa.Generic, want[:rows], -0.3, x[1:], y[2:], ld, n)
				same(t, name, got, want)
				for i := range rows {
					if odd {
						continue
					}
					if d := -0.3 * f32vec.DotLanes(is, x[1+i*ld:][:n], y[2+i*ld:][:n]); math.Float32bits(f32vec.Flush(d)) != math.Float32bits(got[i]) {
						t.Fatalf("%s: row %d is %v, want %v", name, i, got[i], d)
					}
				}
				scaled, plain := slices.Clone(x), slices.Clone(x)
				ScaleRows(is, scaled[1:], ld, n, factor)
				for i, f := range factor {
					for c := range n {
						plain[1+i*ld+c] = f32vec.Flush(plain[1+i*ld+c] * f)
					}
				}
				same(t, name, scaled, plain)
			}
		}
	}
}

func BenchmarkTile(b *testing.B) {
	for _, is := range isa.All() {
		for _, w := range []int{32, 128, 208} {
			r := rand.New(rand.NewPCG(7, 8))
			t := randomTile(r, 32, w, false)
			for i := range t.Lo {
				t.Lo[i], t.Hi[i] = 0, int32(w)
			}
			most, sum, factor := make([]float32, 32), make([]float32, 32), make([]float32, 32)
			b.Run(fmt.Sprintf("softmax/%v/%d", is, w), func(b *testing.B) {
				for b.Loop() {
					for i := range most {
						most[i] = float32(math.Inf(-1))
					}
					t.Softmax(is, most, sum, factor)
				}
			})
		}
	}
}
