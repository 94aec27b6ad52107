package plan

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// Phase is a part of a kernel's work that goes row by row. A row is what has one index along the first
// axis, mostly an example of the batch. A row of a value is that share of its memory, in order.
//
// Rows are computed in any order, several at once, but only all of one Grain, which is counted from the
// first, by one worker. A kernel's next phase begins when all rows of this one are done.
type Phase struct {
	Rows, Grain int
	// In tells of each input whether a row of the work reads only that row of it; an input that is not
	// read in this phase counts as such. What is read otherwise must be complete before the phase.
	In []bool
	// Out tells of each output whether its row is complete when a row of the work is done. What is not
	// told so by any phase is complete after the last.
	Out []bool
}

// RowByRow is the phase of a kernel each of whose output rows is made of the inputs' rows of that index. It
// needs values of one shape.
func RowByRow(in, out []op.Spec) []Phase {
	shape := out[0].Shape
	if len(shape) == 0 {
		return nil
	}
	p := Phase{Rows: shape[0], Grain: 1}
	for _, s := range in {
		if !slices.Equal(s.Shape, shape) {
			return nil
		}
		p.In = append(p.In, true)
	}
	for _, s := range out {
		if !slices.Equal(s.Shape, shape) {
			return nil
		}
		p.Out = append(p.Out, true)
	}
	return []Phase{p}
}

// Part is a phase of a step, or, with Phase Whole, the step.
type Part struct{ Step, Phase int }

// Whole stands for all phases of a step, as the kernel runs them by itself.
const Whole = -1

// Group is what runs between two barriers: a whole step, or a chain of phases, each of which can do a row
// as soon as those before have done it. A block of rows then goes through the chain while it is in the cache.
type Group struct {
	Parts []Part
	Rows  int // of a chain
	Grain int // of a chain: that of every phase divides it
	Bytes int // of a chain: the most memory that a row of a phase reads and writes
}

// mostParts bounds a chain: while it runs, nothing it has made makes room for something else.
const mostParts = 10

// lastCache is Options.Cached where that is 0.
const lastCache = 16 << 20

// fewRows is how many grains a chain has at least.
const fewRows = 8

type chainer struct {
	cached int // Options.Cached
	p      *Plan
	phases [][]Phase    // of each step
	group  Group        // in the making
	made   map[int]bool // values that the group makes or changes, and whether rows of them can be read
}

func newChainer(p *Plan, o *Options) *chainer {
	c := &chainer{p: p, cached: o.Cached, phases: make([][]Phase, len(p.Steps))}
	if c.cached == 0 {
		c.cached = lastCache
	}
	if o.Phases == nil {
		return c
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Op != nil {
			c.phases[i] = o.Phases(s.Op)
			continue
		}
		c.phases[i] = RowByRow(c.specs(s.In), c.specs(s.Out))
	}
	return c
}

func (c *chainer) specs(values []int) []op.Spec {
	var out []op.Spec
	for _, v := range values {
		out = append(out, c.p.Values[v].Spec)
	}
	return out
}

// cut makes the groups, in the order of the steps.
func (c *chainer) cut() {
	for i := range c.p.Steps {
		if len(c.phases[i]) == 0 {
			c.close()
			c.p.Groups = append(c.p.Groups, Group{Parts: []Part{{i, Whole}}})
			continue
		}
		for k := range c.phases[i] {
			if k > 0 || !c.joins(i) {
				c.close()
			}
			c.add(i, k)
		}
	}
	c.close()
	c.rejoin()
	for g := range c.p.Groups {
		for _, t := range c.p.Groups[g].Parts {
			s := &c.p.Steps[t.Step]
			if t.Phase <= 0 {
				s.first = g
			}
			s.last = g
		}
	}
}

// joins tells whether the first phase of a step can be part of the group in the making.
func (c *chainer) joins(step int) bool {
	f := &c.phases[step][0]
	g := &c.group
	if len(g.Parts) == 0 {
		return true
	}
	grain := lcm(g.Grain, f.Grain)
	if f.Rows != g.Rows || len(g.Parts) == mostParts || f.Rows < fewRows*grain {
		return false
	}
	for i, v := range c.p.Steps[step].In {
		if byRow, made := c.made[v]; made && !(byRow && f.In[i]) {
			return false
		}
	}
	return true
}

