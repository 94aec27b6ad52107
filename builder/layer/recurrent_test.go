package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

// mask is that of 3 examples of 4 steps: with gaps, whole, and nothing but the last step.
var mask = []float64{1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1}

// states are initial states of that many units.
func states(arg string, units ...int) map[string][]shape.Spec {
	var list []shape.Spec
	for _, n := range units {
		list = append(list, shape.Of(n))
	}
	return map[string][]shape.Spec{arg: list}
}

// Small kernels keep the finite differences exact.
var small = [2]float64{-0.5, 0.5}

func recurrentCases(kind, cell string, states1 []int) []layertest.Case {
	weights := map[string][2]float64{cell + "/kernel": small, cell + "/recurrent_kernel": small}
	var more []shape.Shape
	for _, n := range states1 {
		more = append(more, shape.Shape{n})
	}
	in := layertest.In(4, 2)
	sequence := shape.Shape{4, 3}
	last := shape.Shape{3}
	c := func(body string, f func(c *layertest.Case)) layertest.Case {
		c := layertest.Case{Type: kind, Body: "units = 3\n" + body, In: in, Out: last, Weights: weights}
		if f != nil {
			f(&c)
		}
		return c
	}
	all := func(c *layertest.Case) { c.Out = sequence }
	return []layertest.Case{
		c("", nil),
		c("return_sequences = true", all),
		c("return_state = true", func(c *layertest.Case) { c.More = more }),
		c("return_sequences = true\nreturn_state = true\ngo_backwards = true", func(c *layertest.Case) { c.Out, c.More = sequence, more }),
		c("use_bias = false\nactivation = \"relu\"\ngo_backwards = true", nil),
		c("dropout = 0.5\nseed = 3", nil),
		c("recurrent_dropout = 0.5\nreturn_sequences = true", all),
		c("dropout = 0.25\nrecurrent_dropout = 0.5\nseed = 7", nil),
		c("dropout = 0.25\nrecurrent_dropout = 0.5\nuse_bias = false\nreturn_sequences = true", all),
		c("dropout = 0.5\ntraining = false", nil),
		c("dropout = 0.5\nrecurrent_dropout = 0.5\ntraining = true", nil),
		c("recurrent_initializer = \"glorot_uniform\"\nkernel_regularizer = \"l2\"\nrecurrent_constraint = \"unit_norm\"\nactivity_regularizer = \"l2\"", nil),
		c("", func(c *layertest.Case) { c.Name, c.Mask = "masked", mask }),
		c("return_sequences = true", func(c *layertest.Case) { c.Name, c.Out, c.Mask, c.Masks = "masked sequences", sequence, mask, true }),
		c("return_sequences = true\nzero_output_for_mask = true\ngo_backwards = true", func(c *layertest.Case) {
			c.Name, c.Out, c.Mask, c.Masks = "masked zeros", sequence, mask, true
		}),
		c("return_state = true", func(c *layertest.Case) {
			c.Name, c.More, c.Tensors = "initial_state", more, states("initial_state", states1...)
		}),
		c("return_sequences = true", func(c *layertest.Case) {
			c.Name, c.Out, c.Mask, c.Masks, c.Tensors = "masked initial_state", sequence, mask, true, states("initial_state", states1...)
		}),
		{Type: kind, Name: "one step", Body: "units = 2\nreturn_sequences = true\nreturn_state = true", In: layertest.In(1, 3), Out: shape.Shape{1, 2}, More: sized(2, len(states1))},
		{Type: kind, Body: "units = 0", In: in, Says: "at least 1"},
		{Type: kind, Body: "units = 3\nstateful = true\nreturn_sequences = true", In: in, Out: shape.Shape{4, 3}},
		{Type: "bidirectional", Name: "stateful " + kind, Body: "layer \"" + kind + "\" \"r\" {\n  units = 2\n  stateful = true\n}", In: in, Out: shape.Shape{4}},
		{Type: kind, Body: "units = 3\nunroll = true", In: in, Out: shape.Shape{3}},
		{Type: kind, Body: "units = 3\nactivation = \"gelu\"\nreturn_sequences = true\nreturn_state = true\ngo_backwards = true", In: in, Out: shape.Shape{4, 3}, More: sized(3, len(states1))},
		c("return_sequences = true\nzero_output_for_mask = true\nactivation = \"softmax\"", func(c *layertest.Case) {
			c.Name, c.Out, c.Mask, c.Masks = "masked softmax", sequence, mask, true
		}),
		c("return_state = true\nactivation = \"mish\"", func(c *layertest.Case) {
			c.Name, c.More, c.Tensors = "initial_state mish", more, states("initial_state", states1...)
		}),
		{Type: kind, Name: "dropped silu", Body: "units = 2\nactivation = \"silu\"\ndropout = 0.5\nrecurrent_dropout = 0.4\nseed = 4", In: in, Out: shape.Shape{2}},
		{Type: kind, Name: "recurrent silu", Body: "units = 2\nactivation = \"silu\"\nrecurrent_dropout = 0.4\nuse_bias = false", In: in, Out: shape.Shape{2}},
		{Type: kind, Name: "glu", Body: "units = 4\nactivation = \"glu\"", In: in, Says: "keeps the number of units"},
		{Type: kind, Body: "units = 3\ndropout = 1.5", In: in, Says: "at most 1"},
		{Type: kind, Body: "units = 3", In: layertest.In(4), Says: "[time, features]"},
		{Type: kind, Body: "units = 3", In: layertest.Ints(4, 2), Says: "integers"},
		{Type: kind, Body: "units = 100000", In: in, Says: "elements", Arg: "units"},
	}
}

func sized(n, count int) []shape.Shape {
	var out []shape.Shape
	for range count {
		out = append(out, shape.Shape{n})
	}
	return out
}

// cellCases are those of a cell as a layer of its own.
func cellCases(kind string, count int) []layertest.Case {
	in, out, more := layertest.In(2), shape.Shape{3}, sized(3, count)
	units := make([]int, count)
	for i := range units {
		units[i] = 3
	}
	return []layertest.Case{
		{Type: kind, Body: "units = 3", In: in, Out: out, More: more},
		{Type: kind, Name: "states", Body: "units = 3\nuse_bias = false", In: in, Out: out, More: more, Tensors: states("states", units...)},
		{Type: kind, Body: "units = 3\ndropout = 0.5\nrecurrent_dropout = 0.5", In: in, Out: out, More: more, Tensors: states("states", units...)},
		{Type: kind, Body: "units = 3", In: layertest.In(4, 2), Says: "inside an rnn"},
		{Type: kind, Body: "units = 3\nactivation = \"silu\"", In: in, Out: out, More: more},
	}
}
