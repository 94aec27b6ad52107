package expr

import (
	"math"
	"slices"
)

// joined is a reduction over the argument axis, with keepdims.
func (c *call) joined(fn string, x *Tensor) *Tensor {
	if x.Kind == Bool && fn != "max" && fn != "min" {
		x = x.as(Int)
	}
	return reduce(fn, x, c.axes("axis", x), c.truth("keepdims"))
}

// variance is the mean square of what the elements differ from their mean, over axes.
func variance(x *Tensor, axes []int, keep bool) *Tensor {
	x = x.as(Float)
	d := binary("sub", x, reduce("mean", x, axes, true))
	return reduce("mean", unary("square", d), axes, keep)
}

// logSumExp is ln Σ eˣ, with the largest taken out.
func logSumExp(x *Tensor, axes []int, keep bool) *Tensor {
	x = x.as(Float)
	most := stopGradient(reduce("max", x, axes, true))
	most = where(unary("isfinite", most), most, number(0))
	y := binary("add", unary("log", reduce("sum", unary("exp", binary("sub", x, most)), axes, true)), most)
	if keep {
		return y
	}
	return squeezed(y, axes)
}

// squeezed drops axes of one element.
func squeezed(x *Tensor, axes []int) *Tensor {
	var s Shape
	for i, d := range x.Shape {
		if !slices.Contains(axes, i) {
			s = append(s, d)
		}
	}
	return reshape(x, s)
}

// together makes the axes one, the last.
func together(x *Tensor, axes []int) *Tensor {
	var perm []int
	var s Shape
	n := Size(1)
	for i, d := range x.Shape {
		if !slices.Contains(axes, i) {
			perm, s = append(perm, i), append(s, d)
		} else {
			n = n.times(d)
		}
	}
	return reshape(transpose(x, append(perm, axes...)), append(s, n))
}

// apart gives a result without axes an axis of one element in the place of each.
func apart(y *Tensor, axes []int, keep bool) *Tensor {
	if !keep {
		return y
	}
	for _, a := range axes { // in order
		y = y.with(a)
	}
	return y
}

// product goes along one axis that is all of axes.
func product(x *Tensor, axes []int, keep bool) *Tensor {
	if len(axes) == 0 {
		return x
	}
	y := scan("cumprod", together(x, axes), len(x.Shape)-len(axes), false)
	return apart(at(y, len(y.Shape)-1, -1), axes, keep)
}

// quantile is the q-quantile along one axis, in order, by linear interpolation between neighbours or one
// of the other methods of NumPy.
func (c *call) quantile(x *Tensor, q float64, axes []int, method string, keep bool) *Tensor {
	if q < 0 || q > 1 {
		c.fail("q", "a share from 0 to 1 is wanted, got %v", q)
	}
	x = together(x.as(Float), axes)
	last := len(x.Shape) - 1
	values, _ := sorted(x, last, false)
	n := x.Shape[last]
	if !n.known() {
		panic(unknownError{})
	}
	if !n.fixed() {
		c.fail("axis", "the quantile over the batch, or over all elements of it, cannot be taken; name the other axes")
	}
	if n.N == 0 {
		c.fail("axis", "there are no elements along the axis")
	}
	pos := q * float64(n.N-1)
	lo, hi := int(math.Floor(pos)), int(math.Ceil(pos))
	share := pos - float64(lo)
	switch method {
	case "lower":
		share = 0
	case "higher":
		share = math.Ceil(share)
	case "midpoint":
		if share > 0 {
			share = 0.5
		}
	case "nearest":
		share = math.RoundToEven(pos) - float64(lo)
	}
	y := at(values, last, lo)
	if share > 0 {
		y = binary("add", affine(y, 1-share, 0), affine(at(values, last, hi), share, 0))
	}
	return apart(y, axes, keep)
}

