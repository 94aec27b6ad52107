package plan

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// Where one dense layer feeds another directly, the gradient that the lower one gets is the product of the upper one's, whose input x is
// the lower one's output: so the upper gradient takes it through the lower layer's ReLU and dropout while each part is still in
// the cache, and the lower one need not go over it once more. joinRectified joins such steps.
func (p *Plan) joinRectified(o *Options) {
	readers, makers, kept := p.links(o)
	for i := range p.Steps {
		lower, ok := defOf[op.DenseGrad](&p.Steps[i])
		if !ok || !lower.Relu || lower.Ready {
			continue
		}
		y, dy := p.Steps[i].In[2], p.Steps[i].In[3]
		up := makers[dy]
		if up < 0 || kept[dy] || len(readers[dy]) != 1 || p.Steps[up].Out[0] != dy || p.Steps[up].In[0] != y {
			continue
		}
		upper, ok := defOf[op.DenseGrad](&p.Steps[up])
		if !ok || slices.Contains(p.Steps[up].In[1:], y) {
			continue
		}
		below := lower.Dense
		upper.Below, lower.Ready = &below, true
		p.become(up, upper, o)
		p.become(i, lower, o)
	}
}
