package plan

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// joinPools joins a convolution with the pooling that is all that reads its output, where windows lie beside each other: what is pooled is
// then never written to memory, and what no window covers is not computed. In training the gradients read it, so nothing is joined there.
func (p *Plan) joinPools(o *Options) {
	readers := p.readers()
	kept := map[int]bool{}
	for _, n := range o.Keep {
		kept[p.of[ref{n, 0}]] = true
	}
	gone := map[int]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		c, ok := defOf[op.Conv2D](s)
		if !ok || c.Pooled != nil || s.Op.In[0].DType != op.Float32 || kept[s.Out[0]] || len(readers[s.Out[0]]) != 1 {
			continue
		}
		next := readers[s.Out[0]][0]
		pooled, ok := p.pooling(next)
		if !ok || !slices.Equal(p.Steps[next].Op.In[0].Shape, s.Op.Outs[0].Shape) { // what is reshaped between them has other axes
			continue
		}
		c.Pooled = pooled
		s.Out = p.Steps[next].Out[:1]
		s.Op = s.Op.Ending(c, p.Steps[next].Op)
		s.Op.Outs = s.Op.Outs[:1]
		s.ScratchBytes = o.Scratch(s.Op)
		gone[next] = true
	}
	p.without(gone)
}

// pooling is what a step does, if that is a pooling that a convolution can do.
func (p *Plan) pooling(step int) (*op.Pooled, bool) {
	s := &p.Steps[step]
	var w op.Window
	mean := false
	if d, ok := defOf[op.MaxPool2D](s); ok {
		w = d.Window
	} else if d, ok := defOf[op.AvgPool2D](s); ok {
		w, mean = d.Window, true
	} else {
		return nil, false
	}
	if len(s.Out) > 1 && p.Values[s.Out[1]].Read || w.Strides != w.Size {
		return nil, false
	}
	for a, n := range s.Op.In[0].Shape[1:3] {
		// Of other sizes windows cross the tiles of Winograd's algorithm.
		if size := w.Size[a]; size != 1 && size != 2 && size != 4 || w.Extent(a) != size || w.Same && n%size != 0 {
			return nil, false
		}
	}
	return &op.Pooled{Size: w.Size, Mean: mean}, true
}

// readers are the steps that read each value; one that reads it twice counts twice.
func (p *Plan) readers() [][]int {
	out := make([][]int, len(p.Values))
	for i := range p.Steps {
		for _, v := range p.Steps[i].In {
			out[v] = append(out[v], i)
		}
	}
	return out
}
