package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(compare[float32], compare[float64])

func compare[T Float](o op.Compare, b *Bound[T]) Run {
	s := newStretch(b.Out[0].Shape, b.In[0].Shape, b.In[1].Shape)
	if b.In[0].I != nil {
		return pairs(b.Machine, s, b.Out[0].F, b.In[0].I, b.In[1].I, relation[int32, T](o.Fn))
	}
	return pairs(b.Machine, s, b.Out[0].F, b.In[0].F, b.In[1].F, relation[T, T](o.Fn))
}

// pairs returns a Run that puts f of two stretched operands into out.
func pairs[E, R any](m *Machine, s stretch, out []R, x, y []E, f func(a, b E) R) Run {
	mx, my := s.stride(0), s.stride(1)
	return s.each(m, func(_, r, from, at, n int) {
		x, y, dst := x[s.at(0, r)+from*mx:], y[s.at(1, r)+from*my:], out[at:at+n]
		for k := range dst {
			dst[k] = f(x[k*mx], y[k*my])
		}
	})
}

// stride is by how much operand k goes on from element to element of a row: 1, or 0 where it is stretched.
func (s *stretch) stride(k int) int {
	if s.moves(k) {
		return 1
	}
	return 0
}

func relation[E int32 | float32 | float64, T Float](fn string) func(a, b E) T {
	truth := func(c bool) T {
		if c {
			return 1
		}
		return 0
	}
	switch fn {
	case "equal":
		return func(a, b E) T { return truth(a == b) }
	case "not_equal":
		return func(a, b E) T { return truth(a != b) }
	case "less":
		return func(a, b E) T { return truth(a < b) }
	case "less_equal":
		return func(a, b E) T { return truth(a <= b) }
	case "greater":
		return func(a, b E) T { return truth(a > b) }
	case "greater_equal":
		return func(a, b E) T { return truth(a >= b) }
	}
	panic("cpu: op.Compare let " + fn + " pass")
}
