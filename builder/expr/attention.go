package expr

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = function("ops::dot_product_attention", "query, key, value, bias=None, mask=None, scale=None, is_causal=False, flash_attention=None, attn_logits_soft_cap=None", "softmax(scale·q·kᵀ + bias)·v for each head of [batch, time, heads, depth]; a mask, true where a key is seen, and a bias stretch to [batch, heads, target, source].", func(c *call) any {
	q, k, v := c.floats("query"), c.floats("key"), c.floats("value")
	for _, t := range []*Tensor{q, k, v} {
		if len(t.Shape) != 4 {
			c.fail("query", "[batch, time, heads, depth] is wanted, got %s", t.describe())
		}
	}
	depth := c.fixedAxis("query", q, 3)
	heads, groups := c.fixedAxis("query", q, 2), c.fixedAxis("key", k, 2)
	if groups < 1 || heads%groups != 0 || k.Shape[3] != q.Shape[3] || v.Shape[2] != k.Shape[2] {
		c.fail("key", "%d heads of depth %d do not go with %s; %s", heads, depth, k.describe(), v.describe())
	}
	scale := 1 / math.Sqrt(float64(depth))
	if c.given("scale") {
		scale = c.number("scale")
	}
	if c.given("attn_logits_soft_cap") {
		c.fail("attn_logits_soft_cap", "a cap of the scores is not there, as in Keras on JAX's CPU")
	}
	causal := c.truth("is_causal")
	over := Shape{q.Shape[0], Size(heads), q.Shape[1], k.Shape[1]}
	full := func(arg string) *Tensor { // with four axes
		t := c.tensor(arg)
		for len(t.Shape) < 4 {
			t = t.with(max(0, len(t.Shape)-2))
		}
		if len(t.Shape) != 4 {
			c.fail(arg, "four axes at most are wanted, got %s", t.describe())
		}
		mustStretch(t, &Tensor{Shape: over})
		return t
	}
	if !c.given("bias") {
		o := op.Attention{Scale: scale, Sight: op.Sight{Causal: causal, Mean: true}}
		in := []*Tensor{q, k, v}
		if c.given("mask") {
			o.Masks = 1
			in = append(in, full("mask").as(Bool))
		}
		return apply(o, append(slices.Clone(q.Shape[:3]), v.Shape[3]), Float, in...)
	}
	turn := func(t *Tensor) *Tensor { // [batch, heads, time, depth], each group as often as heads look at it
		t = transpose(t, []int{0, 2, 1, 3})
		if n := t.Shape[1].N; n < heads {
			t = repeat(t, 1, heads/n)
		}
		return t
	}
	scores := binary("add", affine(matmul(turn(q), turned(turn(k))), scale, 0), full("bias").as(Float))
	hidden := number(-0.7 * math.MaxFloat32)
	if c.given("mask") {
		scores = where(full("mask"), scores, hidden)
	}
	if causal {
		t, s := c.fixedAxis("query", q, 1), c.fixedAxis("key", k, 1)
		scores = where(triangular(t, s, 0, "less_equal"), scores, hidden)
	}
	return transpose(matmul(softmax(scores, 3, false), turn(v)), []int{0, 2, 1, 3})
})
