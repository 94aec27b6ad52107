package expr

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// What follows is what every function is made of: one graph operation each, with its shape rule over
// sizes that may be unknown or the batch's.

// apply is a tensor made by one operation of known attributes.
func apply(d op.Def, s Shape, k Kind, in ...*Tensor) *Tensor {
	return &Tensor{Shape: s, Kind: k, in: in, make: func(s *Scope, in []*op.Node) *op.Node { return s.Apply(d, in...) }}
}

// constantOf is a tensor of known elements, or of one for all of them.
func constantOf(k Kind, s Shape, values ...float64) *Tensor {
	return &Tensor{Shape: s, Kind: k, constant: values, make: func(sc *Scope, _ []*op.Node) *op.Node {
		to := sc.DType
		if k == Int {
			to = op.Int32
		}
		return sc.Apply(op.Constant{Shape: s.at(sc.Batch), Values: values, To: to}, sc.Anchor)
	}}
}

// scalar is the number that a constant of no axes is.
func (t *Tensor) scalar() (float64, bool) {
	if t.constant == nil || len(t.Shape) > 0 {
		return 0, false
	}
	return t.constant[0], true
}

// as is the tensor as one of another type. Floats lose their fraction as integers.
func (t *Tensor) as(k Kind) *Tensor {
	switch {
	case t.Kind == k:
		return t
	case k == Bool:
		return compare("not_equal", t, constantOf(t.Kind, nil, 0))
	case t.constant != nil:
		c := constantOf(k, t.Shape, slices.Clone(t.constant)...)
		if k == Int {
			for i, v := range c.constant {
				c.constant[i] = float64(int32(v))
			}
		}
		return c
	case k == Int:
		return apply(op.Cast{To: op.Int32}, t.Shape, Int, t)
	case t.Kind == Bool:
		return &Tensor{Shape: t.Shape, Kind: Float, in: []*Tensor{t}, make: func(_ *Scope, in []*op.Node) *op.Node { return in[0] }}
	}
	return &Tensor{Shape: t.Shape, Kind: k, in: []*Tensor{t}, make: func(s *Scope, in []*op.Node) *op.Node {
		return s.Apply(op.Cast{To: s.DType}, in[0])
	}}
}

func unary(fn string, x *Tensor, p ...float64) *Tensor {
	u := op.Unary{Fn: fn}
	for i, v := range p {
		*[]*float64{&u.A, &u.B, &u.C}[i] = v
	}
	return apply(u, x.Shape, Float, x.as(Float))
}

// affine is a·x + b.
func affine(x *Tensor, a, b float64) *Tensor { return unary("affine", x, a, b) }

// stretch is the shape to which NumPy stretches two shapes.
func stretch(a, b *Tensor) (Shape, error) {
	out := make(Shape, max(len(a.Shape), len(b.Shape)))
	for i := range out {
		da, db := Size(1), Size(1)
		if k := i - len(out) + len(a.Shape); k >= 0 {
			da = a.Shape[k]
		}
		if k := i - len(out) + len(b.Shape); k >= 0 {
			db = b.Shape[k]
		}
		switch {
		case da == db || db == Size(1):
			out[i] = da
		case da == Size(1):
			out[i] = db
		case !da.known() || !db.known(): // it is 1, or what the other one is
			if out[i] = da; !da.known() {
				out[i] = db
			}
		default:
			return nil, fmt.Errorf("the shapes do not fit together: axis %d is %s in one and %s in the other (%s; %s)", i, da, db, a.describe(), b.describe())
		}
	}
	return out, nil
}

// mustStretch is stretch for a Call: a mistake ends the call.
func mustStretch(a, b *Tensor) Shape {
	s, err := stretch(a, b)
	if err != nil {
		panic(&callError{err: err})
	}
	return s
}

// binary joins two tensors; integers stay integers where the operation has them, truths count as
// integers.
func binary(fn string, a, b *Tensor) *Tensor {
	s := mustStretch(a, b)
	k := Float
	if a.Kind != Float && b.Kind != Float && !slices.Contains([]string{"div", "pow", "arctan2", "nextafter", "gammainc"}, fn) {
		k = Int
	}
	if k == Float {
		if t := byNumber(fn, a, b); t != nil {
			return t
		}
	}
	return apply(op.Binary{Fn: fn}, s, k, a.as(k), b.as(k))
}

// byNumber is a sum or product of which one side is a number, as one operation.
func byNumber(fn string, a, b *Tensor) *Tensor {
	x, left := a.scalar()
	y, right := b.scalar()
	switch {
	case left == right:
		return nil
	case fn == "add" && right:
		return affine(a, 1, y)
	case fn == "add":
		return affine(b, 1, x)
	case fn == "sub" && right:
		return affine(a, 1, -y)
	case fn == "sub":
		return affine(b, -1, x)
	case fn == "mul" && right:
		return affine(a, y, 0)
	case fn == "mul":
		return affine(b, x, 0)
	case fn == "pow" && right && y == 2:
		return unary("square", a)
	case fn == "pow" && right:
		return unary("pow", a, y)
	}
	return nil
}

