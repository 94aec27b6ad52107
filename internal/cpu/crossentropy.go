package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(crossentropy[float32], crossentropy[float64]).withScratch(func(o *op.Op, m *Machine) int {
		return m.Workers() * padded(o.In[1].Shape[o.Def.(op.Crossentropy).Axis])
	})
	_ = register(crossentropyGrad[float32], crossentropyGrad[float64])
)

// classes reads the target of a crossentropy: what each class of a row weighs.
type classes[T Float] struct {
	op.Crossentropy
	strips
	labels    []int32 // of a sparse target
	y         []T     // of any other
	keep, add float64 // label smoothing
}

func classesOf[T Float](c op.Crossentropy, y Buf[T], shape []int) *classes[T] {
	s := stripsOf(shape, c.Axis)
	return &classes[T]{c, s, y.I, y.F, 1 - c.Smoothing, c.Smoothing / float64(shape[c.Axis])}
}

// at is the target of class i of a dense row that begins at start.
func (c *classes[T]) at(start, i int) float64 {
	return float64(float64(c.y[start+i*c.stride])*c.keep) + c.add
}

// row is the row of v that begins at start, where its elements lie side by side; else nil.
func (c *classes[T]) row(v []T, start int) []T {
	if v == nil || c.stride != 1 {
		return nil
	}
	return v[start : start+c.n]
}

// label is the class of row r, and whether the row counts.
func (c *classes[T]) label(r int) (int, bool) {
	l := int(c.labels[r])
	return l, !c.HasIgnore || l != c.Ignore
}

// check finds the first label that is no class.
func (c *classes[T]) check() error {
	for r, l := range c.labels {
		if (l < 0 || int(l) >= c.n) && !(c.HasIgnore && int(l) == c.Ignore) {
			return &op.LabelError{Label: l, Classes: c.n, Position: r, Labels: len(c.labels)}
		}
	}
	return nil
}

func crossentropy[T Float](d op.Crossentropy, b *Bound[T]) Run {
	x, shape := b.In[1].F, b.In[1].Shape
	values, prob, valid := b.Out[0].F, b.Out[1].F, b.Out[2].F
	c := classesOf(d, b.In[0], shape)
	var row func(r, start int, prob, side []T) float64
	switch {
	case !d.FromLogits:
		row = rowFromProbabilities(c, x)
	case is32[T]() && c.stride == 1:
		row = fastRowFromLogits(b.ISA, c, x)
	default:
		row = rowFromLogits(c, x)
	}
	own := padded(c.n)
	rows := c.each(b.Machine, func(r, worker int) {
		start := c.start(r)
		counts := true
		if d.Sparse {
			_, counts = c.label(r)
		}
		if valid != nil {
			valid[r] = 0
			if counts {
				valid[r] = 1
			}
		}
		if !counts {
			if values != nil {
				values[r] = 0
			}
			for i := 0; prob != nil && i < c.n; i++ {
				prob[start+i*c.stride] = 0
			}
			return
		}
		p := c.row(prob, start)
		if prob == nil {
			p = b.Scratch[worker*own:][:c.n]
		}
		v := row(r, start, prob, p)
		if values != nil {
			values[r] = flush(T(v))
		}
	})
	return func(ctx *Context) {
		if err := c.check(); err != nil {
			ctx.Fail(err)
			return
		}
		rows()
	}
}

// fastRowFromLogits is rowFromLogits in float32 where the elements of a row lie side by side, as the
// probabilities then do in side.
func fastRowFromLogits[T Float](is isa.ISA, c *classes[T], x []T) func(r, start int, prob, side []T) float64 {
	return func(r, start int, _, side []T) float64 {
		in, p := f32(c.row(x, start)), f32(side)
		top := f32vec.MaxSlice(is, in)
		sum := f32softmax.ExpSum(is, p, in, top)
		log := f32vec.Log64(float64(sum)) + float64(top)
		v := 0.0
		if c.Sparse {
			l, _ := c.label(r)
			v = log - float64(in[l])
		} else {
			for i, z := range in {
				v += float64(c.at(start, i) * (log - float64(z)))
			}
		}
		f32vec.Scale(is, p, 1/sum, p)
		return v
	}
}

// rowFromLogits returns a function that gives the value of a row and, where prob is wanted, its
// probabilities.
func rowFromLogits[T Float](c *classes[T], x []T) func(r, start int, prob, side []T) float64 {
	return func(r, start int, prob, _ []T) float64 {
		top := float64(x[start])
		for i := 1; i < c.n; i++ {
			top = max(top, float64(x[start+i*c.stride]))
		}
		sum := 0.0
		for i := 0; i < c.n; i++ {
			v := expFor[T](float64(x[start+i*c.stride]) - top)
			sum += v
			if prob != nil {
				prob[start+i*c.stride] = T(v)
			}
		}
		for i := 0; prob != nil && i < c.n; i++ {
			at := start + i*c.stride
			prob[at] = flush(T(float64(prob[at]) / sum))
		}
		log := f32vec.Log64(sum)
		if c.Sparse {
			l, _ := c.label(r)
			return log - (float64(x[start+l*c.stride]) - top)
		}
		v := 0.0
		for i := 0; i < c.n; i++ {
			v += float64(c.at(start, i) * (log - (float64(x[start+i*c.stride]) - top)))
		}
		return v
	}
}

