package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var (
	_ = register(pointLoss[float32], pointLoss[float64])
	_ = register(pointLossGrad[float32], pointLossGrad[float64])
)

// bounds are those between which Keras keeps a probability: keras.config.epsilon(), 1e-7, and 1 less
// it, as the type of the tensor has them.
type bounds struct{ lo, hi float64 }

func boundsOf[T Float]() bounds { return bounds{float64(T(1e-7)), float64(T(1 - 1e-7))} }

// pair is a function of a target and a prediction, and its derivative with respect to the
// prediction, in float64 for both types.
type pair struct {
	value, slope func(y, p float64) float64
	hinge        bool // labels of 0 and 1 stand for -1 and 1
}

func pairOf(l op.PointLoss, b bounds) pair {
	lo := b.lo
	inf := math.Inf(1)
	switch l.Fn {
	case "squared":
		return pair{
			value: func(y, p float64) float64 { return (p - y) * (p - y) },
			slope: func(y, p float64) float64 { return 2 * (p - y) },
		}
	case "absolute":
		return pair{
			value: func(y, p float64) float64 { return math.Abs(p - y) },
			slope: func(y, p float64) float64 { return sign(p - y) },
		}
	case "huber":
		return pair{
			value: func(y, p float64) float64 {
				if e := math.Abs(p - y); !(e <= l.A) {
					return float64(l.A*e) - float64(0.5*l.A*l.A)
				}
				return 0.5 * (p - y) * (p - y)
			},
			slope: func(y, p float64) float64 { return clip(p-y, -l.A, l.A) },
		}
	case "log_cosh":
		return pair{
			value: func(y, p float64) float64 { return (p - y) + f32vec.Softplus64(-2*(p-y)) - math.Ln2 },
			slope: func(y, p float64) float64 { return f32vec.Tanh64(p - y) },
		}
	case "absolute_percentage":
		return pair{
			value: func(y, p float64) float64 { return 100 * math.Abs((y-p)/max(math.Abs(y), lo)) },
			slope: func(y, p float64) float64 { return 100 * sign(p-y) / max(math.Abs(y), lo) },
		}
	case "squared_logarithmic":
		d := func(y, p float64) float64 { return f32vec.Log64(max(p, lo)+1) - f32vec.Log64(max(y, lo)+1) }
		return pair{
			value: func(y, p float64) float64 { return d(y, p) * d(y, p) },
			slope: func(y, p float64) float64 { return 2 * d(y, p) / (max(p, lo) + 1) * inside(p, lo, inf) },
		}
	case "poisson":
		return pair{
			value: func(y, p float64) float64 { return p - float64(y*f32vec.Log64(p+lo)) },
			slope: func(y, p float64) float64 { return 1 - y/(p+lo) },
		}
	case "kl_divergence":
		return pair{
			value: func(y, p float64) float64 { return clip(y, lo, 1) * f32vec.Log64(clip(y, lo, 1)/clip(p, lo, 1)) },
			slope: func(y, p float64) float64 { return -clip(y, lo, 1) / clip(p, lo, 1) * inside(p, lo, 1) },
		}
	case "hinge":
		return pair{
			value: func(y, p float64) float64 { return max(1-float64(y*p), 0) },
			slope: func(y, p float64) float64 { return -y * inside(1-float64(y*p), 0, inf) },
			hinge: true,
		}
	case "squared_hinge":
		return pair{
			value: func(y, p float64) float64 { return max(1-float64(y*p), 0) * max(1-float64(y*p), 0) },
			slope: func(y, p float64) float64 { return -2 * y * max(1-float64(y*p), 0) },
			hinge: true,
		}
	case "binary_crossentropy":
		return smoothed(l.A, binary(b))
	case "binary_logit_crossentropy":
		return smoothed(l.A, pair{
			value: func(y, x float64) float64 {
				return float64(y*f32vec.Softplus64(-x)) + float64((1-y)*f32vec.Softplus64(x))
			},
			slope: func(y, x float64) float64 {
				return float64((1-y)*f32vec.Sigmoid64(x)) - float64(y*f32vec.Sigmoid64(-x))
			},
		})
	case "binary_focal":
		return smoothed(l.A, focal(l, binary(b)))
	case "binary_logit_focal":
		f := smoothed(l.A, focal(l, binary(b)))
		return pair{
			value: func(y, x float64) float64 { return f.value(y, f32vec.Sigmoid64(x)) },
			slope: func(y, x float64) float64 {
				return f.slope(y, f32vec.Sigmoid64(x)) * f32vec.Sigmoid64(x) * f32vec.Sigmoid64(-x)
			},
		}
	}
	panic("cpu: there is no formula for the loss " + l.Fn)
}

// smoothed squeezes the target towards ½.
func smoothed(s float64, of pair) pair {
	if s == 0 {
		return of
	}
	smooth := func(y float64) float64 { return float64(y*(1-s)) + float64(0.5*s) }
	return pair{
		value: func(y, p float64) float64 { return of.value(smooth(y), p) },
		slope: func(y, p float64) float64 { return of.slope(smooth(y), p) },
	}
}

