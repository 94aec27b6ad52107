package plan

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
)

// TestRectifiedIsJoined builds two dense layers, one above the other, and looks at what their gradients do.
func TestRectifiedIsJoined(t *testing.T) {
	drop := op.Dropout{Rate: 0.5, Stream: 3}
	for name, c := range map[string]struct {
		relu, drop, between, reread bool
		joined                      bool
	}{
		"relu":              {relu: true, joined: true},
		"relu and dropout":  {relu: true, drop: true, joined: true},
		"linear":            {},
		"dropout alone":     {drop: true},
		"something between": {relu: true, between: true},
		"output read twice": {relu: true, reread: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := op.NewGraph(op.Float32)
			x, w, u := g.Input("x", op.Float32, 4, 3), g.Input("w", op.Float32, 3, 5), g.Input("u", op.Float32, 5, 2)
			y := g.Apply(op.Dense{Relu: c.relu}, x, w)
			if c.drop {
				y = g.Apply(drop, y)
			}
			in := y
			if c.between {
				in = g.Apply(op.Unary{Fn: "tanh"}, y)
			}
			cost := g.Apply(op.Reduce{Fn: "sum"}, g.Apply(op.Dense{}, in, u))
			if c.reread {
				cost = g.Apply(op.Binary{Fn: "add"}, cost, g.Apply(op.Reduce{Fn: "sum"}, y))
			}
			if g.Err() != nil {
				t.Fatal(g.Err())
			}
			grads, err := gorgonia.Grad(cost, w, u)
			if err != nil {
				t.Fatal(err)
			}
			p, err := New(Options{Keep: append(grads, cost), IsState: func(s string) bool { return s == "w" || s == "u" }, Scratch: func(*op.Op) int { return 0 }})
			if err != nil {
				t.Fatal(err)
			}
			below, ready := 0, 0
			for i := range p.Steps {
				d, ok := defOf[op.DenseGrad](&p.Steps[i])
				if ok && d.Below != nil {
					below++
					if !d.Below.Relu || (d.Below.Dropped != nil) != c.drop {
						t.Errorf("the layer below is taken for %+v", *d.Below)
					}
				}
				if ok && d.Ready {
					ready++
				}
			}
			want := 0
			if c.joined {
				want = 1
			}
			if below != want || ready != want {
				t.Errorf("%d gradients do it for the layer below, %d find it done, want %d", below, ready, want)
			}
			check(t, p)
		})
	}
}