// expFor is exp good enough for T.
func expFor[T Float](x float64) float64 {
	if is32[T]() {
		return float64(f32vec.Exp(float32(x)))
	}
	return f32vec.Exp64(x)
}

// rowFromProbabilities does the same where the predictions are probabilities, or would be after
// division by their sum.
func rowFromProbabilities[T Float](c *classes[T], x []T) func(r, start int, prob, side []T) float64 {
	b := boundsOf[T]()
	return func(r, start int, prob, _ []T) float64 {
		sum := c.sum(x, start)
		for i := 0; prob != nil && i < c.n; i++ {
			prob[start+i*c.stride] = flush(T(float64(x[start+i*c.stride]) / sum))
		}
		minusLog := func(i int) float64 {
			return -f32vec.Log64(clip(float64(T(float64(x[start+i*c.stride])/sum)), b.lo, b.hi))
		}
		if c.Sparse {
			l, _ := c.label(r)
			return minusLog(l)
		}
		v := 0.0
		for i := 0; i < c.n; i++ {
			v += float64(c.at(start, i) * minusLog(i))
		}
		return v
	}
}

// sum is that of a row, rounded to T, so that probabilities are cut where Keras cuts them.
func (c *classes[T]) sum(x []T, start int) float64 {
	s := 0.0
	for i := 0; i < c.n; i++ {
		s += float64(x[start+i*c.stride])
	}
	return float64(T(s))
}

func crossentropyGrad[T Float](d op.CrossentropyGrad, b *Bound[T]) Run {
	x, dv, dx := b.In[1].F, b.In[2].F, b.Out[0].F
	c := classesOf(d.Crossentropy, b.In[0], b.In[1].Shape)
	row := gradFromProbabilities(c, x, dx)
	if d.FromLogits {
		row = gradFromLogits(b.ISA, c, x, dx)
	}
	rows := c.each(b.Machine, func(r, _ int) {
		start := c.start(r)
		if c.Sparse {
			if _, counts := c.label(r); !counts {
				for i := 0; i < c.n; i++ {
					dx[start+i*c.stride] = 0
				}
				return
			}
		}
		row(r, start, float64(dv[r]))
	})
	return func(ctx *Context) {
		if err := c.check(); err != nil {
			ctx.Fail(err)
			return
		}
		rows()
	}
}

// gradFromLogits has the probabilities p: dx = dv·(p·Σy - y).
func gradFromLogits[T Float](is isa.ISA, c *classes[T], p, dx []T) func(r, start int, dv float64) {
	return func(r, start int, dv float64) {
		if out := c.row(dx, start); c.Sparse && out != nil && is32[T]() {
			l, _ := c.label(r)
			f32vec.Scale(is, f32(out), float32(dv), f32(c.row(p, start)))
			out[l] = flush(T(dv * (float64(p[start+l]) - 1)))
			return
		}
		total, l := 1.0, -1
		if c.Sparse {
			l, _ = c.label(r)
		} else {
			total = 0
			for i := 0; i < c.n; i++ {
				total += c.at(start, i)
			}
		}
		for i := 0; i < c.n; i++ {
			y := 0.0
			switch {
			case !c.Sparse:
				y = c.at(start, i)
			case i == l:
				y = 1
			}
			dx[start+i*c.stride] = flush(T(dv * (float64(float64(p[start+i*c.stride])*total) - y)))
		}
	}
}

// gradFromProbabilities goes back through the logarithm, the cut and the division q = x/Σx: with h
// the derivative with respect to q, dx = (h - Σ h·q) / Σx.
func gradFromProbabilities[T Float](c *classes[T], x, dx []T) func(r, start int, dv float64) {
	b := boundsOf[T]()
	return func(r, start int, dv float64) {
		sum := c.sum(x, start)
		q := func(i int) float64 { return float64(T(float64(x[start+i*c.stride]) / sum)) }
		slope := func(y, q float64) float64 { return -dv * y / clip(q, b.lo, b.hi) * inside(q, b.lo, b.hi) }
		if c.Sparse {
			l, _ := c.label(r)
			h := slope(1, q(l))
			through := float64(h * q(l))
			for i := 0; i < c.n; i++ {
				dx[start+i*c.stride] = flush(T(-through / sum))
			}
			dx[start+l*c.stride] = flush(T((h - through) / sum))
			return
		}
		through := 0.0
		for i := 0; i < c.n; i++ {
			through += float64(slope(c.at(start, i), q(i)) * q(i))
		}
		for i := 0; i < c.n; i++ {
			dx[start+i*c.stride] = flush(T((slope(c.at(start, i), q(i)) - through) / sum))
		}
	}
}
