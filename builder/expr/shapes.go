package expr

import (
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
)

// resolve fills in the one -1 of a shape that x is to be seen in.
func (c *call) resolve(arg string, x *Tensor, to Shape) Shape {
	open, n := -1, Size(1)
	for i, d := range to {
		if d.N >= 0 {
			n = n.times(d)
			continue
		}
		if open >= 0 {
			c.fail(arg, "one axis at most may be -1")
		}
		open = i
	}
	total := x.Shape.elems()
	to = slices.Clone(to)
	switch {
	case !total.known():
		if open >= 0 {
			to[open] = unknown
		}
	case open < 0 && n != total:
		c.fail(arg, "the shape %s has %s elements, and %s has %s", to, n, x.Shape, total)
	case open >= 0:
		if n.N == 0 || total.N%n.N != 0 || total.B < n.B {
			c.fail(arg, "%s elements cannot be arranged with %s in the other axes", total, n)
		}
		to[open] = Dim{total.N / n.N, total.B - n.B}
	}
	return to
}

func stack(list []*Tensor, axis int) *Tensor {
	out := make([]*Tensor, len(list))
	for i, t := range list {
		out[i] = t.with(axis)
	}
	return concat(out, axis)
}

// at is the elements at one index of an axis, which may count from the end; the axis goes.
func at(x *Tensor, axis, i int) *Tensor {
	d := x.Shape[axis]
	if d.fixed() && (i >= d.N || i < -d.N) {
		panic(&callError{err: fmt.Errorf("the index %d lies outside an axis of %d elements", i, d.N)})
	}
	if i >= 0 && d.fixed() {
		return part(x, axis, i, i+1).without(axis)
	}
	return taken(x, axis, Size(1), func(n int) []int {
		if i < 0 {
			return []int{i + n}
		}
		return []int{i}
	}).without(axis)
}

func flip(x *Tensor, axes []int) *Tensor {
	for _, a := range axes {
		x = taken(x, a, x.Shape[a], func(n int) []int {
			out := make([]int, n)
			for i := range out {
				out[i] = n - 1 - i
			}
			return out
		})
	}
	return x
}

// repeat is each element of an axis n times; tile the whole axis n times.
func repeat(x *Tensor, axis, n int) *Tensor {
	return taken(x, axis, x.Shape[axis].times(Size(n)), func(size int) []int {
		out := make([]int, 0, size*n)
		for i := range size * n {
			out = append(out, i/n)
		}
		return out
	})
}

func tile(x *Tensor, axis, n int) *Tensor {
	if n == 1 {
		return x
	}
	return taken(x, axis, x.Shape[axis].times(Size(n)), func(size int) []int {
		out := make([]int, 0, size*n)
		for i := range size * n {
			out = append(out, i%size)
		}
		return out
	})
}

func roll(x *Tensor, axis, shift int) *Tensor {
	return taken(x, axis, x.Shape[axis], func(n int) []int {
		out := make([]int, n)
		for i := range out {
			out[i] = ((i-shift)%n + n) % n
		}
		return out
	})
}

// cut divides an axis into parts that end at the given places and the end.
func cut(x *Tensor, axis int, ends []int) []*Tensor {
	var out []*Tensor
	begin := 0
	n := x.Shape[axis].N
	for _, e := range append(ends, n) {
		if e < 0 {
			e += n
		}
		e = max(begin, min(e, n))
		out = append(out, part(x, axis, begin, e))
		begin = e
	}
	return out
}

// fixedAxis is an axis whose size must be known and not the batch's.
func (c *call) fixedAxis(arg string, x *Tensor, axis int) int {
	d := x.Shape[axis]
	if !d.known() {
		panic(unknownError{})
	}
	if !d.fixed() {
		c.fail(arg, "axis %d is the batch, which cannot be taken apart", axis)
	}
	return d.N
}

// later is a part of an axis whose size is not known yet: it cannot be built.
func later(x *Tensor, axis int) *Tensor {
	s := slices.Clone(x.Shape)
	s[axis] = unknown
	return &Tensor{Shape: s, Kind: x.Kind, in: []*Tensor{x}, make: func(sc *Scope, _ []*op.Node) *op.Node {
		return sc.Fail(fmt.Errorf("a part of an axis of unknown size"))
	}}
}