func compare(fn string, a, b *Tensor) *Tensor {
	s := mustStretch(a, b)
	k := Float
	if a.Kind != Float && b.Kind != Float {
		k = Int
	}
	x, y := a.as(k), b.as(k)
	return &Tensor{Shape: s, Kind: Bool, in: []*Tensor{x, y}, make: func(s *Scope, in []*op.Node) *op.Node {
		return s.Apply(op.Compare{Fn: fn, To: s.DType}, in...)
	}}
}

// both, either, not are of truths.
func both(a, b *Tensor) *Tensor {
	return apply(op.Binary{Fn: "mul"}, mustStretch(a, b), Bool, a.as(Bool), b.as(Bool))
}

func either(a, b *Tensor) *Tensor {
	return apply(op.Binary{Fn: "max"}, mustStretch(a, b), Bool, a.as(Bool), b.as(Bool))
}

func not(a *Tensor) *Tensor {
	return apply(op.Unary{Fn: "affine", A: -1, B: 1}, a.Shape, Bool, a.as(Bool))
}

func where(c, a, b *Tensor) *Tensor {
	k := join(a, b)
	s := mustStretch(&Tensor{Shape: mustStretch(a, b)}, c)
	return apply(op.Where{}, s, k, c.as(Bool), a.as(k), b.as(k))
}

// join is the type that tensors of different types become together.
func join(list ...*Tensor) Kind {
	k := Bool
	for _, t := range list {
		switch {
		case t.Kind == Float:
			return Float
		case t.Kind == Int:
			k = Int
		}
	}
	return k
}

// reduce joins axes, given from 0.
func reduce(fn string, x *Tensor, axes []int, keep bool) *Tensor {
	var s Shape
	for i, d := range x.Shape {
		switch {
		case !slices.Contains(axes, i):
			s = append(s, d)
		case keep:
			s = append(s, Size(1))
		}
	}
	k := x.Kind
	if k == Int { // sums of integers are exact as floats up to 2^24
		return reduce(fn, x.as(Float), axes, keep).as(Int)
	}
	if len(axes) == 0 {
		return x
	}
	return apply(op.Reduce{Fn: fn, Axes: axes, KeepDims: keep}, s, k, x)
}

// reshape sees the elements in another shape, which must be known to have as many.
func reshape(x *Tensor, to Shape) *Tensor {
	if slices.Equal(x.Shape, to) {
		return x
	}
	return &Tensor{Shape: to, Kind: x.Kind, in: []*Tensor{x}, make: func(s *Scope, in []*op.Node) *op.Node {
		return s.Apply(op.Reshape{To: to.at(s.Batch)}, in[0])
	}}
}

// without drops an axis of one element.
func (t *Tensor) without(axis int) *Tensor {
	return reshape(t, slices.Delete(slices.Clone(t.Shape), axis, axis+1))
}

// with adds an axis of one element.
func (t *Tensor) with(axis int) *Tensor {
	return reshape(t, slices.Insert(slices.Clone(t.Shape), axis, Size(1)))
}

func transpose(x *Tensor, perm []int) *Tensor {
	s := make(Shape, len(perm))
	same := true
	for i, p := range perm {
		s[i] = x.Shape[p]
		same = same && i == p
	}
	if same {
		return x
	}
	return apply(op.Transpose{Perm: perm}, s, x.Kind, x)
}

// moved puts an axis in another place.
func moved(x *Tensor, from, to int) *Tensor {
	perm := make([]int, 0, len(x.Shape))
	for i := range x.Shape {
		if i != from {
			perm = append(perm, i)
		}
	}
	return transpose(x, slices.Insert(perm, to, from))
}

func broadcastTo(x *Tensor, to Shape) *Tensor {
	if slices.Equal(x.Shape, to) {
		return x
	}
	return &Tensor{Shape: to, Kind: x.Kind, in: []*Tensor{x}, make: func(s *Scope, in []*op.Node) *op.Node {
		return s.Apply(op.BroadcastTo{To: to.at(s.Batch)}, in[0])
	}}
}

// taken are elements along an axis: index says which, of an axis of n, and size how many that is.
func taken(x *Tensor, axis int, size Dim, index func(n int) []int) *Tensor {
	s := slices.Clone(x.Shape)
	s[axis] = size
	return &Tensor{Shape: s, Kind: x.Kind, in: []*Tensor{x}, make: func(s *Scope, in []*op.Node) *op.Node {
		return s.Apply(op.Select{Axis: axis, Index: index(in[0].Shape()[axis])}, in[0])
	}}
}