func init() {
	for _, p := range [][3]string{
		{"sum", "sum", "Sum over axes, or of all."},
		{"max", "max", "Largest over axes, or of all; of equal ones each gets a part of the gradient."},
		{"min", "min", "Smallest over axes, or of all."},
	} {
		function("ops::"+p[0], "x, axis=None, keepdims=False", p[2], func(c *call) any { return c.joined(p[1], c.tensor("x")) })
	}
	alias("ops::max", "ops::amax")
	alias("ops::min", "ops::amin")
	for _, p := range [][3]string{
		{"nansum", "sum", "Sum over axes of what is a number."},
		{"nanmax", "max", "Largest over axes of what is a number."},
		{"nanmin", "min", "Smallest over axes of what is a number."},
	} {
		none := map[string]float64{"sum": 0, "max": math.Inf(-1), "min": math.Inf(1)}[p[1]]
		function("ops::"+p[0], "x, axis=None, keepdims=False", p[2], func(c *call) any {
			x := c.floats("x")
			return c.joined(p[1], where(unary("isnan", x), number(none), x))
		})
	}
	for _, p := range [][2]string{{"argmax", "Where the largest lies along an axis, or among all elements; of equal ones the first."}, {"argmin", "Where the smallest lies along an axis, or among all elements; of equal ones the first."}} {
		function("ops::"+p[0], "x, axis=None, keepdims=False", p[1], func(c *call) any {
			return c.place(p[0], c.floats("x"))
		})
	}
	for _, p := range [][2]string{{"cumsum", "Sum of each element and those before it."}, {"cumprod", "Product of each element and those before it."}} {
		function("ops::"+p[0], "x, axis=None", p[1], func(c *call) any {
			return c.running(p[0], c.tensor("x"))
		})
	}
}

