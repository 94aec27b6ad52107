// Package plan turns a graph into a list of steps over planned memory: which kernel runs when, and
// where in one arena each value lives while it is needed. It knows no device; an executor binds a
// plan to memory and kernels.
//
// The words: a value is one output of a node (aliases and picks share their root's value); a step
// is one kernel call; the arena holds every value that is not state; state (weights, optimizer
// slots, running statistics, hyperparameters) is memory of the caller's that outlives the step. A
// group is what runs between two barriers: one step, or a chain, of steps that are computed row by row.
package plan

import (
	"fmt"
	"sort"

	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
)

// Align is the alignment of every value in the arena, in bytes: a cache line, and the widest vector.
const Align = 64

// Value is one planned piece of memory.
type Value struct {
	Spec    op.Spec
	Input   string  // the name of the input node it belongs to; "" for computed values
	State   bool    // memory of the caller's, outside the arena
	Const   float64 // for a constant of Gorgonia's
	IsConst bool
	Offset  int  // in the arena, in bytes
	Read    bool // whether any step or the caller reads it; kernels skip outputs nobody reads

	first, last int // the steps that write and last read it; once there are groups, the groups
	home        int // the value whose memory it takes over, or itself
}

// Step is one kernel call. In and Out index Values; an output nobody reads is still listed.
type Step struct {
	Op           *op.Op // nil for Gorgonia's own elementwise addition of gradients
	Node         *op.Node
	In, Out      []int
	Scratch      int // offset in the arena of the kernel's scratch memory
	ScratchBytes int

	first, last int // the groups that it runs in
}

// Plan is a graph made ready to run.
type Plan struct {
	Values    []Value
	Steps     []Step
	Groups    []Group
	Arena     int // bytes of arena
	Unplanned int // bytes the arena would need without reuse

	// Fixed says that state has the same values in every run, so an executor may keep what it makes of them.
	Fixed bool

	of map[ref]int
}

type ref struct {
	n *op.Node
	k int
}

// Options of New.
type Options struct {
	Keep    []*op.Node              // values the caller reads after the run
	Also    []*op.Node              // nodes to run for what they change (updates of weights)
	IsState func(input string) bool // which input nodes are the caller's memory
	Scratch func(o *op.Op) int      // bytes of scratch that the executor's kernel for o needs
	Fixed   bool                    // see Plan
	Phases  func(o *op.Op) []Phase  // of the executor's kernel for o; nil, or none, where it is only run as a whole
	Cached  int                     // bytes that stay in the cache from one step to the next: chains are made where a phase touches more
	InPlace func(o *op.Op) [][2]int // (output, input): the kernel for o may write the one where the other lies
	Pools   bool                    // the executor's kernel for Conv2D does what Pooled asks for
	Apart   bool                    // steps are not joined: for an executor whose kernels do not know what joining makes of operations
}

// New plans the part of the graph that Keep and Also need. Steps run in the order in which their
// nodes were made, so a node that changes state must be made after all that read the old value.
func New(o Options) (*Plan, error) {
	p := &Plan{of: map[ref]int{}, Fixed: o.Fixed}
	kids := map[*op.Node][]*op.Node{}
	var order []*op.Node
	stack := append(append([]*op.Node(nil), o.Keep...), o.Also...)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n == nil {
			return nil, fmt.Errorf("plan: a node is missing")
		}
		if _, seen := kids[n]; seen {
			continue
		}
		kids[n] = op.Children(n)
		order = append(order, n)
		stack = append(stack, kids[n]...)
	}
	sort.Slice(order, func(i, j int) bool { return order[i].ID() < order[j].ID() })

	for _, n := range order {
		if err := p.add(n, kids[n], o); err != nil {
			return nil, err
		}
	}
	if !o.Apart {
		p.joinDropout(&o)
		p.joinRectified(&o)
		p.joinActivations(&o)
	}
	if o.Pools && !o.Apart {
		p.joinPools(&o)
	}
	for _, n := range o.Keep {
		v := &p.Values[p.of[ref{n, 0}]]
		v.Read, v.last = true, len(p.Steps)
	}
	c := newChainer(p, &o)
	c.cut()
	p.share(&o, c)
	p.inGroups()
	p.assign()
	return p, nil
}