func (c *call) sections(x *Tensor, axis int, uneven bool) []*Tensor {
	v := c.known("indices_or_sections")
	several := v.IsNull() || v.Type() != cty.Number
	if !x.Shape[axis].known() {
		k := 1
		if several {
			k = len(c.integers("indices_or_sections")) + 1
		} else {
			k = min(max(1, c.integer("indices_or_sections")), maxElements)
		}
		var out []*Tensor
		for range k {
			out = append(out, later(x, axis))
		}
		return out
	}
	n := c.fixedAxis("axis", x, axis)
	if several {
		return cut(x, axis, c.integers("indices_or_sections"))
	}
	k := c.integer("indices_or_sections")
	if k < 1 || k > maxElements || !uneven && n%k != 0 {
		c.fail("indices_or_sections", "an axis of %d elements cannot be divided into %d equal parts", n, k)
	}
	var ends []int
	for i := 1; i < k; i++ {
		ends = append(ends, i*(n/k)+min(i, n%k))
	}
	return cut(x, axis, ends)
}

// pairs is the argument pad_width: a number, two, or two for each axis.
func (c *call) pairs(arg string, rank int) (before, after []int) {
	v := c.known(arg)
	one := func(v cty.Value) (int, int) {
		if !v.IsNull() && v.Type() == cty.Number {
			n := c.asInteger(arg, v)
			return n, n
		}
		l := c.list(arg, v)
		if len(l) != 2 {
			c.fail(arg, "two numbers are wanted for each axis, before and after")
		}
		return c.asInteger(arg, l[0]), c.asInteger(arg, l[1])
	}
	add := func(b, a int) {
		if b < 0 || a < 0 || b > maxElements || a > maxElements {
			c.fail(arg, "%d elements before and %d after", b, a)
		}
		before, after = append(before, b), append(after, a)
	}
	if v.IsNull() || v.Type() == cty.Number {
		b, a := one(v)
		for range rank {
			add(b, a)
		}
		return before, after
	}
	l := c.list(arg, v)
	if len(l) == 2 && rank != 2 && l[0].Type() == cty.Number {
		b, a := one(v)
		for range rank {
			add(b, a)
		}
		return before, after
	}
	if len(l) != rank {
		c.fail(arg, "there are %d axes with the batch, and %d pairs", rank, len(l))
	}
	for _, e := range l {
		add(one(e))
	}
	return before, after
}

// reflected are the places that an axis of n elements and what is added to it are taken from.
func reflected(n, before, after int, mode string) []int {
	var out []int
	for i := -before; i < n+after; i++ {
		k := i
		switch mode {
		case "reflect":
			for n > 1 && (k < 0 || k >= n) {
				if k < 0 {
					k = -k
				} else {
					k = 2*(n-1) - k
				}
			}
		case "symmetric":
			for k < 0 || k >= n {
				if k < 0 {
					k = -k - 1
				} else {
					k = 2*n - 1 - k
				}
			}
		}
		out = append(out, max(0, min(k, n-1)))
	}
	return out
}

// dimsValue is a shape as numbers, null for the batch.
func dimsValue(s Shape) cty.Value {
	out := make([]cty.Value, len(s))
	for i, d := range s {
		switch {
		case d.fixed():
			out[i] = cty.NumberIntVal(int64(d.N))
		case d == Batch:
			out[i] = cty.NullVal(cty.Number)
		default:
			out[i] = cty.UnknownVal(cty.Number)
		}
	}
	if len(out) == 0 {
		return cty.EmptyTupleVal
	}
	return cty.TupleVal(out)
}