// part is the elements of an axis from begin up to, but without, end.
func part(x *Tensor, axis, begin, end int) *Tensor {
	if d := x.Shape[axis]; begin == 0 && d == Size(end) {
		return x
	}
	s := slices.Clone(x.Shape)
	s[axis] = Size(end - begin)
	return &Tensor{Shape: s, Kind: x.Kind, in: []*Tensor{x}, make: func(s *Scope, in []*op.Node) *op.Node {
		return s.Apply(op.SliceAxis(op.SpecOf(in[0]), axis, begin, end), in[0])
	}}
}

// gather takes elements along an axis at indices; along: each at its own place.
func gather(x, indices *Tensor, axis int, along bool) *Tensor {
	s := slices.Concat(x.Shape[:axis], indices.Shape, x.Shape[axis+1:])
	if along {
		s = indices.Shape
	}
	return apply(op.Gather{Axis: axis, Along: along}, s, x.Kind, x, indices.as(Int))
}

func scan(fn string, x *Tensor, axis int, reverse bool) *Tensor {
	if x.Kind == Int {
		return scan(fn, x.as(Float), axis, reverse).as(Int)
	}
	return apply(op.Scan{Fn: fn, Axis: axis, Reverse: reverse}, x.Shape, Float, x.as(Float))
}

func argReduce(fn string, x *Tensor, axis int) *Tensor {
	s := slices.Delete(slices.Clone(x.Shape), axis, axis+1)
	return apply(op.ArgReduce{Fn: fn, Axis: axis}, s, Int, x.as(Float))
}

// sorted is a tensor in order along an axis, and where its elements were.
func sorted(x *Tensor, axis int, descending bool) (values, places *Tensor) {
	k := x.Kind
	last := len(x.Shape) - 1
	x = moved(x.as(Float), axis, last)
	values = apply(op.Sort{Descending: descending}, x.Shape, Float, x)
	places = &Tensor{Shape: x.Shape, Kind: Int, in: []*Tensor{values}, make: func(s *Scope, in []*op.Node) *op.Node { return s.Pick(in[0], 1) }}
	return moved(values, last, axis).as(k), moved(places, last, axis)
}

func softmax(x *Tensor, axis int, log bool) *Tensor {
	return apply(op.Softmax{Axis: axis, Log: log}, x.Shape, Float, x.as(Float))
}

func concat(list []*Tensor, axis int) *Tensor {
	if len(list) == 1 {
		return list[0]
	}
	k := join(list...)
	s := slices.Clone(list[0].Shape)
	in := make([]*Tensor, len(list))
	for i, t := range list {
		in[i] = t.as(k)
		if i == 0 {
			continue
		}
		if len(t.Shape) != len(s) {
			panic(&callError{err: fmt.Errorf("tensors of %d and %d axes cannot be joined: %s; %s", len(s), len(t.Shape), list[0].describe(), t.describe())})
		}
		for a, d := range t.Shape {
			switch {
			case a == axis:
				s[a] = s[a].plus(d)
			case !s[a].known():
				s[a] = d
			case d.known() && d != s[a]:
				panic(&callError{err: fmt.Errorf("axis %d is %s in one and %s in another, and only axis %d, along which they are joined, may differ: %s; %s", a, s[a], d, axis, list[0].describe(), t.describe())})
			}
		}
	}
	return apply(op.Concat{Axis: axis}, s, k, in...)
}

// matmul multiplies the matrices of the last two axes; the axes before are stretched to each other.
func matmul(a, b *Tensor) *Tensor {
	a, b = a.as(Float), b.as(Float)
	ra, rb := len(a.Shape), len(b.Shape)
	m, k, n := a.Shape[ra-2], a.Shape[ra-1], b.Shape[rb-1]
	if l := b.Shape[rb-2]; k.known() && l.known() && k != l {
		panic(&callError{err: fmt.Errorf("matrices of %s columns and %s rows cannot be multiplied (%s; %s)", k, l, a.describe(), b.describe())})
	}
	outer := mustStretch(&Tensor{Shape: a.Shape[:ra-2]}, &Tensor{Shape: b.Shape[:rb-2]})
	batch := outer.elems()
	flat := func(t *Tensor, r int) *Tensor {
		rows, cols := t.Shape[r-2], t.Shape[r-1]
		t = broadcastTo(t, slices.Concat(outer, Shape{rows, cols}))
		return reshape(t, Shape{batch, rows, cols})
	}
	y := apply(op.MatMul{}, Shape{batch, m, n}, Float, flat(a, ra), flat(b, rb))
	return reshape(y, slices.Concat(outer, Shape{m, n}))
}

func stopGradient(x *Tensor) *Tensor {
	if x.constant != nil {
		return x
	}
	return apply(op.StopGradient{}, x.Shape, x.Kind, x)
}
