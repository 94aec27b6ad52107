package cpu_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// TestRectifiedGradientsKeepTheirBits computes the gradients of two dense layers, where the upper one takes its gradient through the
// ReLU and the dropout of the lower one, and where a product with ones stands between them, so that it does not.
func TestRectifiedGradientsKeepTheirBits(t *testing.T) {
	for _, drop := range []bool{false, true} {
		for _, s := range [][4]int{{3, 4, 5, 2}, {7, 19, 37, 1}, {130, 33, 129, 45}, {64, 32, 600, 300}} {
			t.Run(fmt.Sprint(s, drop), func(t *testing.T) {
				var bits [2][]uint32
				for between := range 2 {
					for workers := 1; workers <= 3; workers += 2 {
						got := rectifiedGradients(t, s, drop, between == 1, workers)
						if bits[between] != nil && !slices.Equal(got, bits[between]) {
							t.Errorf("%d workers change the bits", workers)
						}
						bits[between] = got
					}
				}
				if !slices.Equal(bits[0], bits[1]) {
					t.Error("the gradients differ")
				}
			})
		}
	}
}

func rectifiedGradients(t *testing.T, s [4]int, drop, between bool, workers int) []uint32 {
	t.Helper()
	g := op.NewGraph(op.Float32)
	x, w, v := g.Input("x", op.Float32, s[0], s[1]), g.Input("w", op.Float32, s[1], s[2]), g.Input("v", op.Float32, s[2], s[3])
	ones := g.Input("ones", op.Float32, s[0], s[2])
	y := g.Apply(op.Dense{Relu: true}, x, w)
	if drop {
		y = g.Apply(op.Dropout{Rate: 0.3, Stream: 5}, y)
	}
	if between {
		y = g.Apply(op.Binary{Fn: "mul"}, y, ones)
	}
	z := g.Apply(op.Dense{}, y, v)
	cost := g.Apply(op.Reduce{Fn: "sum"}, g.Apply(op.Binary{Fn: "mul"}, z, z))
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	grads, err := gorgonia.Grad(cost, x, w, v)
	if err != nil {
		t.Fatal(err)
	}
	m := &cpu.Machine{Pool: cpu.NewPool(workers), ISA: isa.Detect()}
	defer m.Close()
	p, err := plan.New(plan.Options{Keep: grads, IsState: func(string) bool { return true }, Scratch: m.Scratch})
	if err != nil {
		t.Fatal(err)
	}
	state := map[string][]float32{}
	for k, n := range []*op.Node{x, w, v, ones} {
		f := cpu.NewFloats[float32](op.SpecOf(n).Elems())
		for i := range f {
			f[i] = 1
			if n != ones {
				f[i] = float32(math.Sin(float64(i*(k+3)))) * 0.3
			}
		}
		state[n.Name()] = f
	}
	prog, err := cpu.Compile[float32](p, m, &cpu.Arena{}, func(name string) ([]float32, error) { return state[name], nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(&cpu.Context{Seed: 3}); err != nil {
		t.Fatal(err)
	}
	var bits []uint32
	for _, n := range grads {
		b, err := prog.Buf(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range b.F {
			bits = append(bits, math.Float32bits(f))
		}
	}
	return bits
}
