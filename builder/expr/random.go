package expr

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// drawn are random numbers of a shape that has the batch, and a stream of their own in the expression.
func (c *call) drawn(fn string, s Shape, a, b float64) *Tensor {
	c.draws++
	purpose := fmt.Sprintf("random %d", c.draws)
	o := op.Random{Fn: fn, A: a, B: b}
	if c.given("seed") {
		o.OwnSeed, o.Seed = true, uint64(c.integer("seed"))
	}
	return &Tensor{Shape: s, Kind: Float, make: func(sc *Scope, _ []*op.Node) *op.Node {
		o := o
		o.Shape, o.To = s.at(sc.Batch), sc.DType
		if o.Stream = sc.Random(purpose); o.OwnSeed {
			o.Stream = 0
		}
		return sc.Apply(o, sc.Anchor)
	}}
}

// perExample is the argument shape, which is without the batch.
func (c *call) perExample() Shape {
	s := c.dims("shape")
	for _, d := range s {
		if !d.fixed() {
			c.fail("shape", "the shape is of one example: without the batch, of known numbers")
		}
	}
	return append(Shape{Batch}, s...)
}

// uniform are numbers from 0 up to 1.
func (c *call) uniform(s Shape) *Tensor { return c.drawn("uniform", s, 0, 1) }

var (
	_ = function("random::normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None", "Normal numbers, anew in each step; the shape is of one example.", func(c *call) any {
		sd := c.number("stddev")
		if sd < 0 {
			c.fail("stddev", "a standard deviation of %v", sd)
		}
		return c.drawn("normal", c.perExample(), c.number("mean"), sd)
	})
	_ = function("random::truncated_normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None", "Normal numbers within two standard deviations.", func(c *call) any {
		sd := c.number("stddev")
		if sd < 0 {
			c.fail("stddev", "a standard deviation of %v", sd)
		}
		return c.drawn("truncated_normal", c.perExample(), c.number("mean"), sd)
	})
	_ = function("random::uniform", "shape, minval=0.0, maxval=1.0, dtype=None, seed=None", "Numbers from minval up to, but without, maxval, all alike.", func(c *call) any {
		a, b := c.number("minval"), c.number("maxval")
		if a > b {
			c.fail("maxval", "maxval %v is below minval %v", b, a)
		}
		return c.drawn("uniform", c.perExample(), a, b)
	})
	_ = function("random::randint", `shape, minval, maxval, dtype="int32", seed=None`, "Whole numbers from minval up to, but without, maxval, all alike.", func(c *call) any {
		a, b := c.integer("minval"), c.integer("maxval")
		if a >= b || b-a > 1<<24 {
			c.fail("maxval", "whole numbers from %d up to, but without, %d", a, b)
		}
		u := unary("floor", affine(c.uniform(c.perExample()), float64(b-a), 0)).as(Int)
		return binary("add", u, constantOf(Int, nil, float64(a)))
	})
	_ = function("random::categorical", `logits, num_samples, dtype="int32", seed=None`, "num_samples classes for each row of logits [batch, classes].", func(c *call) any {
		x, n := c.floats("logits"), c.integer("num_samples")
		if len(x.Shape) != 2 || n < 1 || n > maxElements {
			c.fail("logits", "logits [batch, classes] are wanted, got %s", x.describe())
		}
		// The largest of the logits, each with a number of Gumbel's distribution added, is drawn by them.
		s := Shape{x.Shape[0], Size(n), x.Shape[1]}
		gumbel := negative(unary("log", negative(unary("log", unary("clip", c.uniform(s), 0x1p-30, 1)))))
		return argReduce("argmax", binary("add", x.with(1), gumbel), 2)
	})
	_ = function("random::gamma", "shape, alpha, dtype=None, seed=None", "Numbers of the gamma distribution of shape alpha and scale 1.", func(c *call) any {
		a := c.number("alpha")
		if a <= 0 {
			c.fail("alpha", "alpha is %v; a number above 0 is wanted", a)
		}
		return c.drawn("gamma", c.perExample(), a, 0)
	})
	_ = function("random::beta", "shape, alpha, beta, dtype=None, seed=None", "Numbers of the beta distribution.", func(c *call) any {
		a, b := c.number("alpha"), c.number("beta")
		if a <= 0 || b <= 0 {
			c.fail("alpha", "alpha and beta are %v and %v; numbers above 0 are wanted", a, b)
		}
		s := c.perExample()
		pair := slices.Insert(slices.Clone(s), 1, Size(2))
		if a == b { // one draw of both, so that a seed gives two different numbers
			both := c.drawn("gamma", pair, a, 0)
			x, y := at(both, 1, 0), at(both, 1, 1)
			return binary("div", x, binary("add", x, y))
		}
		x, y := c.drawn("gamma", s, a, 0), c.drawn("gamma", s, b, 0)
		return binary("div", x, binary("add", x, y))
	})
	_ = function("random::binomial", "shape, counts, probabilities, dtype=None, seed=None", "How many of so many tries succeed.", func(c *call) any {
		n, p := c.integer("counts"), c.number("probabilities")
		if n < 0 || n > 4096 || !(p >= 0 && p <= 1) {
			c.fail("counts", "%d tries, each of which succeeds with probability %v; at most 4096 are taken", n, p)
		}
		s := c.perExample()
		u := c.uniform(append(slices.Clone(s), Size(n)))
		return reduce("sum", compare("less", u, number(p)).as(Float), []int{len(s)}, false)
	})
	_ = function("random::dropout", "inputs, rate, noise_shape=None, seed=None", "Random elements are 0, the others scaled up; in prediction too.", func(c *call) any {
		x, rate := c.floats("inputs"), c.number("rate")
		if !(rate >= 0 && rate < 1) {
			c.fail("rate", "a share from 0 up to 1 is wanted, got %v", rate)
		}
		s := x.Shape
		if c.given("noise_shape") {
			s = c.dims("noise_shape")
			if got := mustStretch(x, &Tensor{Shape: s}); !slices.Equal(got, x.Shape) {
				c.fail("noise_shape", "the shape %s does not stretch to %s", s, x.Shape)
			}
		}
		kept := compare("less", c.uniform(s), number(1-rate))
		return where(kept, affine(x, 1/(1-rate), 0), number(0))
	})
	_ = function("random::shuffle", "x, axis=0, seed=None", "The elements of an axis in a random order.", func(c *call) any {
		x := c.tensor("x")
		axis := c.axis("axis", x)
		_, order := sorted(c.uniform(Shape{x.Shape[axis]}), 0, false)
		return gather(x, order, axis, false)
	})
)
