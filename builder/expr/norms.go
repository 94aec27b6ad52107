package expr

import (
	"math"
	"slices"
)

// norm is the length of vectors or the size of matrices, along one or two axes.
func (c *call) norm() *Tensor {
	x := c.floats("x")
	axes, keep := c.axes("axis", x), c.truth("keepdims")
	ord := 2.0
	if v := c.known("ord"); v.IsNull() {
		return unary("sqrt", reduce("sum", unary("square", x), axes, keep))
	} else if v.Type().FriendlyName() == "string" {
		switch c.text("ord", "inf", "-inf", "fro", "nuc") {
		case "fro":
			return unary("sqrt", reduce("sum", unary("square", x), axes, keep))
		case "inf":
			ord = math.Inf(1)
		case "-inf":
			ord = math.Inf(-1)
		case "nuc":
			if len(axes) != 2 {
				c.fail("ord", "\"nuc\" is of matrices: two axes are wanted")
			}
			return c.spectral(x, axes, keep, func(s *Tensor, axis int) *Tensor { return reduce("sum", s, []int{axis}, false) })
		}
	} else {
		ord = c.number("ord")
	}
	switch len(axes) {
	case 1:
		return vectorNorm(x, axes, ord, keep)
	case 2:
		return c.matrixNorm(x, axes, ord, keep)
	}
	c.fail("ord", "one axis, or the two of a matrix, are wanted with ord; without it all elements are taken")
	return nil
}

func vectorNorm(x *Tensor, axes []int, ord float64, keep bool) *Tensor {
	switch ord {
	case math.Inf(1):
		return reduce("max", absolute(x), axes, keep)
	case math.Inf(-1):
		return reduce("min", absolute(x), axes, keep)
	case 2:
		return unary("sqrt", reduce("sum", unary("square", x), axes, keep))
	case 1:
		return reduce("sum", absolute(x), axes, keep)
	case 0:
		return reduce("sum", compare("not_equal", x, number(0)).as(Float), axes, keep)
	}
	return unary("pow", reduce("sum", unary("pow", absolute(x), ord), axes, keep), 1/ord)
}

// matrixNorm takes the first of the axes, as they are written, for the rows.
func (c *call) matrixNorm(x *Tensor, axes []int, ord float64, keep bool) *Tensor {
	rows, cols := axes[0], axes[1]
	if c.given("axis") {
		l := c.integers("axis")
		rows, cols = c.index("axis", l[0], len(x.Shape)), c.index("axis", l[1], len(x.Shape))
	}
	over, fn := rows, "max"
	switch ord {
	case 2:
		return c.spectral(x, axes, keep, func(s *Tensor, axis int) *Tensor { return at(s, axis, 0) })
	case -2:
		return c.spectral(x, axes, keep, func(s *Tensor, axis int) *Tensor { return at(s, axis, -1) })
	case 1:
	case -1:
		fn = "min"
	case math.Inf(1):
		over = cols
	case math.Inf(-1):
		over, fn = cols, "min"
	default:
		c.fail("ord", "of matrices ord is \"fro\", \"nuc\", 1, -1, 2, -2, \"inf\" or \"-inf\"")
	}
	y := reduce(fn, reduce("sum", absolute(x), []int{over}, true), axes, true)
	if keep {
		return y
	}
	return squeezed(y, axes)
}

// spectral joins the singular values of the matrices of two axes.
func (c *call) spectral(x *Tensor, axes []int, keep bool, join func(s *Tensor, axis int) *Tensor) *Tensor {
	var perm []int
	for i := range x.Shape {
		if !slices.Contains(axes, i) {
			perm = append(perm, i)
		}
	}
	x = transpose(x, append(perm, axes...))
	r := len(x.Shape)
	_, s, _ := singular(x, c.fixedAxis("x", x, r-2), c.fixedAxis("x", x, r-1), false)
	return apart(join(s, r-2), axes, keep)
}

// nanQuantile is the quantile over axes of what is a number; NaN where nothing is.
func (c *call) nanQuantile(q float64, method string) *Tensor {
	x := c.floats("x")
	axes, keep := c.axes("axis", x), c.truth("keepdims")
	if q < 0 || q > 1 {
		c.fail("q", "a share from 0 to 1 is wanted, got %v", q)
	}
	x = together(x, axes)
	last := len(x.Shape) - 1
	values, _ := sorted(x, last, false) // what is none comes last
	count := reduce("sum", affine(unary("isnan", x), -1, 1), []int{last}, true)
	place := binary("max", affine(count, q, -q), number(0))
	lo, hi := unary("floor", place), unary("ceil", place)
	share := binary("sub", place, lo)
	switch method {
	case "lower":
		share = affine(share, 0, 0)
	case "higher":
		share = unary("ceil", share)
	case "midpoint":
		share = affine(unary("ceil", share), 0.5, 0)
	case "nearest":
		share = binary("sub", unary("round", place), lo)
	}
	below, above := gather(values, lo.as(Int), last, true), gather(values, hi.as(Int), last, true)
	y := binary("add", binary("mul", below, affine(share, -1, 1)), binary("mul", above, share))
	return apart(y.without(last), axes, keep)
}

var (
	_ = function("ops::nanmedian", "x, axis=None, keepdims=False", "The middle one over axes of what is a number; of two their mean.", func(c *call) any { return c.nanQuantile(0.5, "linear") })
	_ = function("ops::nanquantile", `x, q, axis=None, method="linear", keepdims=False`, "What a share q of the elements that are numbers is below.", func(c *call) any {
		return c.nanQuantile(c.number("q"), c.text("method", "linear", "lower", "higher", "midpoint", "nearest"))
	})
	_ = function("ops::nanpercentile", `x, q, axis=None, method="linear", keepdims=False`, "What q percent of the elements that are numbers are below.", func(c *call) any {
		return c.nanQuantile(c.number("q")/100, c.text("method", "linear", "lower", "higher", "midpoint", "nearest"))
	})
)
