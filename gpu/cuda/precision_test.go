//go:build cuda

package cuda_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/internal/plan"
)

// products are operations whose factors are rounded, in shapes that fill no tile.
var products = []struct {
	name  string
	def   op.Def
	in    [][]int
	terms int // in the sum of an element
}{
	{"dense", op.Dense{Bias: true, Relu: true}, [][]int{{67, 37}, {37, 70}, {70}}, 37},
	{"dense in parts", op.Dense{}, [][]int{{3, 5000}, {5000, 9}}, 5000},
	{"nn", op.MatMul{}, [][]int{{2, 67, 37}, {2, 37, 70}}, 37},
	{"nt", op.MatMul{TransB: true}, [][]int{{2, 67, 37}, {2, 70, 37}}, 37},
	{"tn", op.MatMul{TransA: true}, [][]int{{2, 37, 67}, {2, 37, 70}}, 37},
	{"tt", op.MatMul{TransA: true, TransB: true}, [][]int{{2, 37, 67}, {2, 70, 37}}, 37},
	{"conv", op.Conv2D{Window: op.Window{Size: [2]int{3, 3}, Strides: [2]int{1, 1}, Same: true}, Groups: 1}, [][]int{{2, 7, 6, 9}, {3, 3, 9, 11}}, 81},
	{"conv gradients", op.Conv2DGrad{Conv2D: op.Conv2D{Window: op.Window{Size: [2]int{3, 3}, Strides: [2]int{2, 2}, Same: true}, Groups: 1}}, [][]int{{2, 7, 6, 9}, {3, 3, 9, 11}, {2, 4, 3, 11}, {2, 4, 3, 11}}, 99},
}

// rounded runs an operation in a precision on inputs that f gives.
func rounded(t *testing.T, def op.Def, shapes [][]int, p gpu.Precision, f func() float64) [][]float64 {
	t.Helper()
	g := op.NewGraph(op.Float32)
	var in []*op.Node
	for i, s := range shapes {
		in = append(in, g.Input(fmt.Sprint("in", i), op.Float32, s...))
	}
	n := g.Apply(def, in...)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	var keep []*op.Node
	for k := range n.Op().(*op.Op).Outs {
		keep = append(keep, g.Pick(n, k))
	}
	d := device{Device: open(t)}
	o := d.Options()
	o.Keep, o.IsState = keep, func(string) bool { return false }
	pl, err := plan.New(o)
	if err != nil {
		t.Fatal(err)
	}
	d.precision = p
	inputs := map[*op.Node][]float64{}
	for _, n := range in {
		v := make([]float64, op.SpecOf(n).Elems())
		for i := range v {
			v[i] = f()
		}
		if _, ok := pl.Value(n); ok {
			inputs[n] = v
		}
	}
	_, out, err := d.Run(pl, keep, 0xff, inputs)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Factors that need no rounding give the same in every precision; others are rounded as much as the precision says, and not more.
func TestDevicePrecision(t *testing.T) {
	open(t) // or skip
	bound := map[gpu.Precision]float64{gpu.TF32: 0x1p-11, gpu.BFloat16: 0x1p-8, gpu.Float16: 0x1p-11}
	for _, c := range products {
		t.Run(c.name, func(t *testing.T) {
			run := func(p gpu.Precision, whole bool) [][]float64 {
				rng := rand.New(rand.NewPCG(1, 2))
				return rounded(t, c.def, c.in, p, func() float64 {
					if whole {
						return float64(rng.IntN(9) - 4)
					}
					return float64(float32(2*rng.Float64() - 1))
				})
			}
			exact, near := run(gpu.Float32, true), run(gpu.Float32, false)
			for p, b := range bound {
				for k, v := range run(p, true) {
					if !slices.Equal(v, exact[k]) {
						t.Errorf("precision %d, output %d: whole numbers give something else", p, k)
					}
				}
				differs := false
				for k, v := range run(p, false) {
					for i, x := range v {
						e := math.Abs(x - near[k][i])
						differs = differs || e > 0
						if e > 4*b*math.Sqrt(float64(c.terms)) { // of errors of either sign
							t.Fatalf("precision %d, output %d, element %d: %g, of float32 %g", p, k, i, x, near[k][i])
						}
					}
				}
				if !differs {
					t.Errorf("precision %d rounds nothing", p)
				}
			}
		})
	}
}

// The library is found where DLRUN_LIBCUBLASLT names it; where it is "none" the reason is said.
func TestDeviceLibrary(t *testing.T) {
	name, err := open(t).Library()
	switch os.Getenv("DLRUN_LIBCUBLASLT") {
	case "none":
		if err == nil || !strings.Contains(err.Error(), "cuBLASLt was not found") {
			t.Errorf("%q, %v", name, err)
		}
	case "":
		t.Skipf("what there is on this machine: %q, %v", name, err)
	default:
		if err != nil || !strings.HasPrefix(name, "cuBLASLt ") {
			t.Errorf("%q, %v", name, err)
		}
	}
}

// Where the library has no way to do a product, a kernel does it.
func TestDeviceLibraryRefuses(t *testing.T) {
	if _, err := open(t).Library(); err != nil {
		t.Skip(err)
	}
	c := products[0]
	run := func() [][]float64 {
		rng := rand.New(rand.NewPCG(1, 2))
		return rounded(t, c.def, c.in, gpu.Float32, func() float64 { return float64(rng.IntN(9) - 4) })
	}
	want := run()
	t.Setenv("EMULATED_LT_REFUSE", fmt.Sprint(c.in[1][1]))
	if got := run(); !slices.Equal(got[0], want[0]) {
		t.Error("the kernel gives something else")
	}
}
