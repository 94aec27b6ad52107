package f32conv2d

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// TestWinogradError bounds the error of Winograd's algorithm against float64, relative to the results' root mean square: for inputs around zero,
// behind ReLU, far from zero, and with a few very large ones. Sums of products in order, which it replaces, have about half of that.
func TestWinogradError(t *testing.T) {
	inputs := map[string]func(r *rand.Rand) float64{
		"normal": func(r *rand.Rand) float64 { return r.NormFloat64() },
		"relu":   func(r *rand.Rand) float64 { return max(0, r.NormFloat64()) },
		"far":    func(r *rand.Rand) float64 { return 100 + r.NormFloat64() },
		"large": func(r *rand.Rand) float64 {
			if r.IntN(100) == 0 {
				return 1e4 * r.NormFloat64()
			}
			return r.NormFloat64()
		},
	}
	for _, c := range []int{16, 64, 300} {
		s := conv(4, 12, 16, c, 3, 3, 24, 1, 1, 1, 1, true, 1)
		if !winogradFits(&s, s.OH, s.OW, false) {
			t.Fatalf("%d channels: not by Winograd's algorithm", c)
		}
		for name, draw := range inputs {
			t.Run(fmt.Sprintf("%s/%d", name, c), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(c), 1))
				o := newOperands(s)
				for _, m := range []memory{o.x, o.dy} {
					for i := range m.data() {
						m.data()[i] = float32(draw(r))
					}
				}
				y, dx, dw, _ := reference(s, o, false, false)
				gy, gdx, gdw, _ := results(t, isa.Detect(), par.Serial{}, s, o, false, false)
				for _, k := range []struct {
					name string
					got  []float32
					want []float64
				}{{"y", gy, y}, {"dx", gdx, dx}, {"dw", gdw, dw}} {
					var sum, squares, most float64
					for i, v := range k.want {
						d := float64(k.got[i]) - v
						sum, squares, most = sum+d*d, squares+v*v, max(most, math.Abs(d))
					}
					size := math.Sqrt(squares / float64(len(k.want)))
					rms, most := math.Sqrt(sum/float64(len(k.want)))/size, most/size
					t.Logf("%s: %.1e, at most %.1e", k.name, rms, most)
					if !(rms < 2e-6) || !(most < 4e-5) {
						t.Errorf("%s: the error is %.1e, at most %.1e", k.name, rms, most)
					}
				}
			})
		}
	}
}