func (c *chainer) add(step, phase int) {
	s, f := &c.p.Steps[step], &c.phases[step][phase]
	g := &c.group
	if len(g.Parts) == 0 {
		g.Rows, g.Grain = f.Rows, f.Grain
		c.made = map[int]bool{}
	}
	g.Grain = lcm(g.Grain, f.Grain)
	g.Parts = append(g.Parts, Part{step, phase})
	bytes := 0
	row := func(v int) { bytes += c.p.Values[v].Spec.Bytes() / max(1, f.Rows) }
	for i, v := range s.In {
		if f.In[i] {
			row(v)
		}
	}
	for k, v := range s.Out {
		c.made[v] = f.Out[k]
		if f.Out[k] {
			row(v)
		}
	}
	if m, ok := mutator(s.Op); ok {
		for _, i := range m.Mutates() {
			c.made[s.In[i]] = false
		}
	}
	g.Bytes = max(g.Bytes, bytes)
}

func mutator(o *op.Op) (op.Mutator, bool) {
	if o == nil {
		return nil, false
	}
	m, ok := o.Def.(op.Mutator)
	return m, ok
}

// close ends the group in the making. A chain of what stays in the cache anyway is taken apart.
func (c *chainer) close() {
	g := c.group
	c.group = Group{}
	if len(g.Parts) > 1 && g.Rows*g.Bytes >= c.cached {
		c.p.Groups = append(c.p.Groups, g)
		return
	}
	for _, t := range g.Parts {
		g.Parts = []Part{t}
		c.p.Groups = append(c.p.Groups, g)
	}
}

// rejoin makes whole steps of those whose phases are in no chain with others.
func (c *chainer) rejoin() {
	alone := func(t Part) bool {
		for _, g := range c.p.Groups {
			for _, q := range g.Parts {
				if q.Step == t.Step && len(g.Parts) > 1 {
					return false
				}
			}
		}
		return true
	}
	var out []Group
	for _, g := range c.p.Groups {
		if t := g.Parts[0]; len(g.Parts) == 1 && t.Phase != Whole && alone(t) {
			if t.Phase > 0 {
				continue
			}
			g = Group{Parts: []Part{{t.Step, Whole}}}
		}
		out = append(out, g)
	}
	c.p.Groups = out
}

// share lets outputs take over the memory of inputs that nobody needs any more.
func (p *Plan) share(o *Options, c *chainer) {
	if o.InPlace == nil {
		return
	}
	whole := map[[2]int]bool{} // (group, value): something in the group reads more of it than the row at hand
	for g := range p.Groups {
		for _, t := range p.Groups[g].Parts {
			for i, v := range p.Steps[t.Step].In {
				if t.Phase != Whole && !c.phases[t.Step][t.Phase].In[i] {
					whole[[2]int{g, v}] = true
				}
			}
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		pairs := [][2]int{{0, 0}, {0, 1}}
		if s.Op != nil {
			pairs = o.InPlace(s.Op)
		}
		taken := map[int]bool{}
		done := map[int]bool{}
		for _, q := range pairs {
			out, in := s.Out[q[0]], s.In[q[1]]
			v, u := &p.Values[out], &p.Values[in]
			root := &p.Values[u.home]
			switch {
			case done[out], taken[u.home], !v.Read, u.State, root.Input != "", u.last != i, root.last != i:
			case u.Spec.Bytes() != v.Spec.Bytes(), !allowed(pairs, q[0], s.In, in), whole[[2]int{s.last, in}]:
			default:
				v.home, root.last = u.home, v.last
				taken[u.home], done[out] = true, true
			}
		}
	}
}

// allowed tells whether an output may lie where a value does, which may be several of the inputs.
func allowed(pairs [][2]int, out int, in []int, value int) bool {
	for i, v := range in {
		if v == value && !slices.Contains(pairs, [2]int{out, i}) {
			return false
		}
	}
	return true
}

// inGroups brings the lives of values from steps to groups.
func (p *Plan) inGroups() {
	last := func(step int) int {
		if step >= len(p.Steps) {
			return len(p.Groups)
		}
		return p.Steps[step].last
	}
	for i := range p.Values {
		v := &p.Values[i]
		v.last = last(v.last)
		if v.first < len(p.Steps) {
			v.first = p.Steps[v.first].first
		} else {
			v.first = len(p.Groups)
		}
	}
}

func lcm(a, b int) int {
	x, y := a, b
	for y > 0 {
		x, y = y, x%y
	}
	return a / max(1, x) * b
}
