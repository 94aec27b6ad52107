package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(slice[float32], slice[float64])
	_ = register(pad[float32], pad[float64])
	_ = register(concat[float32], concat[float64])
)

func slice[T Float](o op.Slice, b *Bound[T]) Run {
	in, out := b.In[0], b.Out[0]
	zero := make([]int, len(in.Shape))
	if in.I != nil {
		return moveBox(b.Machine, box[int32]{out.I, out.Shape, zero}, box[int32]{in.I, in.Shape, o.Begin}, out.Shape)
	}
	return moveBox(b.Machine, box[T]{out.F, out.Shape, zero}, box[T]{in.F, in.Shape, o.Begin}, out.Shape)
}

func pad[T Float](o op.Pad, b *Bound[T]) Run {
	in, out := b.In[0], b.Out[0]
	zero := make([]int, len(in.Shape))
	var move Run
	if in.I != nil {
		move = moveBox(b.Machine, box[int32]{out.I, out.Shape, o.Before}, box[int32]{in.I, in.Shape, zero}, in.Shape)
	} else {
		move = moveBox(b.Machine, box[T]{out.F, out.Shape, o.Before}, box[T]{in.F, in.Shape, zero}, in.Shape)
	}
	around := b.elementwise(len(out.F)+len(out.I), func(lo, hi int) {
		if in.I != nil {
			fill(out.I[lo:hi], int32(o.Value))
		} else {
			fill(out.F[lo:hi], flush(T(o.Value)))
		}
	})
	return func(c *Context) {
		around(c)
		move(c)
	}
}

func concat[T Float](o op.Concat, b *Bound[T]) Run {
	var moves []Run
	out := b.Out[0]
	at := 0
	for _, in := range b.In {
		to, zero := make([]int, len(out.Shape)), make([]int, len(out.Shape))
		to[o.Axis] = at
		at += in.Shape[o.Axis]
		if in.I != nil {
			moves = append(moves, moveBox(b.Machine, box[int32]{out.I, out.Shape, to}, box[int32]{in.I, in.Shape, zero}, in.Shape))
		} else {
			moves = append(moves, moveBox(b.Machine, box[T]{out.F, out.Shape, to}, box[T]{in.F, in.Shape, zero}, in.Shape))
		}
	}
	return func(c *Context) {
		for _, m := range moves {
			m(c)
		}
	}
}

// box is where a part of a tensor begins.
type box[E any] struct {
	v     []E
	shape []int
	begin []int
}

// strides are the distances of neighbours along each axis; at is where the part begins.
func (x *box[E]) strides() (out []int, at int) {
	out = make([]int, len(x.shape))
	step := 1
	for i := len(x.shape) - 1; i >= 0; i-- {
		out[i] = step
		at += x.begin[i] * step
		step *= x.shape[i]
	}
	return out, at
}

// moved is an axis along which a part is copied: its size, and the distances of neighbours.
type moved struct{ n, dst, src int }

// fewElements is up to how many elements are copied by a loop.
const fewElements = 8

// moveBox copies a part of the given size from one tensor into another.
func moveBox[E any](m *Machine, dst, src box[E], size []int) Run {
	to, toAt := dst.strides()
	from, fromAt := src.strides()
	// What lies together in both is a run; axes that go on where the one after them ends are one with that.
	axes, run := []moved{{1, 0, 0}}, 1
	for i, n := range size {
		if n == 0 {
			return func(*Context) {}
		}
		last := &axes[len(axes)-1]
		switch {
		case n == 1:
		case last.dst == n*to[i] && last.src == n*from[i]:
			*last = moved{last.n * n, to[i], from[i]}
		default:
			axes = append(axes, moved{n, to[i], from[i]})
		}
	}
	if last := axes[len(axes)-1]; last.dst == 1 && last.src == 1 {
		run, axes = last.n, axes[:len(axes)-1]
	}
	if len(axes) == 0 {
		axes = []moved{{1, 0, 0}}
	}
	inner, outer := axes[len(axes)-1], axes[:len(axes)-1]
	rows := inner.n
	for _, a := range outer {
		rows *= a.n
	}
	per := max(1, chunk/run)
	task := func(t, _ int) {
		end := min(rows, (t+1)*per)
		for r := t * per; r < end; {
			line, first := r/inner.n, r%inner.n
			n := min(inner.n-first, end-r)
			d, s := toAt+first*inner.dst, fromAt+first*inner.src
			for i := len(outer) - 1; i >= 0; i-- {
				a := &outer[i]
				d += line % a.n * a.dst
				s += line % a.n * a.src
				line /= a.n
			}
			moveRuns(dst.v[d:], src.v[s:], n, run, inner)
			r += n
		}
	}
	tasks := (rows + per - 1) / per
	return func(*Context) { m.For(tasks, task) }
}

// moveRuns copies n runs.
func moveRuns[E any](dst, src []E, n, run int, by moved) {
	switch {
	case run == 1:
		for k := range n {
			dst[k*by.dst] = src[k*by.src]
		}
	case run <= fewElements:
		for k := range n {
			d, s := dst[k*by.dst:][:run], src[k*by.src:][:run]
			//lint:ignore S1001 of so few elements, a call of copy takes longer than copying them
			for j, v := range s {
				d[j] = v
			}
		}
	default:
		for k := range n {
			copy(dst[k*by.dst:][:run], src[k*by.src:])
		}
	}
}