func (p *Plan) add(n *op.Node, kids []*op.Node, o Options) error {
	at := len(p.Steps)
	value := func(k int, s op.Spec) int {
		p.Values = append(p.Values, Value{Spec: s, first: at, last: at, home: len(p.Values)})
		p.of[ref{n, k}] = len(p.Values) - 1
		return len(p.Values) - 1
	}
	if n.Op() == nil { // an input
		i := value(0, op.SpecOf(n))
		v := &p.Values[i]
		v.Input, v.State, v.first = n.Name(), o.IsState(n.Name()), 0
		return nil
	}
	var in []int
	for _, c := range kids {
		in = append(in, p.of[ref{c, 0}])
	}
	step := Step{Node: n, In: in}
	switch d := n.Op().(type) {
	case *op.Op:
		if pick, ok := d.Def.(op.Pick); ok {
			p.of[ref{n, 0}] = p.of[ref{kids[0], pick.K}]
			return nil
		}
		if a, ok := d.Def.(op.Aliaser); ok {
			p.of[ref{n, 0}] = in[a.AliasOf()]
			return nil
		}
		step.Op = d
		for k, s := range d.Outs {
			step.Out = append(step.Out, value(k, s))
		}
		step.ScratchBytes = o.Scratch(d)
	default:
		c, isConst, err := constant(n)
		switch {
		case err != nil:
			return err
		case isConst:
			v := &p.Values[value(0, op.SpecOf(n))]
			v.Const, v.IsConst, v.State = c, true, true
			return nil
		case !isAdd(n, kids):
			return fmt.Errorf("plan: the graph holds an operation of Gorgonia's that has no kernel: %v", n.Op())
		}
		step.Out = []int{value(0, op.SpecOf(n))}
	}
	for _, i := range in {
		p.Values[i].Read = true
		p.Values[i].last = max(p.Values[i].last, at)
	}
	p.Steps = append(p.Steps, step)
	return nil
}

// constant reads a constant of Gorgonia's: after Grad the graph holds the scalar 1.
func constant(n *op.Node) (float64, bool, error) {
	c, ok := n.Op().(interface{ Value() gorgonia.Value })
	if !ok || n.Op().Arity() != 0 {
		return 0, false, nil
	}
	switch v := c.Value().Data().(type) {
	case float32:
		return float64(v), true, nil
	case float64:
		return v, true, nil
	}
	return 0, false, fmt.Errorf("plan: a constant of type %T in the graph", c.Value().Data())
}

// isAdd recognises the addition by which Grad joins gradients. Its type is not exported, but it is
// comparable: the same operation is made on a scratch graph.
func isAdd(n *op.Node, kids []*op.Node) bool {
	if len(kids) != 2 {
		return false
	}
	g := op.NewGraph(op.Float32)
	like := func(c *op.Node, name string) *op.Node { return g.Input(name, c.Dtype(), c.Shape()...) }
	probe, err := gorgonia.Add(like(kids[0], "a"), like(kids[1], "b"))
	return err == nil && probe.Op() == n.Op()
}

// assign places the values: the largest first, each at the lowest offset where no value that lives
// at the same time lies.
func (p *Plan) assign() {
	type item struct {
		bytes, first, last int
		offset             *int
	}
	var items []item
	for i := range p.Values {
		v := &p.Values[i]
		if v.State || (!v.Read && v.Input == "") || v.home != i {
			continue
		}
		items = append(items, item{v.Spec.Bytes(), v.first, v.last, &v.Offset})
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.ScratchBytes > 0 {
			items = append(items, item{s.ScratchBytes, s.first, s.last, &s.Scratch})
		}
	}
	sort.SliceStable(items, func(i, j int) bool {
		if items[i].bytes != items[j].bytes {
			return items[i].bytes > items[j].bytes
		}
		return items[i].first < items[j].first
	})
	var placed []item // by offset
	for _, it := range items {
		p.Unplanned += (it.bytes + Align - 1) &^ (Align - 1)
		off := 0
		for _, q := range placed {
			if q.last < it.first || it.last < q.first {
				continue
			}
			if off+it.bytes <= *q.offset {
				break
			}
			off = max(off, (*q.offset+q.bytes+Align-1)&^(Align-1))
		}
		*it.offset = off
		p.Arena = max(p.Arena, off+it.bytes)
		at := sort.Search(len(placed), func(i int) bool { return *placed[i].offset > off })
		placed = append(placed, item{})
		copy(placed[at+1:], placed[at:])
		placed[at] = it
	}
	for i := range p.Values {
		v := &p.Values[i]
		v.Offset = p.Values[v.home].Offset
	}
}

// Value is the index in Values of a node's output 0.
func (p *Plan) Value(n *op.Node) (int, bool) {
	i, ok := p.of[ref{n, 0}]
	return i, ok
}
