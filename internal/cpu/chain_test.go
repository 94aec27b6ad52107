package cpu_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

func (n *net) apply(d op.Def, more ...*op.Node) *net {
	n.x = n.g.Apply(d, append([]*op.Node{n.x}, more...)...)
	return n
}

// residual is a network with blocks as in ResNet, and others.
func residual(batch int) (n *net, input *op.Node) {
	relu := op.Unary{Fn: "relu"}
	n = newNet(batch, 9, 7, 3)
	input = n.x
	n.conv(5, 3, 1).norm().apply(relu)
	start := n.x
	n.conv(8, 3, 1).norm().apply(relu).conv(5, 1, 1).norm().apply(op.Binary{Fn: "add"}, start).apply(relu)
	n.conv(17, 3, 2).norm().apply(op.Unary{Fn: "silu"})
	start = n.x
	n.norm().apply(op.Unary{Fn: "leaky_relu", A: 0.1}).apply(op.Binary{Fn: "mul"}, start).pool().flat().dense(4, false)
	return n, input
}

// TestChainsHaveTheSameBits runs training steps as chains of all sorts, and as whole steps that do not share memory.
func TestChainsHaveTheSameBits(t *testing.T) {
	for _, batch := range []int{8, 33, 64} {
		n, input := residual(batch)
		cost := n.g.Apply(op.Reduce{Fn: "mean"}, n.x)
		if n.g.Err() != nil {
			t.Fatal(n.g.Err())
		}
		grads, err := gorgonia.Grad(cost, append(n.weights, input)...)
		if err != nil {
			t.Fatal(err)
		}
		keep := append([]*op.Node{cost}, grads...)
		var want [][]float32
		for _, i := range isa.All() {
			for _, workers := range []int{1, 3} {
				for _, chained := range []bool{false, true} {
					got, chains := runNet(t, keep, i, workers, chained)
					if (chains > 0) != chained {
						t.Errorf("batch %d, %d workers, chained %v: %d chains", batch, workers, chained, chains)
					}
					if want == nil {
						want = got
					}
					for k := range want {
						for j, v := range want[k] {
							if math.Float32bits(got[k][j]) != math.Float32bits(v) {
								t.Fatalf("batch %d, %v, %d workers, chained %v: value %d has %g at %d, want %g", batch, i, workers, chained, k, got[k][j], j, v)
							}
						}
					}
				}
			}
		}
	}
}

// runNet computes the values to keep, and tells how many chains there were.
func runNet(t *testing.T, keep []*op.Node, i isa.ISA, workers int, chained bool) (got [][]float32, chains int) {
	t.Helper()
	m := &cpu.Machine{Pool: cpu.NewPool(workers), ISA: i}
	defer m.Close()
	o := plan.Options{Keep: keep, IsState: func(string) bool { return true }, Scratch: m.Scratch}
	if chained {
		o.Phases, o.InPlace, o.Cached, o.Pools = m.Phases, m.InPlace, 1, true
	}
	p, err := plan.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range p.Groups {
		if len(g.Parts) > 1 {
			chains++
		}
	}
	prog, err := cpu.Compile[float32](p, m, &cpu.Arena{}, func(name string) ([]float32, error) {
		for _, v := range p.Values {
			if v.Input == name {
				f := cpu.NewFloats[float32](v.Spec.Elems())
				for i := range f {
					f[i] = float32((i*7919+len(f))%31-14) * 0.05
				}
				return f, nil
			}
		}
		return nil, fmt.Errorf("no %s", name)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what a step leaves behind must not matter to the next
		if err := prog.Run(&cpu.Context{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range keep {
		b, err := prog.Buf(n)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b.F)
	}
	return got, chains
}

// TestJoinedActivationsHaveTheSameBits runs dense layers with activations between them: those whose derivative is of the input, of the output, of
// both, and, last, one whose sum nobody else reads; joined with the products, and as steps of their own.
func TestJoinedActivationsHaveTheSameBits(t *testing.T) {
	for _, rows := range []int{3, 8, 37, 261} {
		n := newNet(rows, 19)
		for _, fn := range []string{"gelu", "tanh", "elu", "silu", "sin"} {
			n.dense(45, false).apply(op.Unary{Fn: fn, A: 1})
		}
		n.dense(300, false).apply(op.Unary{Fn: "tanh"})
		cost := n.g.Apply(op.Reduce{Fn: "mean"}, n.x)
		if n.g.Err() != nil {
			t.Fatal(n.g.Err())
		}
		grads, err := gorgonia.Grad(cost, n.weights...)
		if err != nil {
			t.Fatal(err)
		}
		keep := append([]*op.Node{cost}, grads...)
		var want [][]float32
		for _, i := range isa.All() {
			for _, workers := range []int{1, 3} {
				for _, joined := range []bool{false, true} {
					got, _ := runNet(t, keep, i, workers, joined)
					if want == nil {
						want = got
					}
					for k := range want {
						for j, v := range want[k] {
							if math.Float32bits(got[k][j]) != math.Float32bits(v) {
								t.Fatalf("%d rows, %v, %d workers, joined %v: value %d has %g at %d, want %g", rows, i, workers, joined, k, got[k][j], j, v)
							}
						}
					}
				}
			}
		}
	}
}