// binary is the crossentropy of a probability that is cut to the bounds.
func binary(b bounds) pair {
	return pair{
		value: func(y, p float64) float64 {
			p = clip(p, b.lo, b.hi)
			switch y { // what is multiplied by 0 need not be computed
			case 0:
				return -f32vec.Log64(1 - p)
			case 1:
				return -f32vec.Log64(p)
			}
			return -(float64(y*f32vec.Log64(p)) + float64((1-y)*f32vec.Log64(1-p)))
		},
		slope: func(y, p float64) float64 {
			q := clip(p, b.lo, b.hi)
			return ((1-y)/(1-q) - y/q) * inside(p, b.lo, b.hi)
		},
	}
}

// focal multiplies a crossentropy by the power l.B of what the prediction lacks to the truth, and by
// the weight of the class.
func focal(l op.PointLoss, ce pair) pair {
	weight := func(y float64) float64 {
		if l.C < 0 {
			return 1
		}
		return float64(y*l.C) + float64((1-y)*(1-l.C))
	}
	lacks := func(y, p float64) float64 { return 1 - (float64(y*p) + float64((1-y)*(1-p))) }
	return pair{
		value: func(y, p float64) float64 {
			return weight(y) * f32vec.Pow64(lacks(y, p), l.B) * ce.value(y, p)
		},
		slope: func(y, p float64) float64 {
			s := float64(f32vec.Pow64(lacks(y, p), l.B) * ce.slope(y, p))
			if l.B != 0 {
				s += float64(l.B * f32vec.Pow64(lacks(y, p), l.B-1) * (1 - 2*y) * ce.value(y, p))
			}
			return weight(y) * s
		},
	}
}

// strips are the rows of a tensor along one axis: n elements, stride apart, count times.
type strips struct{ count, n, stride int }

func stripsOf(shape []int, axis int) strips {
	s := strips{1, shape[axis], 1}
	for i, d := range shape {
		if i > axis {
			s.stride *= d
		}
		if i != axis {
			s.count *= d
		}
	}
	return s
}

// start is the index of the first element of row r.
func (s strips) start(r int) int { return r/s.stride*s.stride*s.n + r%s.stride }

// rowCost is how many elements' work a row is besides its elements.
const rowCost = 32

// each returns a function that calls f for every row, those of about chunk elements in one task.
func (s strips) each(m *Machine, f func(row, worker int)) func() {
	rows := max(1, chunk/(s.n+rowCost))
	tasks := (s.count + rows - 1) / rows
	task := func(t, worker int) {
		for r := t * rows; r < min(s.count, (t+1)*rows); r++ {
			f(r, worker)
		}
	}
	return func() { m.For(tasks, task) }
}

func pointLoss[T Float](l op.PointLoss, b *Bound[T]) Run {
	y, p, out := b.In[0].F, b.In[1].F, b.Out[0].F
	s, fn := stripsOf(b.In[1].Shape, l.Axis), pairOf(l, boundsOf[T]())
	labels := &hingeLabels[T]{y: y, watch: fn.hinge}
	rows := s.each(b.Machine, func(r, _ int) {
		at, sum := s.start(r), 0.0
		for i := 0; i < s.n; i++ {
			sum += float64(fn.value(labels.of(y[at]), float64(p[at])))
			at += s.stride
		}
		if !l.Sum {
			sum /= float64(s.n)
		}
		out[r] = flush(T(sum))
	})
	return func(*Context) {
		labels.look()
		rows()
	}
}

func pointLossGrad[T Float](l op.PointLossGrad, b *Bound[T]) Run {
	y, p, dv, dp := b.In[0].F, b.In[1].F, b.In[2].F, b.Out[0].F
	s, fn := stripsOf(b.In[1].Shape, l.Axis), pairOf(l.PointLoss, boundsOf[T]())
	labels := &hingeLabels[T]{y: y, watch: fn.hinge}
	rows := s.each(b.Machine, func(r, _ int) {
		at, d := s.start(r), float64(dv[r])
		if !l.Sum {
			d /= float64(s.n)
		}
		for i := 0; i < s.n; i++ {
			dp[at] = flush(T(d * fn.slope(labels.of(y[at]), float64(p[at]))))
			at += s.stride
		}
	})
	return func(*Context) {
		labels.look()
		rows()
	}
}

// hingeLabels are the targets of a hinge loss: where a whole batch is of zeros and ones, they are
// taken for -1 and 1.
type hingeLabels[T Float] struct {
	y     []T
	watch bool
	zeros bool
}

func (l *hingeLabels[T]) look() {
	if !l.watch {
		return
	}
	l.zeros = true
	for _, y := range l.y {
		if y != 0 && y != 1 {
			l.zeros = false
			return
		}
	}
}

func (l *hingeLabels[T]) of(y T) float64 {
	if l.zeros {
		return float64(2*y - 1)
	}
	return float64(y)
}
