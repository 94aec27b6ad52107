package expr

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// scattered writes updates into a copy of base at indices, whose last axis names the first axes of base.
func (c *call) scattered(base, indices, updates *Tensor, fn string) *Tensor {
	last := len(indices.Shape) - 1
	if indices.Kind == Float || last < 0 {
		c.fail("indices", "whole numbers are wanted, the last axis of which names axes; got %s", indices.describe())
	}
	k := c.fixedAxis("indices", indices, last)
	if k < 1 || k > len(base.Shape) {
		c.fail("indices", "indices of %d axes into the shape %s", k, base.Shape)
	}
	kind := join(base, updates)
	lead, rest := indices.Shape[:last], base.Shape[k:]
	updates = broadcastTo(updates.as(Float), mustStretch(updates, &Tensor{Shape: slices.Concat(lead, rest)}))
	if len(updates.Shape) != len(lead)+len(rest) {
		c.fail("indices", "values of shape %s for indices of shape %s into the shape %s", updates.Shape, indices.Shape, base.Shape)
	}
	y := &Tensor{Shape: base.Shape, Kind: Float, in: []*Tensor{base.as(Float), indices.as(Int), updates}, make: func(s *Scope, in []*op.Node) *op.Node {
		shape := op.SpecOf(in[0]).Shape
		o := op.Scatter{Dims: shape[:k], Fn: fn}
		inner := op.Spec{Shape: shape[k:]}.Elems()
		n := op.SpecOf(in[1]).Elems() / k
		b := s.Apply(op.Reshape{To: []int{o.Rows(), inner}}, in[0])
		i := s.Apply(op.Reshape{To: []int{n, k}}, in[1])
		u := s.Apply(op.Reshape{To: []int{n, inner}}, in[2])
		return s.Apply(op.Reshape{To: shape}, s.Apply(o, b, i, u))
	}}
	return y.as(kind)
}

// segments joins the elements of axis 0 that have the same number; start is what a number without elements has.
func (c *call) segments(fn string, start float64) *Tensor {
	x, ids, n := c.tensor("data"), c.tensor("segment_ids"), c.integer("num_segments")
	if len(ids.Shape) != 1 || ids.Kind != Int || len(x.Shape) < 1 || n < 1 || n > maxElements {
		c.fail("segment_ids", "a whole number for each element of axis 0 is wanted")
	}
	if x.Kind == Int && math.IsInf(start, 0) {
		start = math.Copysign(1<<31, start)
	}
	base := constantOf(Float, append(Shape{Size(n)}, x.Shape[1:]...), start)
	return c.scattered(base, ids.with(1), x.as(Float), fn).as(x.Kind)
}

var (
	_ = function("ops::scatter", "indices, values, shape", "Zeros of a shape, with values added at indices, whose last axis names the first axes of the shape.", func(c *call) any {
		v := c.tensor("values")
		s := c.dims("shape")
		for _, d := range s {
			if !d.known() {
				c.fail("shape", "-1 cannot stand here")
			}
		}
		return c.scattered(constantOf(v.Kind, s, 0), c.tensor("indices"), v, "add")
	})
	_ = function("ops::scatter_update", "inputs, indices, updates, reduction=None", "With updates at indices, whose last axis names the first axes; reduction joins them with what was there: add, max, min or mul.", func(c *call) any {
		fn := "update"
		if c.given("reduction") {
			fn = c.text("reduction", "add", "max", "min", "mul")
		}
		x := c.tensor("inputs")
		return c.scattered(x, c.tensor("indices"), c.tensor("updates").as(x.Kind), fn)
	})
	_ = function("ops::slice_update", "inputs, start_indices, updates", "With a part replaced that begins at given places; the batch can only be taken whole, from 0 on.", func(c *call) any {
		x, u := c.tensor("inputs"), c.tensor("updates")
		start := c.integers("start_indices")
		if len(start) != len(x.Shape) || len(u.Shape) != len(x.Shape) {
			c.fail("start_indices", "the tensor has %d axes with the batch; a place is wanted for each, and updates of as many", len(x.Shape))
		}
		before, after := make([]int, len(start)), make([]int, len(start))
		mask := constantOf(Bool, nil, 1)
		for i, d := range x.Shape {
			if !d.known() || !u.Shape[i].known() {
				panic(unknownError{})
			}
			if d == u.Shape[i] && start[i] == 0 {
				continue
			}
			if !d.fixed() || !u.Shape[i].fixed() || u.Shape[i].N > d.N {
				c.fail("updates", "axis %d has %s elements, and %s of them from %d on cannot be replaced", i, d, u.Shape[i], start[i])
			}
			before[i] = max(0, min(start[i], d.N-u.Shape[i].N)) // Keras moves the part into the tensor
			after[i] = d.N - u.Shape[i].N - before[i]
			inside := make([]float64, d.N)
			for k := range u.Shape[i].N {
				inside[before[i]+k] = 1
			}
			s := slices.Repeat(Shape{Size(1)}, len(start))
			s[i] = d
			mask = both(mask, constantOf(Bool, s, inside...))
		}
		k := join(x, u)
		return where(mask, apply(op.Pad{Before: before, After: after}, x.Shape, k, u.as(k)), x)
	})
	_ = function("ops::segment_max", "data, segment_ids, num_segments, sorted=False", "The largest of the elements of axis 0 that have the same number; where there is none, -∞.", func(c *call) any { return c.segments("max", math.Inf(-1)) })
	_ = function("ops::segment_min", "data, segment_ids, num_segments, sorted=False", "The smallest of the elements of axis 0 that have the same number; where there is none, ∞.", func(c *call) any { return c.segments("min", math.Inf(1)) })
	_ = function("ops::segment_prod", "data, segment_ids, num_segments, sorted=False", "Products of the elements of axis 0 that have the same number.", func(c *call) any { return c.segments("mul", 1) })
)