var (
	_ = function("ops::mean", "x, axis=None, keepdims=False", "Mean over axes, or of all.", func(c *call) any { return c.joined("mean", c.floats("x")) })
	_ = function("ops::nanmean", "x, axis=None, keepdims=False", "Mean over axes of what is a number.", func(c *call) any {
		x := c.floats("x")
		bad := unary("isnan", x)
		sum := c.joined("sum", where(bad, number(0), x))
		return binary("div", sum, c.joined("sum", affine(bad, -1, 1)))
	})
	_ = function("ops::prod", "x, axis=None, keepdims=False", "Product over axes, or of all.", func(c *call) any {
		x := c.tensor("x")
		return product(x, c.axes("axis", x), c.truth("keepdims"))
	})
	_ = function("ops::var", "x, axis=None, keepdims=False", "Variance over axes, or of all: the mean square of what differs from the mean.", func(c *call) any {
		x := c.floats("x")
		return variance(x, c.axes("axis", x), c.truth("keepdims"))
	})
	_ = function("ops::std", "x, axis=None, keepdims=False", "Standard deviation over axes, or of all.", func(c *call) any {
		x := c.floats("x")
		return unary("sqrt", variance(x, c.axes("axis", x), c.truth("keepdims")))
	})
	_ = function("ops::moments", "x, axes, keepdims=False", "Mean and variance over axes: a list of the two.", func(c *call) any {
		x := c.floats("x")
		axes := c.axes("axes", x)
		return []*Tensor{reduce("mean", x, axes, c.truth("keepdims")), variance(x, axes, c.truth("keepdims"))}
	})
	_ = function("ops::any", "x, axis=None, keepdims=False", "Whether one is true.", func(c *call) any { return c.joined("max", c.tensor("x").as(Bool)) })
	_ = function("ops::all", "x, axis=None, keepdims=False", "Whether all are true.", func(c *call) any { return c.joined("min", c.tensor("x").as(Bool)) })
	_ = function("ops::count_nonzero", "x, axis=None", "How many are not 0.", func(c *call) any {
		x := c.tensor("x").as(Bool)
		return reduce("sum", x.as(Int), c.axes("axis", x), false)
	})
	_ = function("ops::logsumexp", "x, axis=None, keepdims=False", "ln Σ e^x over axes, or of all.", func(c *call) any {
		x := c.floats("x")
		return logSumExp(x, c.axes("axis", x), c.truth("keepdims"))
	})
	_ = function("ops::ptp", "x, axis=None, keepdims=False", "Largest less smallest, over axes.", func(c *call) any {
		return binary("sub", c.joined("max", c.tensor("x")), c.joined("min", c.tensor("x")))
	})
	_ = function("ops::average", "x, axis=None, weights=None", "Mean over axes, each element with its weight.", func(c *call) any {
		x := c.floats("x")
		axes := c.axes("axis", x)
		if !c.given("weights") {
			return reduce("mean", x, axes, false)
		}
		w := c.floats("weights")
		if len(w.Shape) == 1 && len(axes) == 1 && len(x.Shape) > 1 { // one weight for each place of the axis
			s := make(Shape, len(x.Shape))
			for i := range s {
				s[i] = Size(1)
			}
			s[axes[0]] = w.Shape[0]
			w = reshape(w, s)
		}
		w = broadcastTo(w, mustStretch(x, w))
		return binary("div", reduce("sum", binary("mul", x, w), axes, false), reduce("sum", w, axes, false))
	})
	_ = function("ops::median", "x, axis=None, keepdims=False", "The middle one over axes; of two their mean.", func(c *call) any {
		x := c.tensor("x")
		return c.quantile(x, 0.5, c.axes("axis", x), "linear", c.truth("keepdims"))
	})
	_ = function("ops::quantile", `x, q, axis=None, method="linear", keepdims=False`, "What a share q of the elements is below.", func(c *call) any {
		x := c.tensor("x")
		return c.quantile(x, c.number("q"), c.axes("axis", x), c.text("method", "linear", "lower", "higher", "midpoint", "nearest"), c.truth("keepdims"))
	})
	_ = function("ops::percentile", `x, q, axis=None, method="linear", keepdims=False`, "What q percent of the elements are below.", func(c *call) any {
		x := c.tensor("x")
		return c.quantile(x, c.number("q")/100, c.axes("axis", x), c.text("method", "linear", "lower", "higher", "midpoint", "nearest"), c.truth("keepdims"))
	})
	_ = function("ops::norm", "x, ord=None, axis=None, keepdims=False", "Length of vectors, or of all elements: ord is 1, 2 or another power, \"inf\" or \"-inf\"; of matrices (two axes) \"fro\", \"nuc\", 1, -1, 2, -2, \"inf\" or \"-inf\".", func(c *call) any { return c.norm() })
	_ = function("ops::normalize", "x, axis=-1, order=2, epsilon=None", "Vectors along an axis, divided by their length.", func(c *call) any {
		x := c.floats("x")
		axes := c.axes("axis", x)
		eps := 1e-7
		if c.given("epsilon") {
			eps = c.number("epsilon")
		}
		order := c.number("order")
		if order == 2 {
			sum := reduce("sum", unary("square", x), axes, true)
			return binary("mul", x, binary("min", unary("rsqrt", sum), number(1/eps)))
		}
		n := unary("pow", reduce("sum", unary("pow", absolute(x), order), axes, true), 1/order)
		return binary("div", x, binary("max", n, number(eps)))
	})
	_ = function("ops::sort", "x, axis=-1", "In order along an axis, the smallest first.", func(c *call) any {
		x := c.tensor("x")
		values, _ := sorted(x, c.axis("axis", x), false)
		return values
	})
	_ = function("ops::argsort", "x, axis=-1", "Where the elements in order along an axis are.", func(c *call) any {
		x := c.tensor("x")
		_, places := sorted(x, c.axis("axis", x), false)
		return places
	})
	_ = function("ops::top_k", "x, k, sorted=True", "The k largest along the last axis, and where they are: a list of the two.", func(c *call) any {
		x, k := c.tensor("x"), c.integer("k")
		last := len(x.Shape) - 1
		if last < 0 || k < 1 || x.Shape[last].fixed() && k > x.Shape[last].N {
			c.fail("k", "the %d largest along the last axis of the shape %s", k, x.Shape)
		}
		values, places := sorted(x, last, true)
		return []*Tensor{part(values, last, 0, k), part(places, last, 0, k)}
	})
	_ = function("ops::in_top_k", "targets, predictions, k", "Whether the target's prediction is among the k largest of its row.", func(c *call) any {
		targets, p := c.tensor("targets"), c.floats("predictions")
		last := len(p.Shape) - 1
		of := gather(p, targets.with(len(targets.Shape)), last, true)
		above := reduce("sum", compare("greater", p, of).as(Int), []int{last}, false)
		return compare("less", above, constantOf(Int, nil, float64(c.integer("k"))))
	})
	_ = function("ops::diff", "a, n=1, axis=-1", "What each element along an axis differs from the one before, n times over.", func(c *call) any {
		x := c.tensor("a")
		axis := c.axis("axis", x)
		for range c.integer("n") {
			d := x.Shape[axis]
			if !d.known() {
				panic(unknownError{})
			}
			if !d.fixed() || d.N < 2 {
				c.fail("axis", "there are %s elements along the axis, and two at least are wanted", d)
			}
			x = binary("sub", part(x, axis, 1, d.N), part(x, axis, 0, d.N-1))
		}
		return x
	})
	_ = function("ops::trapezoid", "y, dx=1.0, axis=-1", "Area below the values along an axis, dx apart.", func(c *call) any {
		y := c.floats("y")
		axis := c.axis("axis", y)
		d := y.Shape[axis]
		if !d.known() {
			panic(unknownError{})
		}
		if !d.fixed() || d.N < 2 {
			c.fail("axis", "there are %s elements along the axis, and two at least are wanted", d)
		}
		sum := reduce("sum", binary("add", part(y, axis, 1, d.N), part(y, axis, 0, d.N-1)), []int{axis}, false)
		return affine(sum, c.number("dx")/2, 0)
	})
)

