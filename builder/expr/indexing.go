package expr

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
)

// triangle is x where row - column is at least (or at most) -k, else 0, of the last two axes.
func (c *call) triangle(fn string) *Tensor {
	x, k := c.tensor("x"), c.integer("k")
	r := len(x.Shape)
	if r < 2 {
		c.fail("x", "a matrix is wanted, and there are %d axes", r)
	}
	rows, cols := c.fixedAxis("x", x, r-2), c.fixedAxis("x", x, r-1)
	return where(triangular(rows, cols, k, fn), x, constantOf(x.Kind, nil, 0))
}

// triangular is 1 where column - row is at most k ("less_equal") or at least ("greater_equal").
func triangular(rows, cols, k int, fn string) *Tensor {
	v := make([]float64, rows*cols)
	for i := range rows {
		for j := range cols {
			if j-i <= k && fn == "less_equal" || j-i >= k && fn == "greater_equal" {
				v[i*cols+j] = 1
			}
		}
	}
	return constantOf(Bool, Shape{Size(rows), Size(cols)}, v...)
}

// diagonal is the diagonal of two axes, as the last axis.
func (c *call) diagonal(x *Tensor, offset, axis1, axis2 int) *Tensor {
	if axis1 == axis2 {
		c.fail("axis2", "two different axes are wanted")
	}
	x = moved(x, axis1, len(x.Shape)-1)
	if axis2 > axis1 {
		axis2--
	}
	x = moved(x, axis2, len(x.Shape)-1)
	last := len(x.Shape) - 1
	rows, cols := c.fixedAxis("x", x, last-1), c.fixedAxis("x", x, last)
	var index []int
	for i := range rows {
		if j := i + offset; j >= 0 && j < cols {
			index = append(index, i*cols+j)
		}
	}
	flat := reshape(x, append(slices.Clone(x.Shape[:last-1]), Size(rows*cols)))
	return taken(flat, last-1, Size(len(index)), func(int) []int { return index })
}

// oneHot has a last axis of so many classes.
func oneHot(x *Tensor, classes int) *Tensor {
	places := make([]float64, classes)
	for i := range places {
		places[i] = float64(i)
	}
	return compare("equal", x.as(Int).with(len(x.Shape)), constantOf(Int, Shape{Size(classes)}, places...)).as(Float)
}

