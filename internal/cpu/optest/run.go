package optest

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// weighted is a case in a graph of one float type: its inputs, its outputs, the weights whose
// product with output 0 is the cost, and the gradients of the cost.
type weighted struct {
	in, outs []*op.Node
	weights  *op.Node   // nil when nothing is differentiated
	grads    []*op.Node // by input; nil where there is none
	markers  []*op.Node // outputs that stand only for the change of inputs
	mutates  []int
}

// graph builds the case, with gradients unless forwardOnly.
func (c *Case) graph(dt tensor.Dtype, forwardOnly bool) (*weighted, error) {
	g := op.NewGraph(dt)
	w := &weighted{}
	for i, a := range c.In {
		s := a.spec(op.Spec{DType: dt})
		w.in = append(w.in, g.Input(fmt.Sprintf("in%d", i), s.DType, s.Shape...))
	}
	wrt := make([]bool, len(w.in))
	switch {
	case c.Def != nil:
		n := g.Apply(c.Def, w.in...)
		if g.Err() != nil {
			return nil, g.Err()
		}
		for k := range n.Op().(*op.Op).Outs {
			w.outs = append(w.outs, g.Pick(n, k))
		}
		if m, ok := c.Def.(op.Mutator); ok {
			w.mutates = m.Mutates()
		}
		if d, ok := c.Def.(op.Differ); ok {
			wrt = d.Wrt(len(w.in))
			if len(wrt) != len(w.in) {
				return nil, fmt.Errorf("wrt has %d entries for %d inputs", len(wrt), len(w.in))
			}
		}
	default:
		w.outs, w.mutates = c.Build(g, w.in), c.Mutates
		for i := range wrt {
			wrt[i] = !c.In[i].IsInt
		}
	}
	if g.Err() != nil {
		return nil, g.Err()
	}
	w.setMarkersApart()
	for _, i := range c.NoGrad {
		wrt[i] = false
	}
	if !forwardOnly {
		if err := w.differentiate(g, wrt); err != nil {
			return nil, err
		}
	}
	return w, g.Err()
}

func (w *weighted) setMarkersApart() {
	var outs []*op.Node
	for _, n := range w.outs {
		if o, ok := n.Op().(*op.Op); ok && len(o.Outs[0].Shape) == 0 {
			if _, ok := o.Def.(op.Mutator); ok {
				w.markers = append(w.markers, n)
				continue
			}
		}
		outs = append(outs, n)
	}
	w.outs = outs
}

// differentiate makes the cost, a product of matrices, and its gradients by Gorgonia's Grad.
func (w *weighted) differentiate(g *op.Graph, wrt []bool) error {
	var by []*op.Node
	var at []int
	for i, n := range w.in {
		if wrt[i] {
			by, at = append(by, n), append(at, i)
		}
	}
	if len(by) == 0 || len(w.outs) == 0 || op.SpecOf(w.outs[0]).DType == op.Int32 {
		return nil
	}
	n := op.SpecOf(w.outs[0]).Elems()
	w.weights = g.Input("weights", g.DType, n, 1)
	cost := g.Apply(op.Reshape{}, g.Apply(op.Dense{}, g.Apply(op.Reshape{To: []int{1, n}}, w.outs[0]), w.weights))
	if g.Err() != nil {
		return g.Err()
	}
	grads, err := gorgonia.Grad(cost, by...)
	if err != nil {
		return fmt.Errorf("gradient: %w", err)
	}
	w.grads = make([]*op.Node, len(w.in))
	for k, n := range grads {
		if n == nil {
			return fmt.Errorf("gradient: nothing for input %d", at[k])
		}
		if !slices.Equal(op.SpecOf(n).Shape, op.SpecOf(by[k]).Shape) {
			return fmt.Errorf("the gradient of input %d has shape %v, the input %v", at[k], op.SpecOf(n).Shape, op.SpecOf(by[k]).Shape)
		}
		w.grads[at[k]] = n
	}
	return nil
}

// kept are the nodes that are read: outputs, then gradients.
func (w *weighted) kept() []*op.Node {
	out := append([]*op.Node(nil), w.outs...)
	for _, n := range w.grads {
		if n != nil {
			out = append(out, n)
		}
	}
	return out
}

// layout is how values lie in the arena.
type layout int

const (
	planned layout = iota // as the plan says: memory is used again
	guarded               // each value has its own memory with sentinels around it
)

const guard = 256 // bytes

// bench is a program with everything needed to run it on inputs.
type bench[T cpu.Float] struct {
	w     *weighted
	keep  []*op.Node
	plan  *plan.Plan
	arena *cpu.Arena
	prog  *cpu.Program[T]
	gaps  [][2]int // of the arena, filled with the sentinel
}

func machine(workers int, i isa.ISA) *cpu.Machine {
	return &cpu.Machine{Pool: cpu.NewPool(workers), ISA: i}
}

func newBench[T cpu.Float](w *weighted, keep []*op.Node, m *cpu.Machine, l layout) (*bench[T], error) {
	all := append([]*op.Node(nil), keep...)
	for _, i := range w.mutates { // elsewhere they are state
		all = append(all, w.in[i])
	}
	o := plan.Options{Keep: all, Also: w.markers, IsState: func(string) bool { return false }, Scratch: m.Scratch, Phases: m.Phases, InPlace: m.InPlace, Cached: 1}
	p, err := plan.New(o)
	if err != nil {
		return nil, err
	}
	b := &bench[T]{w: w, keep: keep, plan: p, arena: &cpu.Arena{}}
	if l == guarded {
		b.spread()
	}
	b.arena.Reserve(p.Arena)
	b.prog, err = cpu.Compile[T](p, m, b.arena, func(name string) ([]T, error) {
		return nil, fmt.Errorf("optest: %s is not state", name)
	})
	return b, err
}

