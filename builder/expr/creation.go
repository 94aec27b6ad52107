package expr

import (
	"math"

	"github.com/zclconf/go-cty/cty"
)

// kind is the argument dtype; the other kind where it is left out.
func (c *call) kind(other Kind) Kind {
	if !c.given("dtype") {
		return other
	}
	return Kind(c.text("dtype", "float32", "int32", "bool"))
}

// filled is a shape full of one number.
func (c *call) filled(v float64, k Kind) *Tensor {
	s := c.dims("shape")
	for _, d := range s {
		if !d.known() {
			c.fail("shape", "-1 cannot stand here")
		}
	}
	return constantOf(k, s, v)
}

// points are n numbers from begin on, as a constant.
func (c *call) points(arg string, n int, k Kind, f func(i int) float64) *Tensor {
	if n < 0 || n > maxElements {
		c.fail(arg, "%d elements; a constant has at most %d", n, maxElements)
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = f(i)
	}
	return constantOf(k, Shape{Size(n)}, v...)
}

// line is n numbers from start to stop.
func (c *call) line(f func(x float64) float64) *Tensor {
	a, b, n := c.number("start"), c.number("stop"), c.integer("num")
	steps := n
	if c.truth("endpoint") {
		steps--
	}
	return c.points("num", n, c.kind(Float), func(i int) float64 {
		return f(a + (b-a)*float64(i)/float64(max(1, steps)))
	})
}

func same(x float64) float64 { return x }

func init() {
	for _, p := range []struct {
		name, help string
		value      float64
	}{{"zeros", "Zeros of a shape; null in it is the batch.", 0}, {"ones", "Ones of a shape; null in it is the batch.", 1}} {
		function("ops::"+p.name, "shape, dtype=None", p.help, func(c *call) any { return c.filled(p.value, c.kind(Float)) })
		function("ops::"+p.name+"_like", "x, dtype=None", "The same in the shape of a tensor.", func(c *call) any {
			x := c.tensor("x")
			return constantOf(c.kind(x.Kind), x.Shape, p.value)
		})
	}
	alias("ops::zeros", "ops::empty")
	alias("ops::zeros_like", "ops::empty_like")
	for _, p := range []struct {
		name string
		at   func(t float64) float64 // of 0 to 1
	}{
		{"bartlett", func(t float64) float64 { return 1 - math.Abs(2*t-1) }},
		{"hanning", func(t float64) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*t) }},
		{"hamming", func(t float64) float64 { return 0.54 - 0.46*math.Cos(2*math.Pi*t) }},
		{"blackman", func(t float64) float64 {
			return 0.42 - 0.5*math.Cos(2*math.Pi*t) + 0.08*math.Cos(4*math.Pi*t)
		}},
	} {
		function("ops::"+p.name, "x", "A window of so many points.", func(c *call) any {
			n := c.integer("x")
			return c.points("x", n, Float, func(i int) float64 { return p.at(float64(i) / float64(max(1, n-1))) })
		})
	}
}

var (
	_ = function("ops::full", "shape, fill_value, dtype=None", "A shape full of a number, or of a tensor stretched to it.", func(c *call) any {
		x := c.tensor("fill_value")
		if v, ok := x.scalar(); ok {
			return c.filled(v, c.kind(x.Kind))
		}
		return broadcastTo(x, c.dims("shape")).as(c.kind(x.Kind))
	})
	_ = function("ops::full_like", "x, fill_value, dtype=None", "A number in the shape of a tensor.", func(c *call) any {
		x := c.tensor("x")
		return constantOf(c.kind(x.Kind), x.Shape, c.number("fill_value"))
	})
	_ = function("ops::arange", "start, stop=None, step=None, dtype=None", "Numbers from start (0 where only one is given) up to, but without, stop.", func(c *call) any {
		a, b, step := 0.0, c.number("start"), 1.0
		if c.given("stop") {
			a, b = b, c.number("stop")
		}
		if c.given("step") {
			step = c.number("step")
		}
		if step == 0 {
			c.fail("step", "a step of 0")
		}
		n := math.Max(0, math.Ceil((b-a)/step))
		if n > maxElements {
			c.fail("stop", "%v elements; a constant has at most %d", n, maxElements)
		}
		k := Float
		if a == math.Trunc(a) && b == math.Trunc(b) && step == math.Trunc(step) {
			k = Int
		}
		return c.points("stop", int(n), c.kind(k), func(i int) float64 { return a + step*float64(i) })
	})
	_ = function("ops::linspace", "start, stop, num=50, endpoint=True, dtype=None", "num numbers at equal distances from start to stop.", func(c *call) any { return c.line(same) })
	_ = function("ops::logspace", "start, stop, num=50, endpoint=True, base=10, dtype=None", "base to the power of num numbers at equal distances.", func(c *call) any {
		base := c.number("base")
		return c.line(func(x float64) float64 { return math.Pow(base, x) })
	})
	_ = function("ops::eye", "N, M=None, k=0, dtype=None", "A matrix with ones on a diagonal.", func(c *call) any {
		n, k := c.integer("N"), c.integer("k")
		m := n
		if c.given("M") {
			m = c.integer("M")
		}
		if n < 1 || m < 1 || n > maxElements/m {
			c.fail("N", "a matrix of %d by %d", n, m)
		}
		v := make([]float64, n*m)
		for i := range n {
			if j := i + k; j >= 0 && j < m {
				v[i*m+j] = 1
			}
		}
		return constantOf(c.kind(Float), Shape{Size(n), Size(m)}, v...)
	})
	_ = function("ops::identity", "n, dtype=None", "A matrix with ones on its diagonal.", func(c *call) any {
		n := c.integer("n")
		if n < 1 || n > maxElements/n {
			c.fail("n", "a matrix of %d by %d", n, n)
		}
		return constantOf(c.kind(Float), Shape{Size(n), Size(n)}, triangular(n, n, 0, "less_equal").and(triangular(n, n, 0, "greater_equal"))...)
	})
	_ = function("ops::tri", "N, M=None, k=0, dtype=None", "Ones at and below a diagonal.", func(c *call) any {
		n := c.integer("N")
		m := n
		if c.given("M") {
			m = c.integer("M")
		}
		if n < 1 || m < 1 || n > maxElements/m {
			c.fail("N", "a matrix of %d by %d", n, m)
		}
		return triangular(n, m, c.integer("k"), "less_equal").as(c.kind(Float))
	})
	_ = function("ops::is_tensor", "x", "Whether it is a tensor, not a constant.", func(c *call) any {
		_, is := c.tensorOf(c.value("x"))
		return cty.BoolVal(is)
	})
)

// and is the product of two constants.
func (t *Tensor) and(o *Tensor) []float64 {
	out := make([]float64, len(t.constant))
	for i, v := range t.constant {
		out[i] = v * o.constant[i]
	}
	return out
}