var (
	_ = function("ops::take", "x, indices, axis=None", "The elements of an axis at indices, which may be a tensor; negative ones count from the end.", func(c *call) any {
		x, i := c.tensor("x"), c.tensor("indices")
		axis := 0
		if c.given("axis") {
			axis = c.axis("axis", x)
		} else {
			x = reshape(x, Shape{x.Shape.elems()})
		}
		if i.Kind == Float {
			c.fail("indices", "indices are whole numbers; ops::cast(i, \"int32\") makes them so")
		}
		if k, ok := i.scalar(); ok {
			return at(x, axis, int(k))
		}
		if d := x.Shape[axis]; i.constant != nil && len(i.Shape) == 1 && d.fixed() {
			index := make([]int, i.Shape[0].N)
			for j := range index {
				index[j] = int(i.constant[min(j, len(i.constant)-1)])
				if index[j] < 0 {
					index[j] += d.N
				}
				if index[j] < 0 || index[j] >= d.N {
					c.fail("indices", "the index %v lies outside an axis of %d elements", i.constant[j], d.N)
				}
			}
			return taken(x, axis, i.Shape[0], func(int) []int { return index })
		}
		return gather(x, i, axis, false)
	})
	_ = function("ops::take_along_axis", "x, indices, axis=None", "For each place the element of an axis at the index that stands there.", func(c *call) any {
		x, i := c.tensor("x"), c.tensor("indices")
		axis := 0
		if c.given("axis") {
			axis = c.axis("axis", x)
		} else {
			x, i = reshape(x, Shape{x.Shape.elems()}), reshape(i, Shape{i.Shape.elems()})
		}
		if i.Kind == Float || len(i.Shape) != len(x.Shape) {
			c.fail("indices", "whole numbers with as many axes as the tensor are wanted, got shape %s of %s for %s", i.Shape, i.Kind, x.Shape)
		}
		a, b := slices.Clone(x.Shape), slices.Clone(i.Shape)
		n, k := a[axis], b[axis]
		a[axis], b[axis] = Size(1), Size(1)
		s := mustStretch(&Tensor{Shape: a}, &Tensor{Shape: b})
		s[axis] = n
		x = broadcastTo(x, slices.Clone(s))
		s[axis] = k
		return gather(x, broadcastTo(i, s), axis, true)
	})
	_ = function("ops::get_item", "x, key", "The element at an index of the first axis.", func(c *call) any { return at(c.tensor("x"), 0, c.integer("key")) })
	_ = function("ops::slice", "inputs, start_indices, shape", "The part of a shape that begins at given places; null in the shape is the batch.", func(c *call) any {
		x := c.tensor("inputs")
		start, s := c.integers("start_indices"), c.dims("shape")
		if len(start) != len(x.Shape) || len(s) != len(x.Shape) {
			c.fail("shape", "the tensor has %d axes with the batch; a place and a size are wanted for each", len(x.Shape))
		}
		for i, d := range x.Shape {
			switch {
			case d.fixed() && s[i].fixed():
				if start[i] < 0 || start[i]+s[i].N > d.N {
					c.fail("shape", "%d elements from %d on leave axis %d, which has %d", s[i].N, start[i], i, d.N)
				}
				x = part(x, i, start[i], start[i]+s[i].N)
			case d.known() && (start[i] != 0 || s[i] != d && s[i].N != -1):
				c.fail("shape", "axis %d is %s; only the whole of it can be taken, from 0 on and with null in the shape", i, d)
			case !d.known() && s[i].fixed():
				x = part(x, i, start[i], start[i]+s[i].N)
			}
		}
		return x
	})
	_ = function("ops::diagonal", "x, offset=0, axis1=0, axis2=1", "The diagonal of two axes, as the last axis.", func(c *call) any {
		x := c.tensor("x")
		return c.diagonal(x, c.integer("offset"), c.axis("axis1", x), c.axis("axis2", x))
	})
	_ = function("ops::trace", "x, offset=0, axis1=0, axis2=1", "The sum of the diagonal of two axes.", func(c *call) any {
		x := c.tensor("x")
		d := c.diagonal(x, c.integer("offset"), c.axis("axis1", x), c.axis("axis2", x))
		return reduce("sum", d, []int{len(d.Shape) - 1}, false)
	})
	_ = function("ops::tril", "x, k=0", "The lower triangle of the last two axes, 0 elsewhere.", func(c *call) any { return c.triangle("less_equal") })
	_ = function("ops::triu", "x, k=0", "The upper triangle of the last two axes, 0 elsewhere.", func(c *call) any { return c.triangle("greater_equal") })
	_ = function("ops::one_hot", "x, num_classes, axis=-1, dtype=None", "1 at the place of each number and 0 elsewhere, along a new axis.", func(c *call) any {
		x, n := c.tensor("x"), c.integer("num_classes")
		if n < 1 || n > maxElements {
			c.fail("num_classes", "%d classes", n)
		}
		axis := c.index("axis", c.integer("axis"), len(x.Shape)+1)
		return moved(oneHot(x, n), len(x.Shape), axis)
	})
	_ = function("ops::multi_hot", "inputs, num_classes, axis=-1, dtype=None", "1 at the place of each number of an axis and 0 elsewhere.", func(c *call) any {
		x, n := c.tensor("inputs"), c.integer("num_classes")
		if n < 1 || n > maxElements {
			c.fail("num_classes", "%d classes", n)
		}
		axis := c.axis("axis", x)
		hot := reduce("max", oneHot(x, n), []int{axis}, false)
		return moved(hot, len(hot.Shape)-1, min(axis, len(hot.Shape)-1))
	})
	_ = function("ops::segment_sum", "data, segment_ids, num_segments, sorted=False", "Sums of the elements of axis 0 that have the same number.", func(c *call) any {
		x, ids, n := c.tensor("data"), c.tensor("segment_ids"), c.integer("num_segments")
		if len(ids.Shape) != 1 || ids.Kind != Int || len(x.Shape) < 1 || n < 1 {
			c.fail("segment_ids", "a whole number for each element of axis 0 is wanted")
		}
		k := x.Kind
		s := append(Shape{Size(n)}, x.Shape[1:]...)
		return (&Tensor{Shape: s, Kind: Float, in: []*Tensor{oneHot(ids, n), x.as(Float)}, make: func(sc *Scope, in []*op.Node) *op.Node {
			rows := op.SpecOf(in[1]).Shape[0]
			size := op.SpecOf(in[1]).Elems() / max(1, rows)
			hot := sc.Apply(op.Reshape{To: []int{1, rows, n}}, in[0])
			flat := sc.Apply(op.Reshape{To: []int{1, rows, size}}, in[1])
			return sc.Apply(op.Reshape{To: s.at(sc.Batch)}, sc.Apply(op.MatMul{TransA: true}, hot, flat))
		}}).as(k)
	})
	_ = function("ops::isin", "x1, x2", "Whether each element is among those of the other.", func(c *call) any {
		a, b := c.tensor("x1"), c.tensor("x2")
		flat := reshape(b, Shape{b.Shape.elems()})
		return reduce("max", compare("equal", a.with(len(a.Shape)), flat), []int{len(a.Shape)}, false)
	})
	_ = function("ops::searchsorted", `sorted_sequence, values, side="left"`, "Where each value would stand in a sequence in order.", func(c *call) any {
		seq, v := c.tensor("sorted_sequence"), c.tensor("values")
		if len(seq.Shape) != 1 {
			c.fail("sorted_sequence", "a sequence of one axis is wanted")
		}
		fn := "less"
		if c.text("side", "left", "right") == "right" {
			fn = "less_equal"
		}
		return reduce("sum", compare(fn, seq, v.with(len(v.Shape))).as(Int), []int{len(v.Shape)}, false)
	})
	_ = function("ops::digitize", "x, bins", "The number of bins that lie at or below each element.", func(c *call) any {
		x, bins := c.tensor("x"), c.tensor("bins")
		if len(bins.Shape) != 1 {
			c.fail("bins", "bins of one axis are wanted")
		}
		return reduce("sum", compare("less_equal", bins, x.with(len(x.Shape))).as(Int), []int{len(x.Shape)}, false)
	})
	_ = function("ops::bincount", "x, weights=None, minlength=0", "How often each number stands along the last axis; minlength numbers are counted.", func(c *call) any {
		x, n := c.tensor("x"), c.integer("minlength")
		if n < 1 || n > maxElements || len(x.Shape) == 0 {
			c.fail("minlength", "how many numbers are counted must be said")
		}
		hot := oneHot(x, n)
		if c.given("weights") {
			w := c.floats("weights")
			return reduce("sum", binary("mul", hot, w.with(len(w.Shape))), []int{len(x.Shape) - 1}, false)
		}
		return reduce("sum", hot.as(Int), []int{len(x.Shape) - 1}, false)
	})
	_ = function("ops::size", "x", "The number of elements; unknown where the batch is among them.", func(c *call) any {
		n := c.tensor("x").Shape.elems()
		if !n.fixed() {
			return cty.UnknownVal(cty.Number)
		}
		return cty.NumberIntVal(int64(n.N))
	})
)
