package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(adafactor[float32], adafactor[float64])

// adafactorJob is the update bound to memory. The rows of a weight are cut into parts of some rows, each
// with sums of its own in float64, which are added in order.
type adafactorJob[T Float] struct {
	op.Adafactor
	w, g, r, c        []T
	hyper             []T
	outer, rows, cols int // the weight as [outer, rows, cols]
	factored          bool
	perPart, parts    int // of each [rows, cols]
	columns           []float64
	squares           []float64 // of a part: of w, then of u
	scale             []T       // of each row: √ of what divides g, but for the column
	step              T
}

func adafactor[T Float](u op.Adafactor, b *Bound[T]) Run {
	j := &adafactorJob[T]{Adafactor: u, w: b.In[0].F, g: b.In[1].F, hyper: b.In[2].F, r: b.In[3].F, c: b.In[4].F, outer: 1, rows: 1, cols: len(b.In[0].F)}
	if d := b.In[0].Shape; len(d) > 1 {
		j.factored = true
		j.rows, j.cols = d[len(d)-2], d[len(d)-1]
		j.outer = len(j.w) / max(1, j.rows*j.cols)
	}
	j.perPart = max(1, chunk/max(1, j.cols))
	j.parts = (j.rows + j.perPart - 1) / j.perPart
	tasks := j.outer * j.parts
	j.columns = make([]float64, tasks*j.cols)
	j.squares = make([]float64, tasks)
	j.scale = make([]T, j.outer*j.rows)
	means, lengths, take := j.means, j.lengths, j.take
	return func(*Context) {
		if len(j.w) == 0 {
			return
		}
		b.For(tasks, means)
		size := max(j.Epsilon2, float64(T(math.Sqrt(j.total()/float64(len(j.w))))))
		j.join()
		b.For(tasks, lengths)
		length := float64(T(math.Sqrt(j.total() / float64(len(j.w)))))
		j.step = T(T(size)*j.hyper[op.Hyper0]) / T(max(1, length/j.Threshold))
		b.For(tasks, take)
	}
}

// total adds the parts' squares.
func (j *adafactorJob[T]) total() float64 {
	s := 0.0
	for _, x := range j.squares {
		s += x
	}
	return s
}

// part is the range of rows of a task, counted over all [rows, cols].
func (j *adafactorJob[T]) part(task int) (o, lo, hi int) {
	o, p := task/j.parts, task%j.parts
	return o, o*j.rows + p*j.perPart, o*j.rows + min(j.rows, (p+1)*j.perPart)
}

// means shrinks the weight, sums its squares, and moves the means of the rows; those of the columns it
// sums.
func (j *adafactorJob[T]) means(task, _ int) {
	_, lo, hi := j.part(task)
	sums := j.columns[task*j.cols:][:j.cols]
	clear(sums)
	decay, beta, eps := j.hyper[0], j.hyper[op.Hyper0+1], j.Epsilon1
	squares := 0.0
	for r := lo; r < hi; r++ {
		w, g := j.w[r*j.cols:][:j.cols], j.g[r*j.cols:][:j.cols]
		row := 0.0
		for k, x := range g {
			if decay != 0 {
				w[k] = flush(w[k] - T(w[k]*decay))
			}
			squares += float64(float64(w[k]) * float64(w[k]))
			q := float64(float64(x)*float64(x)) + eps
			if !j.factored {
				j.r[k] = flush(T(beta*j.r[k]) + T((1-beta)*T(q)))
				continue
			}
			row += q
			sums[k] += q
		}
		if j.factored {
			j.r[r] = flush(T(beta*j.r[r]) + T((1-beta)*T(row/float64(j.cols))))
		}
	}
	j.squares[task] = squares
}

// join moves the means of the columns, and prepares what rows are divided by.
func (j *adafactorJob[T]) join() {
	if !j.factored {
		return
	}
	beta := j.hyper[op.Hyper0+1]
	for o := range j.outer {
		for k := range j.cols {
			s := 0.0
			for p := range j.parts {
				s += j.columns[(o*j.parts+p)*j.cols+k]
			}
			c := &j.c[o*j.cols+k]
			*c = flush(T(beta**c) + T((1-beta)*T(s/float64(j.rows))))
		}
		r, s := j.r[o*j.rows:][:j.rows], 0.0
		for _, x := range r {
			s += float64(x)
		}
		mean := T(s / float64(j.rows))
		for k, x := range r {
			j.scale[o*j.rows+k] = x / mean
		}
	}
}

// direction is g/√v of element k of row r.
func (j *adafactorJob[T]) direction(o, r, k int) T {
	v := j.r[k%len(j.r)]
	if j.factored {
		v = j.scale[r] * j.c[o*j.cols+k]
	}
	return j.g[r*j.cols+k] / root(v)
}

// lengths sums the squares of the directions.
func (j *adafactorJob[T]) lengths(task, _ int) {
	o, lo, hi := j.part(task)
	squares := 0.0
	for r := lo; r < hi; r++ {
		for k := range j.cols {
			u := float64(j.direction(o, r, k))
			squares += float64(u * u)
		}
	}
	j.squares[task] = squares
}

// take changes the weight.
func (j *adafactorJob[T]) take(task, _ int) {
	o, lo, hi := j.part(task)
	for r := lo; r < hi; r++ {
		w := j.w[r*j.cols:][:j.cols]
		for k := range w {
			w[k] = flush(w[k] - T(j.step*j.direction(o, r, k)))
		}
	}
}