// withoutNaN is x with another number in the place of what is none.
func (c *call) withoutNaN(other float64) *Tensor {
	x := c.floats("x")
	return where(unary("isnan", x), number(other), x)
}

var (
	_ = function("ops::nanprod", "x, axis=None, keepdims=False", "Product over axes of what is a number.", func(c *call) any {
		x := c.withoutNaN(1)
		return product(x, c.axes("axis", x), c.truth("keepdims"))
	})
	_ = function("ops::nancumsum", "x, axis=None", "As cumsum, of what is a number.", func(c *call) any { return c.running("cumsum", c.withoutNaN(0)) })
	_ = function("ops::nancumprod", "x, axis=None", "As cumprod, of what is a number.", func(c *call) any { return c.running("cumprod", c.withoutNaN(1)) })
	_ = function("ops::nanvar", "x, axis=None, keepdims=False", "Variance over axes of what is a number.", func(c *call) any { return c.nanVariance() })
	_ = function("ops::nanstd", "x, axis=None, keepdims=False", "Standard deviation over axes of what is a number.", func(c *call) any {
		return unary("sqrt", c.nanVariance())
	})
	_ = function("ops::nanargmax", "x, axis=None, keepdims=False", "Where the largest number lies.", func(c *call) any {
		return c.place("argmax", c.withoutNaN(math.Inf(-1)))
	})
	_ = function("ops::nanargmin", "x, axis=None, keepdims=False", "Where the smallest number lies.", func(c *call) any {
		return c.place("argmin", c.withoutNaN(math.Inf(1)))
	})
	_ = function("ops::allclose", "x1, x2, rtol=1e-05, atol=1e-08", "Whether all are close to each other.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		near := compare("less_equal", absolute(binary("sub", a, b)), affine(absolute(b), c.number("rtol"), c.number("atol")))
		axes := make([]int, len(near.Shape))
		for i := range axes {
			axes[i] = i
		}
		return reduce("min", near, axes, false)
	})
)

// nanVariance is the variance over the axes of what is a number.
func (c *call) nanVariance() *Tensor {
	x := c.floats("x")
	axes, keep := c.axes("axis", x), c.truth("keepdims")
	bad := unary("isnan", x)
	good := affine(bad, -1, 1)
	zeroed := where(bad, number(0), x)
	mean := binary("div", reduce("sum", zeroed, axes, true), reduce("sum", good, axes, true))
	d := where(bad, number(0), unary("square", binary("sub", zeroed, mean)))
	return binary("div", reduce("sum", d, axes, keep), reduce("sum", good, axes, keep))
}

// running joins along the argument axis, or over all elements in order.
func (c *call) running(fn string, x *Tensor) *Tensor {
	if !c.given("axis") {
		return scan(fn, reshape(x, Shape{x.Shape.elems()}), 0, false)
	}
	return scan(fn, x, c.axis("axis", x), false)
}

// place is where the largest or smallest lies along the argument axis, or among all elements.
func (c *call) place(fn string, x *Tensor) *Tensor {
	axes := c.axes("axis", x)
	if c.given("axis") {
		axes = []int{c.axis("axis", x)}
	}
	flat := together(x, axes)
	return apart(argReduce(fn, flat, len(flat.Shape)-1), axes, c.truth("keepdims"))
}
