package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/plan"
)

// chunk is how many elements a task of an elementwise kernel computes: small enough to balance,
// large enough to pay for the hand-over. A function of nothing, so that bits cannot depend on it.
const chunk = 16 << 10

// stage is a phase of a bound kernel: rows computes rows lo to hi-1, after before (where there is one) and
// before after, each of which is called once. A kernel that has stages computes the same bits in them as in
// its Run.
type stage struct {
	before, after Run
	rows          func(lo, hi, worker int)
}

// rowwise says in which phases the kernel can go row by row; the bound kernel has as many stages.
func (k *kernel) rowwise(phases func(o *op.Op, m *Machine) []plan.Phase) *kernel {
	k.phases = phases
	return k
}

// overwrites says of an operation which outputs its kernel can write where which inputs lie, (output, input): it
// reads no element of the input after it has written that element of the output.
func (k *kernel) overwrites(pairs func(o *op.Op) [][2]int) *kernel {
	k.inPlace = pairs
	return k
}

// anyInput is for overwrites where output 0 can be written over each of the inputs.
func anyInput(o *op.Op) [][2]int {
	var out [][2]int
	for i := range o.In {
		out = append(out, [2]int{0, i})
	}
	return out
}

// rowByRow is for rowwise where rows of outputs are made of the same rows of inputs.
func rowByRow(o *op.Op, _ *Machine) []plan.Phase { return plan.RowByRow(o.In, o.Outs) }

// Phases are those of the kernel for o, as a plan wants to know.
func (m *Machine) Phases(o *op.Op) []plan.Phase {
	k := kernels[o.Kind()]
	if k == nil || k.phases == nil {
		return nil
	}
	phases := k.phases(o, m)
	for _, p := range phases {
		if p.Rows/p.Grain < 2*m.Workers() {
			return nil // better cut otherwise than in rows
		}
	}
	return phases
}

// InPlace says which outputs the kernel for o can write over which inputs, as a plan wants to know.
func (m *Machine) InPlace(o *op.Op) [][2]int {
	k := kernels[o.Kind()]
	if k == nil || k.inPlace == nil {
		return nil
	}
	return k.inPlace(o)
}

// blockBytes is what a phase of a chain touches for a block of rows: with what the phase before has written it
// stays in a second-level cache.
const blockBytes = 384 << 10

// chain returns the Run of a chain of stages.
func chain(m *Machine, g plan.Group, stages []stage) Run {
	// The cut does not show in the bits, so it may depend on the workers.
	block := min(blockBytes/max(1, g.Bytes), g.Rows/(4*m.Workers()))
	block = max(1, block/g.Grain) * g.Grain
	var before, after []Run
	var rows []func(lo, hi, worker int)
	for _, s := range stages {
		if s.before != nil {
			before = append(before, s.before)
		}
		if s.after != nil {
			after = append(after, s.after)
		}
		rows = append(rows, s.rows)
	}
	tasks := (g.Rows + block - 1) / block
	task := func(t, worker int) {
		lo, hi := t*block, min(g.Rows, (t+1)*block)
		for _, f := range rows {
			f(lo, hi, worker)
		}
	}
	return func(c *Context) {
		for _, f := range before {
			f(c)
		}
		m.For(tasks, task)
		for _, f := range after {
			f(c)
		}
	}
}

// elementwise returns a Run that calls f over [0,n) in chunks.
func (m *Machine) elementwise(n int, f func(lo, hi int)) Run {
	tasks := (n + chunk - 1) / chunk
	task := func(t, _ int) { f(t*chunk, min(n, (t+1)*chunk)) }
	return func(*Context) { m.For(tasks, task) }
}

// each is elementwise for all elements of output 0, and the kernel's only stage.
func (b *Bound[T]) each(f func(lo, hi int)) Run {
	n := len(b.Out[0].F)
	if s := b.Out[0].Shape; len(s) > 0 && s[0] > 0 {
		per := n / s[0]
		b.stages = []stage{{rows: func(lo, hi, _ int) {
			// In pieces: what f does may be several sweeps.
			for lo, hi := lo*per, hi*per; lo < hi; lo += chunk {
				f(lo, min(hi, lo+chunk))
			}
		}}}
	}
	return b.elementwise(n, f)
}
