package cpu_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
)

// BenchmarkAttention measures the shapes of a small GPT, of a vision transformer, of an encoder and a decoder.
func BenchmarkAttention(b *testing.B) {
	for _, c := range []struct {
		batch, t, s, heads, groups, depth int
		causal                            bool
	}{
		{16, 128, 128, 4, 4, 32, true},
		{4, 197, 197, 12, 12, 64, false},
		{8, 77, 77, 8, 8, 64, true},
		{8, 64, 197, 8, 2, 48, false},
		{1, 1024, 1024, 4, 4, 64, true},
	} {
		for _, grad := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dx%dx%dx%dx%dx%d/causal=%v/grad=%v", c.batch, c.t, c.s, c.heads, c.groups, c.depth, c.causal, grad), func(b *testing.B) {
				n := newNet(1)
				q := n.g.Input("q", op.Float32, c.batch, c.t, c.heads, c.depth)
				k := n.g.Input("k", op.Float32, c.batch, c.s, c.groups, c.depth)
				v := n.g.Input("v", op.Float32, c.batch, c.s, c.groups, c.depth)
				y := n.g.Apply(op.Attention{Scale: 0.2, Sight: op.Sight{Causal: c.causal, Mean: true}}, q, k, v)
				keep := []*op.Node{y}
				if grad {
					cost := n.g.Apply(op.Reduce{Fn: "sum"}, y)
					if n.g.Err() != nil {
						b.Fatal(n.g.Err())
					}
					grads, err := gorgonia.Grad(cost, q, k, v)
					if err != nil {
						b.Fatal(err)
					}
					keep = grads
				}
				if n.g.Err() != nil {
					b.Fatal(n.g.Err())
				}
				n.run(b, keep)
			})
		}
	}
}
