package plan

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// A dense layer computes the activation behind it itself, part by part of what it has just multiplied, which is then still in the cache;
// and the gradient of a dense layer above an activation takes dx through that too. joinActivations joins such steps, where the kernel of
// the activation can write its result over what it reads.
func (p *Plan) joinActivations(o *Options) {
	if o.InPlace == nil {
		return
	}
	readers, makers, kept := p.links(o)
	gone := map[int]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		if g, ok := defOf[op.UnaryGrad](s); ok && len(o.InPlace(s.Op)) > 0 {
			last := len(s.In) - 1
			dy := s.In[last]
			up := makers[dy]
			if up < 0 || kept[dy] || len(readers[dy]) != 1 || p.Steps[up].Out[0] != dy {
				continue
			}
			d, ok := defOf[op.DenseGrad](&p.Steps[up])
			if !ok || d.Below != nil || d.Behind != nil {
				continue
			}
			d.Behind = &g.Unary
			q := &p.Steps[up]
			in := append(q.Op.In[:len(q.Op.In):len(q.Op.In)], s.Op.In[:last]...)
			q.In = append(q.In[:len(q.In):len(q.In)], s.In[:last]...)
			q.Out = append([]int{s.Out[0]}, q.Out[1:]...)
			p.become(up, d, o)
			q.Op.In = in
			gone[i] = true
		}
		if d, ok := defOf[op.Dense](s); ok && !d.Relu && d.Dropped == nil && d.Then == nil {
			for _, r := range readers[s.Out[0]] {
				u, ok := defOf[op.Unary](&p.Steps[r])
				if !ok || len(o.InPlace(p.Steps[r].Op)) == 0 {
					continue
				}
				d.Then = &u
				outs := append(s.Op.Outs[:1:1], p.Steps[r].Op.Outs...)
				s.Out = append(s.Out[:1:1], p.Steps[r].Out...)
				p.become(i, d, o)
				s.Op.Outs = outs
				gone[r] = true
				break
			}
		}
	}
	p.without(gone)
	p.keepSlopes(o)
}

// keepSlopes lets a dense layer keep the derivative of the activation behind it, where all that reads its sum is gradients that need no more.
func (p *Plan) keepSlopes(o *Options) {
	readers, _, kept := p.links(o)
	for i := range p.Steps {
		d, ok := defOf[op.Dense](&p.Steps[i])
		if !ok || d.Then == nil || !op.Functions[d.Then.Fn].Slope {
			continue
		}
		sum := p.Steps[i].Out[0]
		if kept[sum] || len(readers[sum]) == 0 || slices.ContainsFunc(readers[sum], func(r int) bool { return !p.wantsSlope(r, sum) }) {
			continue
		}
		d.Slope = true
		p.become(i, d, o)
		for _, r := range readers[sum] {
			if g, _ := defOf[op.DenseGrad](&p.Steps[r]); p.Steps[r].In[2] != sum {
				g.Sloped = true
				p.become(r, g, o)
			}
		}
	}
}

// wantsSlope tells whether a step reads a value only to take a gradient through an activation, or as the output of a layer whose gradient is
// computed without it.
func (p *Plan) wantsSlope(step, value int) bool {
	s := &p.Steps[step]
	g, ok := defOf[op.DenseGrad](s)
	if !ok || slices.Contains(s.In[:2], value) || s.In[3] == value {
		return false
	}
	if s.In[2] == value {
		return !g.Relu && g.Dropped == nil && !slices.Contains(s.In[4:], value)
	}
	return g.Behind != nil
}
