package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(where[float32], where[float64])
	_ = register(whereGrad[float32], whereGrad[float64])
)

func where[T Float](_ op.Where, b *Bound[T]) Run {
	s := newStretch(b.Out[0].Shape, b.In[0].Shape, b.In[1].Shape, b.In[2].Shape)
	if b.Out[0].I != nil {
		return chosen(b.Machine, s, b.Out[0].I, b.In[0].F, b.In[1].I, b.In[2].I)
	}
	return chosen(b.Machine, s, b.Out[0].F, b.In[0].F, b.In[1].F, b.In[2].F)
}

func chosen[E any, T Float](m *Machine, s stretch, out []E, cond []T, x, y []E) Run {
	mc, mx, my := s.stride(0), s.stride(1), s.stride(2)
	return s.each(m, func(_, r, from, at, n int) {
		cond, x, y := cond[s.at(0, r)+from*mc:], x[s.at(1, r)+from*mx:], y[s.at(2, r)+from*my:]
		dst := out[at : at+n]
		for k := range dst {
			if cond[k*mc] != 0 {
				dst[k] = x[k*mx]
			} else {
				dst[k] = y[k*my]
			}
		}
	})
}

func whereGrad[T Float](_ op.WhereGrad, b *Bound[T]) Run {
	cond, dy := b.In[0].F, b.In[1].F
	dx, dz := b.Out[0], b.Out[1]
	s := newStretch(b.In[1].Shape, b.In[0].Shape)
	mc := s.stride(0)
	return s.each(b.Machine, func(_, r, from, at, n int) {
		cond := cond[s.at(0, r)+from*mc:]
		for k := range n {
			g, h := dy[at+k], T(0)
			if cond[k*mc] == 0 {
				g, h = h, g
			}
			if !dx.Empty() {
				dx.F[at+k] = g
			}
			if !dz.Empty() {
				dz.F[at+k] = h
			}
		}
	})
}
