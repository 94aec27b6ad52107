package plan

import (
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

// TestPoolsAreJoined counts the steps of a convolution with a pooling behind.
func TestPoolsAreJoined(t *testing.T) {
	window := func(size, stride int, same bool) op.Window {
		return op.Window{Size: [2]int{size, size}, Strides: [2]int{stride, stride}, Same: same}
	}
	for name, c := range map[string]struct {
		pool   op.Def
		reread bool  // the output before pooling has another reader
		places bool  // somebody reads where the largest elements are
		off    bool  // the executor cannot
		shape  []int // what the pooling sees the output as
		joined bool
	}{
		"max":              {pool: op.MaxPool2D{Window: window(2, 2, false)}, joined: true},
		"mean":             {pool: op.AvgPool2D{Window: window(4, 4, false)}, joined: true},
		"same, even":       {pool: op.MaxPool2D{Window: window(2, 2, true)}, joined: true},
		"same, a part":     {pool: op.MaxPool2D{Window: window(4, 4, true)}},
		"overlapping":      {pool: op.MaxPool2D{Window: window(2, 1, false)}},
		"across tiles":     {pool: op.MaxPool2D{Window: window(3, 3, false)}},
		"read twice":       {pool: op.AvgPool2D{Window: window(2, 2, false)}, reread: true},
		"where":            {pool: op.MaxPool2D{Window: window(2, 2, false)}, places: true},
		"other axes":       {pool: op.MaxPool2D{Window: op.Window{Size: [2]int{2, 1}, Strides: [2]int{2, 1}}}, shape: []int{50, 10, 1, 4}},
		"the executor not": {pool: op.MaxPool2D{Window: window(2, 2, false)}, off: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := op.NewGraph(op.Float32)
			x, w := g.Input("x", op.Float32, 5, 10, 10, 3), g.Input("w", op.Float32, 3, 3, 3, 4)
			y := g.Apply(op.Conv2D{Window: window(3, 1, true), Groups: 1}, x, w)
			seen := y
			if c.shape != nil {
				seen = g.Apply(op.Reshape{To: c.shape}, y)
			}
			z := g.Apply(c.pool, seen)
			keep := []*op.Node{z}
			if c.reread {
				keep = append(keep, g.Apply(op.Unary{Fn: "relu"}, y))
			}
			if c.places {
				keep = append(keep, g.Apply(op.Cast{To: op.Float32}, g.Pick(z, 1)))
			}
			if g.Err() != nil {
				t.Fatal(g.Err())
			}
			p, err := New(Options{Keep: keep, IsState: func(s string) bool { return s == "w" }, Scratch: func(*op.Op) int { return 0 }, Pools: !c.off})
			if err != nil {
				t.Fatal(err)
			}
			d, ok := defOf[op.Conv2D](&p.Steps[0])
			if joined := ok && d.Pooled != nil; joined != c.joined {
				t.Errorf("joined %v, want %v", joined, c.joined)
			}
			if c.joined {
				v, _ := p.Value(z)
				if len(p.Steps) != 1 || len(p.Steps[0].Out) != 1 || p.Steps[0].Out[0] != v || p.Steps[0].Op.Outs[0].Elems() != p.Values[v].Spec.Elems() {
					t.Errorf("the steps are %+v", p.Steps)
				}
			}
			check(t, p)
		})
	}
}