var (
	_ = function("ops::shape", "x", "The size of each axis, null for the batch.", func(c *call) any { return dimsValue(c.tensor("x").Shape) })
	_ = function("ops::ndim", "x", "The number of axes, the batch included.", func(c *call) any { return cty.NumberIntVal(int64(len(c.tensor("x").Shape))) })
	_ = function("ops::dtype", "x", "The type of the elements.", func(c *call) any { return cty.StringVal(string(c.tensor("x").Kind)) })
	_ = function("ops::reshape", "x, newshape", "The elements in another shape; one axis may be -1, null is the batch.", func(c *call) any {
		x := c.tensor("x")
		return reshape(x, c.resolve("newshape", x, c.dims("newshape")))
	})
	_ = function("ops::ravel", "x", "All elements in one axis.", func(c *call) any { x := c.tensor("x"); return reshape(x, Shape{x.Shape.elems()}) })
	_ = function("ops::transpose", "x, axes=None", "The axes in another order, by default turned round.", func(c *call) any {
		x := c.tensor("x")
		perm := make([]int, 0, len(x.Shape))
		if !c.given("axes") {
			for i := range x.Shape {
				perm = append(perm, len(x.Shape)-1-i)
			}
			return transpose(x, perm)
		}
		for _, a := range c.integers("axes") {
			k := c.index("axes", a, len(x.Shape))
			if slices.Contains(perm, k) {
				c.fail("axes", "axis %d is given twice", a)
			}
			perm = append(perm, k)
		}
		if len(perm) != len(x.Shape) {
			c.fail("axes", "the tensor has %d axes, and %d are given", len(x.Shape), len(perm))
		}
		return transpose(x, perm)
	})
	_ = function("ops::swapaxes", "x, axis1, axis2", "Two axes in each other's place.", func(c *call) any {
		x := c.tensor("x")
		a, b := c.axis("axis1", x), c.axis("axis2", x)
		perm := make([]int, len(x.Shape))
		for i := range perm {
			perm[i] = i
		}
		perm[a], perm[b] = perm[b], perm[a]
		return transpose(x, perm)
	})
	_ = function("ops::moveaxis", "x, source, destination", "Axes in other places.", func(c *call) any {
		x := c.tensor("x")
		from, to := c.integers("source"), c.integers("destination")
		if len(from) != len(to) {
			c.fail("destination", "%d axes are moved, to %d places", len(from), len(to))
		}
		perm := make([]int, len(x.Shape))
		for i := range perm {
			perm[i] = -1
		}
		used := map[int]bool{}
		for i := range from {
			f, t := c.index("source", from[i], len(perm)), c.index("destination", to[i], len(perm))
			if used[f] || perm[t] >= 0 {
				c.fail("destination", "an axis or a place is given twice")
			}
			perm[t], used[f] = f, true
		}
		next := 0
		for i := range perm {
			if perm[i] >= 0 {
				continue
			}
			for used[next] {
				next++
			}
			perm[i] = next
			next++
		}
		return transpose(x, perm)
	})
	_ = function("ops::expand_dims", "x, axis", "With axes of one element more.", func(c *call) any {
		x := c.tensor("x")
		list := c.integers("axis")
		rank := len(x.Shape) + len(list)
		var places []int
		for _, a := range list {
			k := c.index("axis", a, rank)
			if slices.Contains(places, k) {
				c.fail("axis", "axis %d is given twice", a)
			}
			places = append(places, k)
		}
		slices.Sort(places)
		for _, k := range places {
			x = x.with(k)
		}
		return x
	})
	_ = function("ops::squeeze", "x, axis=None", "Without axes of one element.", func(c *call) any {
		x := c.tensor("x")
		var drop []int
		if c.given("axis") {
			drop = c.axes("axis", x)
			for _, a := range drop {
				if d := x.Shape[a]; d.known() && d != Size(1) {
					c.fail("axis", "axis %d has %s elements", a, d)
				}
			}
		} else {
			for i, d := range x.Shape {
				if d == Size(1) {
					drop = append(drop, i)
				}
			}
		}
		return squeezed(x, drop)
	})
	_ = function("ops::broadcast_to", "x, shape", "Stretched to a shape; null is the batch.", func(c *call) any {
		x := c.tensor("x")
		to := c.dims("shape")
		if got := mustStretch(x, &Tensor{Shape: to}); !slices.Equal(got, to) {
			c.fail("shape", "the shape %s does not stretch to %s", x.Shape, to)
		}
		return broadcastTo(x, to)
	})
	_ = function("ops::tile", "x, repeats", "Repeated so often along each axis.", func(c *call) any {
		x := c.tensor("x")
		n := c.integers("repeats")
		for len(n) < len(x.Shape) {
			n = append([]int{1}, n...)
		}
		for len(x.Shape) < len(n) {
			x = x.with(0)
		}
		for i, k := range n {
			if k < 0 || k > maxElements {
				c.fail("repeats", "%d times", k)
			}
			x = tile(x, i, k)
		}
		return x
	})
	_ = function("ops::repeat", "x, repeats, axis=None", "Each element so often, one after the other.", func(c *call) any {
		x := c.tensor("x")
		n := c.integer("repeats")
		if n < 0 || n > maxElements {
			c.fail("repeats", "%d times", n)
		}
		if !c.given("axis") {
			return repeat(reshape(x, Shape{x.Shape.elems()}), 0, n)
		}
		return repeat(x, c.axis("axis", x), n)
	})
	_ = function("ops::flip", "x, axis=None", "Turned round along axes.", func(c *call) any { x := c.tensor("x"); return flip(x, c.axes("axis", x)) })
	_ = function("ops::roll", "x, shift, axis=None", "Shifted along an axis; what leaves it comes in again.", func(c *call) any {
		x := c.tensor("x")
		if !c.given("axis") {
			return reshape(roll(reshape(x, Shape{x.Shape.elems()}), 0, c.integer("shift")), x.Shape)
		}
		axes, shifts := c.integers("axis"), c.integers("shift")
		for i, a := range axes {
			x = roll(x, c.index("axis", a, len(x.Shape)), shifts[min(i, len(shifts)-1)])
		}
		return x
	})
	_ = function("ops::rot90", "array, k=1, axes=(0, 1)", "Turned by k right angles in the plane of two axes.", func(c *call) any {
		x := c.tensor("array")
		a, b := 0, 1
		if _, ok := c.values["axes"]; ok {
			l := c.integers("axes")
			if len(l) != 2 {
				c.fail("axes", "two axes are wanted")
			}
			a, b = c.index("axes", l[0], len(x.Shape)), c.index("axes", l[1], len(x.Shape))
		}
		for range ((c.integer("k") % 4) + 4) % 4 {
			perm := make([]int, len(x.Shape))
			for i := range perm {
				perm[i] = i
			}
			perm[a], perm[b] = b, a
			x = transpose(flip(x, []int{b}), perm)
		}
		return x
	})
	_ = function("ops::concatenate", "xs, axis=0", "Tensors one after the other along an axis.", func(c *call) any {
		list := c.tensors("xs")
		return concat(list, c.axis("axis", list[0]))
	})
	_ = function("ops::append", "x1, x2, axis=None", "The second tensor behind the first along an axis.", func(c *call) any {
		a, b := c.tensor("x1"), c.tensor("x2")
		if !c.given("axis") {
			return concat([]*Tensor{reshape(a, Shape{a.Shape.elems()}), reshape(b, Shape{b.Shape.elems()})}, 0)
		}
		return concat([]*Tensor{a, b}, c.axis("axis", a))
	})
	_ = function("ops::stack", "x, axis=0", "Tensors of one shape side by side, along a new axis.", func(c *call) any {
		list := c.tensors("x")
		for _, t := range list {
			if len(t.Shape) != len(list[0].Shape) {
				c.fail("x", "the tensors have %d and %d axes", len(list[0].Shape), len(t.Shape))
			}
		}
		return stack(list, c.index("axis", c.integer("axis"), len(list[0].Shape)+1))
	})
	_ = function("ops::hstack", "xs", "Tensors one after the other along axis 1 (of one axis, along it).", func(c *call) any {
		list := c.tensors("xs")
		return concat(list, min(1, len(list[0].Shape)-1))
	})
	_ = function("ops::vstack", "xs", "Tensors one after the other along axis 0.", func(c *call) any { return concat(c.tensors("xs"), 0) })
	_ = function("ops::split", "x, indices_or_sections, axis=0", "Equal parts along an axis, or parts that end at given places: a list.", func(c *call) any {
		x := c.tensor("x")
		return c.sections(x, c.axis("axis", x), false)
	})
	_ = function("ops::array_split", "x, indices_or_sections, axis=0", "As split, and the parts need not be equal.", func(c *call) any {
		x := c.tensor("x")
		return c.sections(x, c.axis("axis", x), true)
	})
	_ = function("ops::unstack", "x, num=None, axis=0", "The elements of an axis: a list.", func(c *call) any {
		x := c.tensor("x")
		axis := c.axis("axis", x)
		var out []*Tensor
		for i := range c.fixedAxis("axis", x, axis) {
			out = append(out, at(x, axis, i))
		}
		return out
	})
	_ = function("ops::pad", `x, pad_width, mode="constant", constant_values=None`, "With elements before and after along each axis: constant, reflect, symmetric or edge.", func(c *call) any {
		x := c.tensor("x")
		before, after := c.pairs("pad_width", len(x.Shape))
		mode := c.text("mode", "constant", "reflect", "symmetric", "edge")
		s := make(Shape, len(before))
		for i, d := range x.Shape {
			s[i] = d.plus(Size(before[i] + after[i]))
			if d.B > 0 && before[i]+after[i] > 0 {
				c.fail("pad_width", "axis %d is the batch, to which nothing can be added", i)
			}
			if mode == "reflect" && d.fixed() && max(before[i], after[i]) >= d.N && d.N > 0 && before[i]+after[i] > 0 || mode == "symmetric" && d.fixed() && max(before[i], after[i]) > d.N {
				c.fail("pad_width", "axis %d has %d elements, too few to be reflected so far", i, d.N)
			}
		}
		c.bounded("pad_width", s)
		if mode == "constant" {
			v := 0.0
			if c.given("constant_values") {
				v = c.number("constant_values")
			}
			return apply(op.Pad{Before: before, After: after, Value: v}, s, x.Kind, x)
		}
		for i := range before {
			if before[i]+after[i] > 0 {
				x = taken(x, i, s[i], func(n int) []int { return reflected(n, before[i], after[i], mode) })
			}
		}
		return x
	})
	_ = function("ops::meshgrid", `x1, x2, indexing="xy"`, "The coordinates of the points of a grid: a list of two.", func(c *call) any {
		a, b := c.tensor("x1"), c.tensor("x2")
		if len(a.Shape) != 1 || len(b.Shape) != 1 {
			c.fail("x1", "tensors of one axis are wanted")
		}
		if c.text("indexing", "xy", "ij") == "xy" {
			s := Shape{b.Shape[0], a.Shape[0]}
			return []*Tensor{broadcastTo(a, s), broadcastTo(b.with(1), s)}
		}
		s := Shape{a.Shape[0], b.Shape[0]}
		return []*Tensor{broadcastTo(a.with(1), s), broadcastTo(b, s)}
	})
)

