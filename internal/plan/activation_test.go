package plan

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
)

// TestActivationsAreJoined builds two dense layers with an activation between them, and looks at who computes it and its gradient.
func TestActivationsAreJoined(t *testing.T) {
	for name, c := range map[string]struct {
		apart, reread bool
		inPlace       bool
		then, behind  int
		slopes        int // layers that keep the derivative, and gradients that take it
	}{
		"in place":           {inPlace: true, then: 1, behind: 1, slopes: 2},
		"elsewhere":          {},
		"output read twice":  {inPlace: true, reread: true, then: 1},
		"another executor's": {inPlace: true, apart: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := op.NewGraph(op.Float32)
			x, w, u := g.Input("x", op.Float32, 4, 3), g.Input("w", op.Float32, 3, 5), g.Input("u", op.Float32, 5, 2)
			y := g.Apply(op.Unary{Fn: "gelu"}, g.Apply(op.Dense{}, x, w))
			cost := g.Apply(op.Reduce{Fn: "sum"}, g.Apply(op.Dense{}, y, u))
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
			p, err := New(Options{
				Keep: append(grads, cost), IsState: func(s string) bool { return s == "w" || s == "u" }, Scratch: func(*op.Op) int { return 0 }, Apart: c.apart,
				InPlace: func(o *op.Op) [][2]int {
					switch o.Def.(type) {
					case op.Unary, op.UnaryGrad:
						if c.inPlace {
							return [][2]int{{0, len(o.In) - 1}}
						}
					}
					return nil
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			then, behind, alone, slopes := 0, 0, 0, 0
			for i := range p.Steps {
				s := &p.Steps[i]
				if d, ok := defOf[op.Dense](s); ok && d.Then != nil {
					then++
					if len(s.Out) != 2 || len(s.Op.Outs) != 2 {
						t.Errorf("outputs %v of specs %v", s.Out, s.Op.Outs)
					}
				}
				if d, ok := defOf[op.DenseGrad](s); ok && d.Behind != nil {
					behind++
					if len(s.In) != 5 || len(s.Op.In) != 5 {
						t.Errorf("inputs %v of specs %v", s.In, s.Op.In)
					}
				}
				if d, ok := defOf[op.Dense](s); ok && d.Slope {
					slopes++
				}
				if d, ok := defOf[op.DenseGrad](s); ok && d.Sloped {
					slopes++
				}
				if s.Op != nil && (s.Op.Kind() == "unary" || s.Op.Kind() == "unary.grad") {
					alone++
				}
			}
			if then != c.then || behind != c.behind || alone != 2-c.then-c.behind || slopes != c.slopes {
				t.Errorf("%d layers compute what is behind them, %d gradients, %d activations are left, %d derivatives are kept or taken", then, behind, alone, slopes)
			}
			check(t, p)
		})
	}
}
