package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var (
	_ = register(circle[float32], circle[float64])
	_ = register(circleGrad[float32], circleGrad[float64])
)

// compared are the examples that one example is compared with.
type compared[T Float] struct {
	op.Circle
	labels []int32
	s      []T
}

// of gives what is summed in the exponent for a pair, its derivative with respect to s, and whether the
// pair is of one label; ok is false for an example and itself where that does not count.
func (p *compared[T]) of(i, j int) (z, dz float64, same, ok bool) {
	n := len(p.labels)
	same = p.labels[i] == p.labels[j]
	if i == j && !p.Self {
		return 0, 0, true, false
	}
	d, dd := 1-float64(p.s[i*n+j]), -1.0
	switch {
	case d < 0:
		d, dd = 0, 0
	case d == 0:
		dd = -0.5 // half of max's gradient belongs to each of equal arguments
	}
	if same {
		w, far := p.Margin+d, p.Margin-d
		if w <= 0 {
			return 0, 0, true, true
		}
		return -p.Gamma * w * far, -p.Gamma * (far - w) * dd, true, true
	}
	w, far := 1+p.Margin-d, 1-p.Margin-d
	if w <= 0 {
		return 0, 0, false, true
	}
	return p.Gamma * w * far, -p.Gamma * (far + w) * dd, false, true
}

// logsums are the logarithms of the sums of exponentials over the pairs of one label and over the others; -Inf
// of none.
func (p *compared[T]) logsums(i int) [2]float64 {
	top := [2]float64{math.Inf(-1), math.Inf(-1)}
	each := func(f func(kind int, z float64)) {
		for j := range p.labels {
			if z, _, same, ok := p.of(i, j); ok {
				kind := 1
				if same {
					kind = 0
				}
				f(kind, z)
			}
		}
	}
	each(func(kind int, z float64) { top[kind] = max(top[kind], z) })
	var sum [2]float64
	each(func(kind int, z float64) { sum[kind] += f32vec.Exp64(z - top[kind]) })
	for k := range sum {
		if sum[k] > 0 {
			top[k] += f32vec.Log64(sum[k])
		}
	}
	return top
}

// softplusOf is ln(1+exp(x)), and its derivative.
func softplusOf(x float64) (y, dy float64) {
	e := f32vec.Exp64(-math.Abs(x))
	y, dy = f32vec.Log64(1+e), 1/(1+e)
	if e < 1e-8 { // of which 1+e knows less
		y = e
	}
	if x > 0 {
		return x + y, dy
	}
	return y, e * dy
}

func circle[T Float](c op.Circle, b *Bound[T]) Run {
	p := &compared[T]{c, b.In[0].I, b.In[1].F}
	values, counts := b.Out[0].F, b.Out[1].F
	one := func(i, _ int) {
		v, l := 0.0, p.logsums(i)
		if x := l[0] + l[1]; !math.IsInf(x, -1) {
			v, _ = softplusOf(x)
		}
		value := flush(T(v))
		if values != nil {
			values[i] = value
		}
		if counts != nil {
			counts[i] = 0
			if value > 0 {
				counts[i] = 1
			}
		}
	}
	return func(*Context) { b.For(len(p.labels), one) }
}

func circleGrad[T Float](c op.CircleGrad, b *Bound[T]) Run {
	p := &compared[T]{c.Circle, b.In[0].I, b.In[1].F}
	dv, ds := b.In[2].F, b.Out[0].F
	n := len(p.labels)
	one := func(i, _ int) {
		row, l := ds[i*n:(i+1)*n], p.logsums(i)
		x := l[0] + l[1]
		if math.IsInf(x, -1) || dv[i] == 0 {
			clear(row)
			return
		}
		_, slope := softplusOf(x)
		slope *= float64(dv[i])
		for j := range row {
			z, dz, same, ok := p.of(i, j)
			kind := 1
			if same {
				kind = 0
			}
			if row[j] = 0; ok && dz != 0 {
				row[j] = flush(T(slope * f32vec.Exp64(z-l[kind]) * dz))
			}
		}
	}
	return func(*Context) { b.For(n, one) }
}