// spread gives every value and scratch memory a place of its own.
func (b *bench[T]) spread() {
	at := 0
	place := func(offset *int, bytes int) {
		b.gaps = append(b.gaps, [2]int{at, at + guard})
		at += guard
		*offset = at
		end := at + bytes
		at = (end + plan.Align - 1) &^ (plan.Align - 1)
		b.gaps = append(b.gaps, [2]int{end, at})
	}
	for i := range b.plan.Values {
		if v := &b.plan.Values[i]; !v.State && (v.Read || v.Input != "") {
			place(&v.Offset, v.Spec.Bytes())
		}
	}
	for i := range b.plan.Steps {
		if s := &b.plan.Steps[i]; s.ScratchBytes > 0 {
			place(&s.Scratch, s.ScratchBytes)
		}
	}
	b.gaps = append(b.gaps, [2]int{at, at + guard})
	b.plan.Arena = at + guard
}

// sentinel as a float32 and as a float64 is a NaN, so what is read without having been written shows.
const sentinel = 0xff

// run fills the arena with sentinels, sets the inputs and runs once. It returns what is kept, and
// then the inputs that the op changes. Other inputs must be as before, and so must the sentinels.
func (b *bench[T]) run(in []Tensor, weights []float64) ([][]float64, error) {
	mem := b.arena.Bytes()
	for i := range mem {
		mem[i] = sentinel
	}
	for i, n := range b.w.in {
		if _, ok := b.plan.Value(n); !ok { // nothing that is kept depends on it
			continue
		}
		if err := b.set(n, in[i].V); err != nil {
			return nil, err
		}
	}
	if _, ok := b.plan.Value(b.w.weights); ok {
		if err := b.set(b.w.weights, weights); err != nil {
			return nil, err
		}
	}
	if err := b.prog.Run(&cpu.Context{Seed: Seed, Step: Step}); err != nil {
		return nil, err
	}
	var out [][]float64
	for _, n := range b.keep {
		v, err := b.get(n)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	for _, i := range b.w.mutates {
		if _, ok := b.plan.Value(b.w.in[i]); !ok {
			out = append(out, nil)
			continue
		}
		v, err := b.get(b.w.in[i])
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if b.gaps == nil { // memory was used again
		return out, nil
	}
	if err := b.checkInputs(in); err != nil {
		return nil, err
	}
	return out, b.checkGuards()
}

// checkInputs reports an input that is not as it was given, unless the op says that it changes it.
func (b *bench[T]) checkInputs(in []Tensor) error {
	for i, n := range b.w.in {
		if _, ok := b.plan.Value(n); !ok || slices.Contains(b.w.mutates, i) {
			continue
		}
		v, err := b.get(n)
		if err != nil {
			return err
		}
		for k := range v {
			if want := float64(T(in[i].V[k])); v[k] != want && !(math.IsNaN(v[k]) && math.IsNaN(want)) {
				return fmt.Errorf("input %d was changed at element %d", i, k)
			}
		}
	}
	return nil
}

// checkGuards reports a byte outside all values that has been written.
func (b *bench[T]) checkGuards() error {
	mem := b.arena.Bytes()
	for _, g := range b.gaps {
		for i := g[0]; i < g[1]; i++ {
			if mem[i] != sentinel {
				return fmt.Errorf("memory outside any value was written: byte %d of the arena; %s", i, b.near(i))
			}
		}
	}
	return nil
}

// near names what lies before and after a byte of the arena.
func (b *bench[T]) near(i int) string {
	before, after := "", ""
	bAt, aAt := -1, math.MaxInt
	look := func(name string, lo, bytes int) {
		if lo+bytes <= i && lo > bAt {
			before, bAt = fmt.Sprintf("%d bytes after %s", i-lo-bytes, name), lo
		}
		if lo > i && lo < aAt {
			after, aAt = fmt.Sprintf("%d bytes before %s", lo-i, name), lo
		}
	}
	for k, v := range b.plan.Values {
		if !v.State && (v.Read || v.Input != "") {
			look(fmt.Sprintf("value %d (%s%v)", k, v.Input, v.Spec), v.Offset, v.Spec.Bytes())
		}
	}
	for _, s := range b.plan.Steps {
		if s.ScratchBytes > 0 {
			look("the scratch of "+s.Op.Kind(), s.Scratch, s.ScratchBytes)
		}
	}
	return before + ", " + after
}

func (b *bench[T]) set(n *op.Node, v []float64) error {
	buf, err := b.prog.Buf(n)
	if err != nil {
		return err
	}
	for i, x := range v {
		if buf.I != nil {
			buf.I[i] = int32(x)
		} else {
			buf.F[i] = T(x)
		}
	}
	return nil
}

func (b *bench[T]) get(n *op.Node) ([]float64, error) {
	buf, err := b.prog.Buf(n)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(buf.F)+len(buf.I))
	for i, x := range buf.F {
		out[i] = float64(x)
	}
	for i, x := range buf.I {
		out[i] = float64(x)
	}
	return out, nil
}

func dtype[T cpu.Float]() tensor.Dtype {
	var z T
	if unsafe.Sizeof(z) == 4 {
		return op.Float32
	}
	return op.Float64
}
