package cpu_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// net builds a chain of ops with weights, its sum as the cost, and the gradients.
type net struct {
	g       *op.Graph
	x       *op.Node
	weights []*op.Node
}

func newNet(shape ...int) *net {
	g := op.NewGraph(op.Float32)
	return &net{g: g, x: g.Input("x", op.Float32, shape...)}
}

func (n *net) weight(shape ...int) *op.Node {
	w := n.g.Input(fmt.Sprintf("w%d", len(n.weights)), op.Float32, shape...)
	n.weights = append(n.weights, w)
	return w
}

func (n *net) dense(units int, relu bool) *net {
	s := n.x.Shape()
	n.x = n.g.Apply(op.Dense{Bias: true, Relu: relu}, n.x, n.weight(s[len(s)-1], units), n.weight(units))
	return n
}

func (n *net) conv(filters, size, stride int) *net {
	w := op.Window{Size: [2]int{size, size}, Strides: [2]int{stride, stride}, Same: true}
	n.x = n.g.Apply(op.Conv2D{Window: w, Groups: 1, Bias: true, Relu: true}, n.x, n.weight(size, size, n.x.Shape()[3], filters), n.weight(filters))
	return n
}

func (n *net) pool() *net {
	n.x = n.g.Apply(op.MaxPool2D{Window: op.Window{Size: [2]int{2, 2}, Strides: [2]int{2, 2}}}, n.x)
	return n
}

func (n *net) norm() *net {
	c := n.x.Shape()[len(n.x.Shape())-1]
	n.x = n.g.Apply(op.BatchNorm{Axis: len(n.x.Shape()) - 1, Epsilon: 1e-3, Momentum: 0.9, Scale: true, Center: true}, n.x,
		n.g.Input(fmt.Sprintf("m%d", len(n.weights)), op.Float32, c), n.g.Input(fmt.Sprintf("v%d", len(n.weights)), op.Float32, c), n.weight(c), n.weight(c))
	return n
}

func (n *net) flat() *net {
	s := n.x.Shape()
	n.x = n.g.Apply(op.Reshape{To: []int{s[0], s.TotalSize() / s[0]}}, n.x)
	return n
}

func (n *net) bench(b *testing.B) {
	cost := n.g.Apply(op.Reduce{Fn: "sum"}, n.x)
	if n.g.Err() != nil {
		b.Fatal(n.g.Err())
	}
	grads, err := gorgonia.Grad(cost, n.weights...)
	if err != nil {
		b.Fatal(err)
	}
	n.run(b, append([]*op.Node{cost}, grads...))
}

// run measures the computation of these nodes.
func (n *net) run(b *testing.B, keep []*op.Node) {
	for _, workers := range []int{1, 2} {
		m := &cpu.Machine{Pool: cpu.NewPool(workers), ISA: isa.Detect()}
		defer m.Close()
		p, err := plan.New(plan.Options{Keep: keep, IsState: func(string) bool { return true }, Scratch: m.Scratch})
		if err != nil {
			b.Fatal(err)
		}
		prog, err := cpu.Compile[float32](p, m, &cpu.Arena{}, func(name string) ([]float32, error) {
			for _, v := range p.Values {
				if v.Input == name {
					f := cpu.NewFloats[float32](v.Spec.Elems())
					for i := range f {
						f[i] = float32(i%17-8) * 0.01
					}
					return f, nil
				}
			}
			return nil, fmt.Errorf("no %s", name)
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			c := &cpu.Context{}
			for b.Loop() {
				if err := prog.Run(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMLP(b *testing.B) {
	newNet(128, 784).dense(512, true).dense(512, true).dense(10, false).bench(b)
}

func BenchmarkConvNet(b *testing.B) {
	newNet(32, 32, 32, 3).conv(32, 3, 1).pool().conv(64, 3, 1).pool().flat().dense(128, true).dense(10, false).bench(b)
}

func BenchmarkBatchNorm(b *testing.B) {
	newNet(32, 32, 32, 32).norm().bench(b)
}

func BenchmarkConv(b *testing.B) {
	newNet(32, 16, 16, 64).conv(64, 3, 1).bench(b)
}
