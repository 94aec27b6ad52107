package plan

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
)

// TestDropoutIsJoined counts the steps of layers with dropout behind them, and of their gradients.
func TestDropoutIsJoined(t *testing.T) {
	drop := op.Dropout{Rate: 0.5, Stream: 3}
	for name, c := range map[string]struct {
		drop   op.Dropout
		reread bool // the output before dropout has another reader
		keep   bool // the caller reads it
		joined bool
	}{
		"alone":            {drop: drop, joined: true},
		"read twice":       {drop: drop, reread: true},
		"kept":             {drop: drop, keep: true},
		"shared by a row":  {drop: op.Dropout{Rate: 0.5, Noise: []int{4, 1}}},
		"another sequence": {drop: op.Dropout{Rate: 0.5, Stream: 4, OwnSeed: true, Seed: 9}, joined: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := op.NewGraph(op.Float32)
			x, w := g.Input("x", op.Float32, 4, 3), g.Input("w", op.Float32, 3, 5)
			y := g.Apply(op.Dense{Relu: true}, x, w)
			z := g.Apply(c.drop, y)
			if c.reread {
				z = g.Apply(op.Binary{Fn: "add"}, z, y)
			}
			cost := g.Apply(op.Reduce{Fn: "sum"}, z)
			if g.Err() != nil {
				t.Fatal(g.Err())
			}
			grads, err := gorgonia.Grad(cost, w)
			if err != nil {
				t.Fatal(err)
			}
			keep := append([]*op.Node{cost}, grads...)
			if c.keep {
				keep = append(keep, y)
			}
			p, err := New(Options{Keep: keep, IsState: func(s string) bool { return s == "w" }, Scratch: func(*op.Op) int { return 0 }})
			if err != nil {
				t.Fatal(err)
			}
			drops, dropped := 0, 0
			for i := range p.Steps {
				s := &p.Steps[i]
				if _, ok := defOf[op.Dropout](s); ok {
					drops++
				}
				if d, ok := defOf[op.Dense](s); ok && d.Dropped != nil {
					dropped++
				}
				if d, ok := defOf[op.DenseGrad](s); ok && d.Dropped != nil {
					dropped++
				}
			}
			want := [2]int{2, 0}
			if c.joined {
				want = [2]int{0, 2}
			}
			if got := [2]int{drops, dropped}; got != want {
				t.Errorf("%d dropouts, and %d steps with one in them, want %v", drops, dropped, want)
			}
			check(t, p)
		})
	}
}
