package plan

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

// sum is an op of any number of inputs and two outputs of the first input's shape.
type sum struct{}

func (sum) Kind() string                          { return "sum" }
func (sum) Infer(in []op.Spec) ([]op.Spec, error) { return []op.Spec{in[0], in[0]}, nil }

// TestMemoryIsNeverShared plans random graphs and checks that no two values that are needed at the
// same time overlap, and that memory is reused at all.
func TestMemoryIsNeverShared(t *testing.T) {
	reused := false
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := op.NewGraph(op.Float32)
		nodes := []*op.Node{g.Input("x", op.Float32, 1+r.IntN(50))}
		for i := range 30 {
			n := nodes[max(0, len(nodes)-1-r.IntN(5))]
			switch r.IntN(4) {
			case 0:
				n = g.Apply(op.Reshape{To: []int{1, op.SpecOf(n).Elems()}}, n)
			case 1:
				n = g.Pick(g.Apply(sum{}, n), 1)
			case 2:
				n = g.Input(fmt.Sprint("in", i), op.Float32, 1+r.IntN(50))
			default:
				n = g.Apply(sum{}, n, nodes[r.IntN(len(nodes))])
			}
			nodes = append(nodes, n)
		}
		if g.Err() != nil {
			t.Fatal(g.Err())
		}
		p, err := New(Options{
			Keep: []*op.Node{nodes[len(nodes)-1], nodes[len(nodes)/2]}, IsState: func(s string) bool { return s == "x" },
			Scratch: func(*op.Op) int { return 4 * r.IntN(40) },
		})
		if err != nil {
			t.Fatal(err)
		}
		reused = reused || p.Arena < p.Unplanned
		check(t, p)
	}
	if !reused {
		t.Error("no plan reused any memory")
	}
}

func check(t *testing.T, p *Plan) {
	t.Helper()
	type span struct{ lo, hi, first, last int }
	var all []span
	for i, v := range p.Values {
		if !v.State && (v.Read || v.Input != "") && v.home == i {
			all = append(all, span{v.Offset, v.Offset + v.Spec.Bytes(), v.first, v.last})
		}
	}
	for _, s := range p.Steps {
		if s.ScratchBytes > 0 {
			all = append(all, span{s.Scratch, s.Scratch + s.ScratchBytes, s.first, s.last})
		}
	}
	for i, a := range all {
		if a.lo%Align != 0 || a.hi > p.Arena {
			t.Fatalf("value at %d..%d in an arena of %d", a.lo, a.hi, p.Arena)
		}
		for _, b := range all[:i] {
			if a.lo < b.hi && b.lo < a.hi && a.first <= b.last && b.first <= a.last {
				t.Fatalf("values overlap in memory and time: %+v %+v", a, b)
			}
		}
	}
	for i, s := range p.Steps {
		for _, in := range s.In {
			if v := p.Values[in]; v.last < p.Steps[i].first || !v.Read {
				t.Fatalf("step %d reads a value that is dead by then", i)
			}
		}
	}
}

// TestMissingNode refuses to plan a node that could not be made.
func TestMissingNode(t *testing.T) {
	if _, err := New(Options{Keep: []*op.Node{nil}}); err == nil {
		t.Error("a missing node was planned")
	}
}
