package plan

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

// Ops of vectors: rows makes each element of those of that index; peek of that of the first input and all of the others; norm, in two
// phases, of those and all of the first input; all, as a whole, of everything.
type (
	rows struct{}
	peek struct{}
	norm struct{}
	all  struct{}
)

func (rows) Kind() string                          { return "rows" }
func (rows) Infer(in []op.Spec) ([]op.Spec, error) { return in[:1], nil }
func (peek) Kind() string                          { return "peek" }
func (peek) Infer(in []op.Spec) ([]op.Spec, error) { return in[:1], nil }
func (norm) Kind() string                          { return "norm" }
func (norm) Infer(in []op.Spec) ([]op.Spec, error) { return in[:1], nil }
func (all) Kind() string                           { return "all" }
func (all) Infer(in []op.Spec) ([]op.Spec, error)  { return in[:1], nil }

const length = 32

func phasesOf(o *op.Op) []Phase {
	p := RowByRow(o.In, o.Outs)
	switch o.Def.(type) {
	case rows:
		return p
	case peek:
		for i := range p[0].In {
			p[0].In[i] = i == 0
		}
		return p
	case norm:
		sums := p[0]
		sums.Grain, sums.Out = 2, []bool{false}
		return []Phase{sums, p[0]}
	}
	return nil
}

func inPlaceOf(o *op.Op) [][2]int {
	switch o.Def.(type) {
	case all:
		return nil
	case peek:
		return [][2]int{{0, 0}}
	}
	return [][2]int{{0, 0}, {0, len(o.In) - 1}}
}

// mix is a number that depends on all of its arguments.
func mix(x ...uint32) uint32 {
	h := uint32(17)
	for _, v := range x {
		h = (h ^ v) * 0x9e3779b1
		h ^= h >> 15
	}
	return h
}

// simulator runs a plan on numbers.
type simulator struct {
	p     *Plan
	arena []uint32
	sums  map[int]uint32 // by step
}

func (s *simulator) value(i int) []uint32 { return s.arena[s.p.Values[i].Offset/4:][:length] }

func (s *simulator) row(t Part, r int) {
	step := &s.p.Steps[t.Step]
	x := []uint32{uint32(t.Step)}
	_, peeks := step.Op.Def.(peek)
	for k, i := range step.In {
		if peeks && k > 0 {
			x = append(x, s.value(i)...)
			continue
		}
		x = append(x, s.value(i)[r])
	}
	if _, ok := step.Op.Def.(norm); ok {
		if t.Phase == 0 {
			s.sums[t.Step] += s.value(step.In[0])[r]
			return
		}
		x = append(x, s.sums[t.Step])
	}
	s.value(step.Out[0])[r] = mix(x...)
}

func (s *simulator) whole(step int) {
	t := &s.p.Steps[step]
	switch t.Op.Def.(type) {
	case all:
		var h []uint32
		for _, i := range t.In {
			h = append(h, s.value(i)...)
		}
		for r := range s.value(t.Out[0]) {
			s.value(t.Out[0])[r] = mix(append(h, uint32(r))...)
		}
	case norm:
		s.eachRow(Part{step, 0})
		s.eachRow(Part{step, 1})
	default:
		s.eachRow(Part{step, 0})
	}
}

func (s *simulator) eachRow(t Part) {
	for r := range length {
		s.row(t, r)
	}
}

func (s *simulator) run(r *rand.Rand) {
	for _, g := range s.p.Groups {
		if g.Parts[0].Phase == Whole {
			s.whole(g.Parts[0].Step)
			continue
		}
		for _, b := range r.Perm(g.Rows / g.Grain) {
			for _, t := range g.Parts {
				for k := range g.Grain {
					s.row(t, b*g.Grain+k)
				}
			}
		}
	}
}

// TestChainsComputeTheSame runs plans with chains, which share memory, and plans of whole steps, which do not.
func TestChainsComputeTheSame(t *testing.T) {
	chains, shared := 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := op.NewGraph(op.Float32)
		nodes := []*op.Node{g.Input("x", op.Float32, length)}
		for range 25 {
			in := []*op.Node{nodes[len(nodes)-1], nodes[max(0, len(nodes)-1-r.IntN(4))]}[:1+r.IntN(2)]
			d := []op.Def{rows{}, rows{}, rows{}, peek{}, norm{}, norm{}, all{}}[r.IntN(7)]
			nodes = append(nodes, g.Apply(d, in...))
		}
		if g.Err() != nil {
			t.Fatal(g.Err())
		}
		keep := []*op.Node{nodes[len(nodes)-1], nodes[r.IntN(len(nodes))]}
		o := Options{Keep: keep, IsState: func(string) bool { return false }, Scratch: func(*op.Op) int { return 0 }}
		var results [2][][]uint32
		for k := range results {
			if k == 1 {
				o.Phases, o.InPlace, o.Cached = phasesOf, inPlaceOf, 1
			}
			p, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			check(t, p)
			s := simulator{p, make([]uint32, p.Arena/4), map[int]uint32{}}
			for i := range p.Values {
				if p.Values[i].Input != "" {
					for j := range s.value(i) {
						s.value(i)[j] = uint32(j)
					}
				}
				if p.Values[i].home != i {
					shared++
				}
			}
			s.run(r)
			for _, n := range keep {
				i, _ := p.Value(n)
				results[k] = append(results[k], slices.Clone(s.value(i)))
			}
			for _, g := range p.Groups {
				if len(g.Parts) > 1 {
					chains++
				}
			}
		}
		for k := range keep {
			if !slices.Equal(results[0][k], results[1][k]) {
				t.Fatalf("seed %d: chains compute something else", seed)
			}
		}
	}
	if chains == 0 || shared == 0 {
		t.Errorf("%d chains, %d values in the memory of others: nothing was tested", chains, shared)
	}
}

// TestLittleIsNotChained leaves steps whole that stay in the cache anyway.
func TestLittleIsNotChained(t *testing.T) {
	g := op.NewGraph(op.Float32)
	n := g.Input("x", op.Float32, length)
	for range 4 {
		n = g.Apply(rows{}, n)
	}
	p, err := New(Options{Keep: []*op.Node{n}, IsState: func(string) bool { return false }, Scratch: func(*op.Op) int { return 0 }, Phases: phasesOf})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Groups) != 4 {
		t.Errorf("%d groups, want 4: %+v", len(p.Groups), p.Groups)
	}
}
