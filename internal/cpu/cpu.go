// Package cpu is the CPU executor: it binds a plan to memory and kernels and runs it on a pool of
// workers. A step of training allocates nothing.
//
// One file holds the kernels of one operation (or of a family that shares a loop), under the name
// of the operation's file in builder/op. A kernel is bound once, when the plan is compiled: it gets
// its buffers and returns a function that computes them. Work is cut into tasks by the shape alone
// and each task writes its own part, so the bits do not depend on the number of workers.
//
// Kernels are written for float32, the type of training, and float64, in which tests check
// gradients by finite differences: the same generic code, with faster float32 paths inside.
package cpu

import (
	"fmt"
	"sort"
	"time"
	"unsafe"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// Float is an element type that kernels compute in.
type Float interface{ float32 | float64 }

// Buf is the memory of one value: F for floats, I for int32. An output that nobody reads is empty
// (len 0) and need not be computed.
type Buf[T Float] struct {
	F     []T
	I     []int32
	Shape []int
}

// Empty tells whether nobody reads this output.
func (b Buf[T]) Empty() bool { return b.F == nil && b.I == nil }

// Bound is what a kernel gets to work with.
type Bound[T Float] struct {
	*Machine
	Op      *op.Op
	In, Out []Buf[T]
	Scratch []T
	fixed   []bool // by input

	stages []stage // by phase of the plan, set by a kernel that can go row by row
}

// Fixed tells whether an input has the same values in every Run, so that a kernel may keep what it makes of it in memory of its own.
func (b *Bound[T]) Fixed(in int) bool { return b.fixed[in] }

// Context is what changes from step to step besides the buffers.
type Context struct {
	Seed uint64 // of the run
	Step uint64 // optimizer steps before this one, over the whole run

	err error
}

// Fail records that the data of this step cannot be computed with, as an index out of range. A
// kernel calls it from its Run, not from a task, and leaves its outputs as they are. The first error
// stays; no further step of the plan runs, so no weight is changed.
func (c *Context) Fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// Run computes one step of a plan.
type Run func(c *Context)

// Machine is what kernels run on.
type Machine struct {
	*Pool
	ISA isa.ISA
}

type kernel struct {
	scratch func(o *op.Op, m *Machine) int // elements
	phases  func(o *op.Op, m *Machine) []plan.Phase
	inPlace func(o *op.Op) [][2]int
	f32     func(b *Bound[float32]) Run
	f64     func(b *Bound[float64]) Run
}

var kernels = map[string]*kernel{}

// register adds the kernels for the operation that zero is an example of. The two functions are
// instances of one generic function.
func register[D op.Def](f32 func(D, *Bound[float32]) Run, f64 func(D, *Bound[float64]) Run) *kernel {
	var zero D
	k := &kernel{
		f32: func(b *Bound[float32]) Run { return f32(b.Op.Def.(D), b) },
		f64: func(b *Bound[float64]) Run { return f64(b.Op.Def.(D), b) },
	}
	if _, dup := kernels[zero.Kind()]; dup {
		panic("cpu: two kernels for " + zero.Kind())
	}
	kernels[zero.Kind()] = k
	return k
}

// withScratch says how many elements of scratch memory the kernel needs.
func (k *kernel) withScratch(elems func(o *op.Op, m *Machine) int) *kernel {
	k.scratch = elems
	return k
}

// Kinds lists the operations that have a kernel here.
func Kinds() []string {
	var out []string
	for k := range kernels {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Has tells whether an operation has a kernel here.
func Has(kind string) bool { return kernels[kind] != nil }

// Scratch is the memory in bytes that the kernel for o needs besides its inputs and outputs.
func (m *Machine) Scratch(o *op.Op) int {
	k := kernels[o.Kind()]
	if k == nil || k.scratch == nil {
		return 0
	}
	return k.scratch(o, m) * elemSize(o)
}

func elemSize(o *op.Op) int {
	for _, s := range append(append([]op.Spec(nil), o.Outs...), o.In...) {
		if s.DType == op.Float64 {
			return 8
		}
	}
	return 4
}

// Program is a plan bound to memory, ready to run.
type Program[T Float] struct {
	plan   *plan.Plan
	bufs   []Buf[T]
	steps  []Run // each by itself
	groups []Run

	now   func() time.Duration // nil unless steps are timed
	spent []time.Duration
}

// Arena is memory that programs share, one running at a time.
type Arena struct{ mem []byte }

// Reserve makes the arena at least n bytes long. Programs compiled before keep the memory they had.
func (a *Arena) Reserve(n int) {
	if n > len(a.mem) {
		a.mem = aligned(n)
	}
}

// Bytes is the arena's memory, at the offsets that a plan names. Tests look at what lies around values.
func (a *Arena) Bytes() []byte { return a.mem }

// hugePage is the size of the larger pages that a system may have, in bytes.
const hugePage = 2 << 20

func aligned(n int) []byte {
	align := plan.Align
	if n >= hugePage {
		align = hugePage // what lies beside b is never touched, and takes no memory
	}
	b := make([]byte, n+align)
	hugePages(b)
	off := int(-uintptr(unsafe.Pointer(&b[0])) & uintptr(align-1))
	return b[off : off+n : off+n]
}

// NewFloats allocates n zeros on a boundary that kernels like.
func NewFloats[T Float](n int) []T {
	if n == 0 {
		return []T{}
	}
	var z T
	b := aligned(n * int(unsafe.Sizeof(z)))
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
}

// Compile binds p to the arena and to the caller's state, which it asks for by input name.
func Compile[T Float](p *plan.Plan, m *Machine, arena *Arena, state func(name string) ([]T, error)) (*Program[T], error) {
	arena.Reserve(p.Arena)
	prog := &Program[T]{plan: p, bufs: make([]Buf[T], len(p.Values))}
	for i := range p.Values {
		v := &p.Values[i]
		b := Buf[T]{Shape: v.Spec.Shape}
		switch {
		case v.IsConst:
			b.F = []T{T(v.Const)}
		case v.State:
			f, err := state(v.Input)
			if err != nil {
				return nil, err
			}
			if len(f) != v.Spec.Elems() {
				return nil, fmt.Errorf("cpu: %s has %d elements, the graph wants %d", v.Input, len(f), v.Spec.Elems())
			}
			b.F = f
		case v.Read || v.Input != "":
			b = view[T](arena.mem, v.Offset, v.Spec)
		}
		prog.bufs[i] = b
	}
	stages := make([][]stage, len(p.Steps))
	prog.steps = make([]Run, len(p.Steps))
	for i, s := range p.Steps {
		var err error
		if prog.steps[i], stages[i], err = bind[T](prog, m, arena, s); err != nil {
			return nil, err
		}
	}
	for _, g := range p.Groups {
		if t := g.Parts[0]; t.Phase == plan.Whole {
			prog.groups = append(prog.groups, prog.steps[t.Step])
			continue
		}
		var all []stage
		for _, t := range g.Parts {
			if t.Phase >= len(stages[t.Step]) {
				return nil, fmt.Errorf("cpu: the kernel for %s has no phase %d", p.Steps[t.Step].Op.Kind(), t.Phase)
			}
			all = append(all, stages[t.Step][t.Phase])
		}
		prog.groups = append(prog.groups, chain(m, g, all))
	}
	return prog, nil
}

func view[T Float](mem []byte, off int, s op.Spec) Buf[T] {
	b := Buf[T]{Shape: s.Shape}
	n := s.Elems()
	switch {
	case n == 0 && s.DType == op.Int32:
		b.I = []int32{}
	case n == 0:
		b.F = []T{}
	case s.DType == op.Int32:
		b.I = unsafe.Slice((*int32)(unsafe.Pointer(&mem[off])), n)
	default:
		b.F = unsafe.Slice((*T)(unsafe.Pointer(&mem[off])), n)
	}
	return b
}

func bind[T Float](p *Program[T], m *Machine, arena *Arena, s plan.Step) (Run, []stage, error) {
	b := &Bound[T]{Machine: m, Op: s.Op}
	for k, i := range s.In {
		in := p.bufs[i]
		if s.Op != nil {
			in.Shape = s.Op.In[k].Shape // the storage may be that of a value seen otherwise
		}
		b.In = append(b.In, in)
		b.fixed = append(b.fixed, p.plan.Fixed && p.plan.Values[i].State)
	}
	for _, i := range s.Out {
		b.Out = append(b.Out, p.bufs[i])
	}
	if s.ScratchBytes > 0 {
		var z T
		b.Scratch = unsafe.Slice((*T)(unsafe.Pointer(&arena.mem[s.Scratch])), s.ScratchBytes/int(unsafe.Sizeof(z)))
	}
	if s.Op == nil {
		return addGradients(b), b.stages, nil
	}
	k := kernels[s.Op.Kind()]
	if k == nil {
		return nil, nil, fmt.Errorf("cpu: there is no kernel for %s", s.Op.Kind())
	}
	switch b := any(b).(type) {
	case *Bound[float32]:
		run := k.f32(b)
		return run, b.stages, nil
	case *Bound[float64]:
		run := k.f64(b)
		return run, b.stages, nil
	}
	panic("unreachable: Float has two members")
}

// Buf is the memory of a node that was kept, or of an input.
func (p *Program[T]) Buf(n *op.Node) (Buf[T], error) {
	i, ok := p.plan.Value(n)
	if !ok {
		return Buf[T]{}, fmt.Errorf("cpu: %v is not part of the plan", n)
	}
	return p.bufs[i], nil
}

// Run runs all groups once, or up to the first that fails, whose error it returns.
func (p *Program[T]) Run(c *Context) error {
	c.err = nil
	if p.now != nil {
		return p.runTimed(c)
	}
	for _, g := range p.groups {
		if g(c); c.err != nil {
			return c.err
		}
	}
	return nil
}

// Steps are the steps that Run runs, in order.
func (p *Program[T]) Steps() []plan.Step { return p.plan.Steps }

// Read tells for each output of step i whether it is read.
func (p *Program[T]) Read(i int) []bool {
	var out []bool
	for _, v := range p.plan.Steps[i].Out {
		out = append(out, p.plan.Values[v].Read)
	}
	return out
}

// Time makes every Run say in spent, which has one element for each of Steps, how long each step took; the time of a step ends
// where that of the next begins, so that nothing is left out. Steps are run one by one then, not in chains. A nil clock ends it.
func (p *Program[T]) Time(now func() time.Duration, spent []time.Duration) {
	p.now, p.spent = now, spent
}

func (p *Program[T]) runTimed(c *Context) error {
	at := p.now()
	for i, s := range p.steps {
		s(c)
		t := p.now()
		p.spent[i], at = t-at, t
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// addGradients is Gorgonia's own op after Grad: out = a + b.
func addGradients[T Float](b *Bound[T]) Run {
	x, y, out := b.In[0].F, b.In[1].F, b.Out[0].F
	return b.each(func(lo, hi int) {
		if is32[T]() {
			f32vec.Add(b.ISA, f32(out[lo:hi]), f32(x[lo:hi]), f32(y[lo:hi]))
			return
		}
		for i := lo; i < hi; i++ {
			out[i] = x[i] + y[i]
		}
	})
}
