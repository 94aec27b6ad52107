package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var (
	_ = register(adam[float32], adam[float64])
	_ = register(adamRows[float32], adamRows[float64]).withScratch(adamRowsScratch)
)

func adam[T Float](u op.Adam, b *Bound[T]) Run {
	g := b.In[1].F
	step := adamPart(u, b, b.In[2].F, b.In[3:])
	return b.elementwise(len(g), func(lo, hi int) { step(lo, hi, g[lo:hi]) })
}

// adamPart returns the function that updates the elements lo to hi-1 of the weight and its slots by their gradients g.
func adamPart[T Float](u op.Adam, b *Bound[T], hyper []T, slots []Buf[T]) func(lo, hi int, g []T) {
	w, m, v := b.In[0].F, slots[0].F, slots[1].F
	var top []T
	if u.AMSGrad {
		top = slots[2].F
	}
	if is32[T]() {
		args := f32vec.AdamArgs{OneMinusBeta1: float32(1 - u.Beta1), OneMinusBeta2: float32(1 - u.Beta2), Epsilon: float32(u.Epsilon)}
		return func(lo, hi int, g []T) {
			a := args
			a.Decay, a.Alpha = float32(hyper[0]), float32(hyper[op.Hyper0])
			f32vec.Adam(b.ISA, f32(w[lo:hi]), f32(m[lo:hi]), f32(v[lo:hi]), f32(part(top, lo, hi)), f32(g), a)
		}
	}
	m1, v1, eps := T(1-u.Beta1), T(1-u.Beta2), T(u.Epsilon)
	return func(lo, hi int, g []T) {
		decay(w[lo:hi], hyper)
		for i, x := range g {
			i += lo
			m[i] += T((x - m[i]) * m1)
			v[i] += T((T(x*x) - v[i]) * v1)
			second := v[i]
			if top != nil {
				top[i] = max(top[i], v[i])
				second = top[i]
			}
			w[i] -= T(m[i]*hyper[op.Hyper0]) / (root(second) + eps)
		}
	}
}

// adamRowsTask is how many elements of the table a task of AdamRows updates, at least a row: few enough for their gradient to stay in
// the first cache.
const adamRowsTask = 4 << 10

func adamRowsTasks(table []int) (rows, tasks int) {
	rows = max(1, adamRowsTask/max(1, table[1]))
	return rows, (table[0] + rows - 1) / rows
}

func adamRowsScratch(o *op.Op, m *Machine) int {
	table := o.In[0].Shape
	rows, tasks := adamRowsTasks(table)
	return padded(o.In[1].Elems()) + padded(tasks+1) + m.Workers()*padded(rows*table[1])
}

// rowsJob is AdamRows bound to memory: the positions of the indices are sorted by the task that has the row, and each task adds up
// the gradient of its rows just before it updates them.
type rowsJob[T Float] struct {
	indices      Buf[T]
	dy           []T
	step         func(lo, hi int, g []T)
	b            *Bound[T]
	size, table  int
	rows, tasks  int
	order, start []int32
	sums         [][]T // of each worker, 0 between tasks
}

func adamRows[T Float](u op.AdamRows, b *Bound[T]) Run {
	table := b.In[0].Shape
	j := &rowsJob[T]{indices: b.In[1], dy: b.In[2].F, step: adamPart(u.Adam, b, b.In[3].F, b.In[4:]), b: b, table: table[0], size: table[1]}
	j.rows, j.tasks = adamRowsTasks(table)
	memory := b.Scratch
	n := b.Op.In[1].Elems()
	j.order, memory = ints(memory, n), memory[padded(n):]
	j.start, memory = ints(memory, j.tasks+1), memory[padded(j.tasks+1):]
	for range b.Workers() {
		j.sums, memory = append(j.sums, memory[:j.rows*j.size]), memory[padded(j.rows*j.size):]
	}
	task := j.task
	return func(*Context) {
		j.sort(n)
		for _, s := range j.sums {
			clear(s)
		}
		b.For(j.tasks, task)
	}
}

// sort sets order to the positions by task, ascending within a task, and start to where those of each task begin. An index that is
// no row has none.
func (j *rowsJob[T]) sort(n int) {
	clear(j.start)
	for i := range n {
		if row, ok := indexAt(j.indices, i, j.table); ok {
			j.start[row/j.rows]++
		}
	}
	at := int32(0)
	for t, count := range j.start {
		at += count
		j.start[t] = at
	}
	for i := n - 1; i >= 0; i-- {
		if row, ok := indexAt(j.indices, i, j.table); ok {
			t := row / j.rows
			j.start[t]--
			j.order[j.start[t]] = int32(i)
		}
	}
}

func (j *rowsJob[T]) task(t, worker int) {
	lo, hi := t*j.rows, min(j.table, (t+1)*j.rows)
	sums := j.sums[worker]
	mine := j.order[j.start[t]:j.start[t+1]]
	row := func(i int32) []T {
		r, _ := indexAt(j.indices, int(i), j.table)
		return sums[(r-lo)*j.size:][:j.size]
	}
	for _, i := range mine {
		fetch(j.dy[int(i)*j.size:][:j.size])
	}
	for _, i := range mine {
		addTo(j.b.ISA, row(i), j.dy[int(i)*j.size:][:j.size])
	}
	j.step(lo*j.size, hi*j.size, sums[:(hi-lo)*j.size])
	for _, i := range mine {
		clear(row(i))
	}
}
