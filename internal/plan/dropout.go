package plan

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// A dense layer drops elements of its output itself where a Dropout is all that reads it: the output is then written once, and after
// ReLU its gradient needs no draws, since what was dropped is not above 0. joinDropout joins such steps.
func (p *Plan) joinDropout(o *Options) {
	readers, makers, kept := p.links(o)
	gone := map[int]bool{} // steps
	for i := range p.Steps {
		d, ok := defOf[op.Dense](&p.Steps[i])
		if !ok || d.Dropped != nil || kept[p.Steps[i].Out[0]] {
			continue
		}
		y := p.Steps[i].Out[0]
		drop, grads := -1, []int(nil)
		for _, r := range readers[y] {
			if _, ok := dropsEach(&p.Steps[r]); ok && drop < 0 {
				drop = r
				continue
			}
			if _, ok := defOf[op.DenseGrad](&p.Steps[r]); ok && p.Steps[r].In[2] == y && !slices.Contains([]int{p.Steps[r].In[0], p.Steps[r].In[1], p.Steps[r].In[3]}, y) {
				grads = append(grads, r)
				continue
			}
			drop = -1
			break
		}
		if drop < 0 {
			continue
		}
		f, _ := dropsEach(&p.Steps[drop])
		same := func(grad int) bool { // the gradient that it gets comes from the same draws, for it alone
			u := p.Steps[grad].In[3]
			if makers[u] < 0 || kept[u] || len(readers[u]) != 1 {
				return false
			}
			b, ok := dropsEach(&p.Steps[makers[u]])
			return ok && b.Rate == f.Rate && b.Stream == f.Stream && b.OwnSeed == f.OwnSeed && b.Seed == f.Seed
		}
		if slices.ContainsFunc(grads, func(g int) bool { return !same(g) }) {
			continue
		}
		d.Dropped = &f
		p.Steps[i].Out = p.Steps[drop].Out
		p.become(i, d, o)
		gone[drop] = true
		for _, g := range grads {
			s := &p.Steps[g]
			back := makers[s.In[3]]
			s.In = []int{s.In[0], s.In[1], p.Steps[drop].Out[0], p.Steps[back].In[0]}
			was, _ := defOf[op.DenseGrad](s)
			was.Dropped = &f
			p.become(g, was, o)
			gone[back] = true
		}
	}
	p.without(gone)
}

// links are, of each value, the steps that read it, as often as they do, and the step that makes it, -1 for none; and what the caller reads.
func (p *Plan) links(o *Options) (readers [][]int, makers []int, kept map[int]bool) {
	readers, makers, kept = p.readers(), make([]int, len(p.Values)), map[int]bool{}
	for i := range makers {
		makers[i] = -1
	}
	for i := range p.Steps {
		for _, v := range p.Steps[i].Out {
			makers[v] = i
		}
	}
	for _, n := range o.Keep {
		kept[p.of[ref{n, 0}]] = true
	}
	return readers, makers, kept
}

func (p *Plan) become(step int, d op.Def, o *Options) {
	s := &p.Steps[step]
	s.Op = s.Op.With(d)
	s.ScratchBytes = o.Scratch(s.Op)
}

func defOf[D op.Def](s *Step) (d D, ok bool) {
	if s.Op != nil {
		d, ok = s.Op.Def.(D)
	}
	return d, ok
}

// dropsEach tells whether a step is a Dropout with draws of its own for each element.
func dropsEach(s *Step) (op.Dropout, bool) {
	d, ok := defOf[op.Dropout](s)
	return d, ok && d.Noise == nil
}

// without takes steps away, whose outputs nobody reads any more, and finds the lives of the values anew.
func (p *Plan) without(gone map[int]bool) {
	if len(gone) == 0 {
		return
	}
	var steps []Step
	for i := range p.Steps {
		if !gone[i] {
			steps = append(steps, p.Steps[i])
		}
	}
	p.Steps = steps
	for i := range p.Values {
		v := &p.Values[i]
		v.first, v.last, v.Read = 0, 0, false
	}
	for i := range p.Steps {
		for _, k := range p.Steps[i].Out {
			p.Values[k].first, p.Values[k].last = i, i
		}
		for _, k := range p.Steps[i].In {
			p.Values[k].last, p.Values[k].Read = i, true
		}
	}
}
