package optimizer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

func decode(t *testing.T, name, args string) (Optimizer, hcl.Diagnostics) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	o, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, nil, "optimizer")
	return o, diags
}

// vectors are steps as Keras takes them; testdata/vectors.py makes them.
type vectors struct {
	Shapes [][]int
	Start  [][]float64
	Grads  [][][]float64 // step, weight
	Cases  []struct {
		Optimizer, Args string
		Slots           []string
		Steps           [][][]float64
		Final           [][]float64
	}
}

func TestKerasVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, c := range v.Cases {
		seen[c.Optimizer] = true
		t.Run(fmt.Sprintf("%d %s", i, c.Optimizer), func(t *testing.T) {
			o, diags := decode(t, c.Optimizer, c.Args)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			var slots []string
			for _, s := range o.Slots() {
				slots = append(slots, s.Name)
			}
			a, b := slices.Sorted(slices.Values(slots)), slices.Sorted(slices.Values(c.Slots))
			if !slices.Equal(a, b) {
				t.Errorf("slots %v, Keras has %v", a, b)
			}
			tr := newTrainer(t, o, &v)
			for k, want := range c.Steps {
				tr.step(k+1, v.Grads[k])
				for j := range want {
					check(t, fmt.Sprintf("%s: step %d, weight %d", c.Args, k+1, j), tr.weights[j], want[j])
				}
			}
			if i := slices.Index(slots, AverageSlot); i >= 0 {
				for j := range tr.weights {
					copy(tr.weights[j], tr.slots[j][i])
				}
			}
			for j := range c.Final {
				check(t, fmt.Sprintf("%s: the end, weight %d", c.Args, j), tr.weights[j], c.Final[j])
			}
		})
	}
	for _, name := range Registry.Names() {
		if !seen[name] {
			t.Errorf("optimizer %s has no vector: add one to testdata/vectors.py", name)
		}
	}
}

func check(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 1e-6*max(1, math.Abs(w)) {
			t.Errorf("%s, element %d: %.9g, Keras has %.9g", what, i, got[i], w)
		}
	}
}

// trainer updates weights by gradients that are given.
type trainer struct {
	t       *testing.T
	o       Optimizer
	weights [][]float32
	slots   [][][]float32 // weight, slot
	hyper   []float32
	grads   []*op.Node
	prog    *cpu.Program[float32]
}

func newTrainer(t *testing.T, o Optimizer, v *vectors) *trainer {
	t.Helper()
	g := op.NewGraph(op.Float32)
	tr := &trainer{t: t, o: o, hyper: make([]float32, len(o.Hyper(1, 0)))}
	state := map[string][]float32{"hyper": tr.hyper}
	for i, s := range v.Shapes {
		tr.grads = append(tr.grads, g.Input(fmt.Sprint("g", i), op.Float32, s...))
	}
	clipped := o.Common().Clip(g, tr.grads)
	hyper := g.Input("hyper", op.Float32, len(tr.hyper))
	var also []*op.Node
	for i, s := range v.Shapes {
		name := fmt.Sprint("w", i)
		w := make([]float32, len(v.Start[i]))
		for k, x := range v.Start[i] {
			w[k] = float32(x)
		}
		tr.weights = append(tr.weights, w)
		state[name] = w
		p := Param{Path: name, W: g.Input(name, op.Float32, s...), Grad: clipped[i], Hyper: hyper}
		var slots [][]float32
		for _, slot := range o.Slots() {
			shape := slot.For(name, s)
			mem := make([]float32, op.Spec{Shape: shape}.Elems())
			for k := range mem {
				mem[k] = float32(slot.Init)
			}
			slots = append(slots, mem)
			state[name+slot.Name] = mem
			p.Slots = append(p.Slots, g.Input(name+slot.Name, op.Float32, shape...))
		}
		tr.slots = append(tr.slots, slots)
		also = append(also, o.Update(g, p))
	}
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	m := &cpu.Machine{Pool: cpu.NewPool(1), ISA: isa.Detect()}
	t.Cleanup(m.Close)
	pl, err := plan.New(plan.Options{Also: also, IsState: func(n string) bool { return state[n] != nil }, Scratch: m.Scratch})
	if err != nil {
		t.Fatal(err)
	}
	tr.prog, err = cpu.Compile(pl, m, new(cpu.Arena), func(name string) ([]float32, error) { return state[name], nil })
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (tr *trainer) step(n int, grads [][]float64) {
	tr.t.Helper()
	rate := tr.o.Common().LearningRate.At(n - 1)
	for i, x := range tr.o.Hyper(n, rate) {
		tr.hyper[i] = float32(x)
	}
	for i, g := range tr.grads {
		b, err := tr.prog.Buf(g)
		if err != nil {
			tr.t.Fatal(err)
		}
		for k, x := range grads[i] {
			b.F[k] = float32(x)
		}
	}
	if err := tr.prog.Run(new(cpu.Context)); err != nil {
		tr.t.Fatal(err)
	}
}
