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

// row is where in v row r of the part lies: the last axes, from axis k on, are the row.
func (x *box[E]) row(r, k int, size []int) int {
	at, step := 0, 1
	for i := len(x.shape) - 1; i >= 0; i-- {
		c := x.begin[i]
		if i < k {
			c += r % size[i]
			r /= size[i]
		}
		at += c * step
		step *= x.shape[i]
	}
	return at
}

// moveBox copies a part of the given size from one tensor into another.
func moveBox[E any](m *Machine, dst, src box[E], size []int) Run {
	k, run := len(size), 1
	for k > 0 {
		k--
		run *= size[k]
		if size[k] != dst.shape[k] || size[k] != src.shape[k] {
			break
		}
	}
	rows := 1
	for _, d := range size[:k] {
		rows *= d
	}
	if run == 0 {
		rows = 0
	}
	return m.grouped(rows, run, func(r, _ int) {
		at := dst.row(r, k, size)
		copy(dst.v[at:at+run], src.v[src.row(r, k, size):])
	})
}