var (
	_ = function("ops::fliplr", "x", "Turned round along axis 1.", func(c *call) any {
		x := c.tensor("x")
		return flip(x, []int{c.index("x", 1, len(x.Shape))})
	})
	_ = function("ops::flipud", "x", "Turned round along axis 0.", func(c *call) any {
		x := c.tensor("x")
		return flip(x, []int{c.index("x", 0, len(x.Shape))})
	})
	_ = function("ops::dstack", "xs", "Tensors one after the other along axis 2.", func(c *call) any {
		list := c.tensors("xs")
		for i, t := range list {
			switch len(t.Shape) {
			case 1:
				list[i] = t.with(0).with(2)
			case 2:
				list[i] = t.with(2)
			}
		}
		return concat(list, c.index("xs", 2, len(list[0].Shape)))
	})
	_ = function("ops::column_stack", "xs", "Tensors one after the other along axis 1, those of one axis as columns.", func(c *call) any {
		list := c.tensors("xs")
		for i, t := range list {
			if len(t.Shape) == 1 {
				list[i] = t.with(1)
			}
		}
		return concat(list, c.index("xs", 1, len(list[0].Shape)))
	})
	_ = function("ops::hsplit", "x, indices_or_sections", "As split, along axis 1 (of one axis, along it).", func(c *call) any {
		x := c.tensor("x")
		return c.sections(x, c.index("x", min(1, len(x.Shape)-1), len(x.Shape)), false)
	})
	_ = function("ops::dsplit", "x, indices_or_sections", "As split, along axis 2.", func(c *call) any {
		x := c.tensor("x")
		return c.sections(x, c.index("x", 2, len(x.Shape)), false)
	})
	_ = function("ops::vsplit", "x, indices_or_sections", "As split, along axis 0.", func(c *call) any {
		x := c.tensor("x")
		return c.sections(x, c.index("x", 0, len(x.Shape)), false)
	})
)
