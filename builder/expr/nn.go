package expr

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// epsilon is keras.config.epsilon().
const epsilon = 1e-7

// overAxes applies f, which works along one axis, over several as if they were one.
func overAxes(x *Tensor, axes []int, f func(x *Tensor, axis int) *Tensor) *Tensor {
	if len(axes) == 1 {
		return f(x, axes[0])
	}
	flat := together(x, axes)
	y := f(flat, len(flat.Shape)-1)
	var order []int
	var s Shape
	for i := range x.Shape {
		if !slices.Contains(axes, i) {
			order = append(order, i)
		}
	}
	order = append(order, axes...)
	back := make([]int, len(order))
	for i, a := range order {
		back[a] = i
		s = append(s, x.Shape[a])
	}
	return transpose(reshape(y, s), back)
}

// binaryCrossentropy and the others below are the losses of keras.ops: values, not their mean.
func binaryCrossentropy(y, p *Tensor, logits bool) *Tensor {
	if logits {
		a := binary("mul", y, unary("log_sigmoid", p))
		b := binary("mul", affine(y, -1, 1), unary("log_sigmoid", negative(p)))
		return negative(binary("add", a, b))
	}
	p = unary("clip", p, epsilon, 1-epsilon)
	a := binary("mul", y, unary("log", p))
	b := binary("mul", affine(y, -1, 1), unary("log", affine(p, -1, 1)))
	return negative(binary("add", a, b))
}

func categoricalCrossentropy(y, p *Tensor, logits bool, axis int) *Tensor {
	var log *Tensor
	if logits {
		log = softmax(p, axis, true)
	} else {
		p = binary("div", p, reduce("sum", p, []int{axis}, true))
		log = unary("log", unary("clip", p, epsilon, 1-epsilon))
	}
	return negative(reduce("sum", binary("mul", y, log), []int{axis}, false))
}

// normalized is x with mean 0 and variance 1 over axes.
func normalized(x, mean, variance *Tensor, eps float64) *Tensor {
	return binary("mul", binary("sub", x, mean), unary("rsqrt", affine(variance, 1, eps)))
}

func (c *call) optional(arg string, y *Tensor, fn string) *Tensor {
	if !c.given(arg) {
		return y
	}
	return binary(fn, y, c.floats(arg))
}

var (
	_ = function("ops::softmax", "x, axis=-1", "Probabilities that add up to 1 along an axis, or over several.", func(c *call) any {
		x := c.floats("x")
		return overAxes(x, c.axes("axis", x), func(x *Tensor, axis int) *Tensor { return softmax(x, axis, false) })
	})
	_ = function("ops::log_softmax", "x, axis=-1", "Logarithm of the softmax.", func(c *call) any {
		x := c.floats("x")
		return overAxes(x, c.axes("axis", x), func(x *Tensor, axis int) *Tensor { return softmax(x, axis, true) })
	})
	_ = function("ops::sparsemax", "x, axis=-1", "Keras' sparsemax along an axis.", func(c *call) any {
		x := c.floats("x")
		axis, last := c.axis("axis", x), len(x.Shape)-1
		t := moved(x, axis, last)
		return moved(apply(op.Sparsemax{Axis: last}, t.Shape, Float, t), last, axis)
	})
	_ = function("ops::glu", "x, axis=-1", "The first half of an axis times the sigmoid of the second.", func(c *call) any {
		x := c.floats("x")
		axis := c.axis("axis", x)
		n := c.fixedAxis("axis", x, axis)
		if n%2 != 0 {
			c.fail("axis", "an axis of %d elements has no halves", n)
		}
		return binary("mul", part(x, axis, 0, n/2), unary("sigmoid", part(x, axis, n/2, n)))
	})
	_ = function("ops::binary_crossentropy", "target, output, from_logits=False", "Crossentropy of each element with its target.", func(c *call) any {
		return binaryCrossentropy(c.floats("target"), c.floats("output"), c.truth("from_logits"))
	})
	_ = function("ops::categorical_crossentropy", "target, output, from_logits=False, axis=-1", "Crossentropy of probabilities along an axis with those wanted.", func(c *call) any {
		p := c.floats("output")
		return categoricalCrossentropy(c.floats("target"), p, c.truth("from_logits"), c.axis("axis", p))
	})
	_ = function("ops::sparse_categorical_crossentropy", "target, output, from_logits=False, axis=-1", "Crossentropy of probabilities along an axis with the number of the class.", func(c *call) any {
		y, p := c.tensor("target").as(Int), c.floats("output")
		axis := c.axis("axis", p)
		n := c.fixedAxis("axis", p, axis)
		if r := len(y.Shape); r == len(p.Shape) && y.Shape[r-1] == Size(1) {
			y = y.without(r - 1)
		}
		return categoricalCrossentropy(moved(oneHot(y, n), len(y.Shape), axis), p, c.truth("from_logits"), axis)
	})
	_ = function("ops::layer_normalization", "x, gamma=None, beta=None, axis=-1, epsilon=None", "Mean 0 and variance 1 over axes, times gamma, plus beta.", func(c *call) any {
		x := c.floats("x")
		axes := c.axes("axis", x)
		eps := epsilon
		if c.given("epsilon") {
			eps = c.number("epsilon")
		}
		y := normalized(x, reduce("mean", x, axes, true), variance(x, axes, true), eps)
		return c.optional("beta", c.optional("gamma", y, "mul"), "add")
	})
	_ = function("ops::rms_normalization", "x, scale=None, axis=-1, epsilon=None", "Divided by the root of the mean square over axes.", func(c *call) any {
		x := c.floats("x")
		eps := epsilon
		if c.given("epsilon") {
			eps = c.number("epsilon")
		}
		mean := reduce("mean", unary("square", x), c.axes("axis", x), true)
		return c.optional("scale", binary("mul", x, unary("rsqrt", affine(mean, 1, eps))), "mul")
	})
	_ = function("ops::batch_normalization", "x, mean, variance, axis, offset=None, scale=None, epsilon=0.001", "Normalized with a mean and variance for each place of an axis.", func(c *call) any {
		x := c.floats("x")
		axis := c.axis("axis", x)
		along := func(t *Tensor) *Tensor {
			if len(t.Shape) != 1 {
				return t
			}
			s := make(Shape, len(x.Shape))
			for i := range s {
				s[i] = Size(1)
			}
			s[axis] = t.Shape[0]
			return reshape(t, s)
		}
		y := normalized(x, along(c.floats("mean")), along(c.floats("variance")), c.number("epsilon"))
		if c.given("scale") {
			y = binary("mul", y, along(c.floats("scale")))
		}
		if c.given("offset") {
			y = binary("add", y, along(c.floats("offset")))
		}
		return y
	})
	_ = function("ops::psnr", "x1, x2, max_val", "Ratio of peak signal to noise in decibels.", func(c *call) any {
		d := unary("square", binary("sub", c.floats("x1"), c.floats("x2")))
		axes := make([]int, len(d.Shape))
		for i := range axes {
			axes[i] = i
		}
		mse := reduce("mean", d, axes, false)
		return affine(unary("log", binary("div", unary("square", c.floats("max_val")), mse)), 10/2.302585092994045684, 0)
	})
)
