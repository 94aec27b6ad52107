package expr

import (
	"github.com/dlrun/dlrun/builder/op"
)

// within is true at the places of an axis of n before a length, which is one for each example: [batch, n].
func within(length *Tensor, n int) *Tensor {
	places := make([]float64, n)
	for i := range places {
		places[i] = float64(i)
	}
	return compare("less", constantOf(Int, Shape{Size(n)}, places...), length.as(Int).with(1))
}

// lengths is an argument with a whole number for each example.
func (c *call) lengths(arg string) *Tensor {
	t := c.tensor(arg)
	if len(t.Shape) != 1 || t.Kind == Float {
		c.fail(arg, "a whole number for each example is wanted, got %s", t.describe())
	}
	return t
}

// classNumber is the argument mask_index: the class that is the blank.
func (c *call) classNumber(classes int) int {
	k := c.integer("mask_index")
	if k < 0 || k >= classes {
		c.fail("mask_index", "the blank is class %d of %d", k, classes)
	}
	return k
}

var (
	_ = function("ops::ctc_loss", "target, output, target_length, output_length, mask_index=0", "How improbable labels [batch, labels] are, of logits [batch, steps, classes], over all alignments: connectionist temporal classification.", func(c *call) any {
		y, x := c.tensor("target"), c.floats("output")
		if len(y.Shape) != 2 || y.Kind == Float || len(x.Shape) != 3 {
			c.fail("target", "whole numbers [batch, labels] and logits [batch, steps, classes] are wanted, got %s; %s", y.describe(), x.describe())
		}
		labels, steps, classes := c.fixedAxis("target", y, 1), c.fixedAxis("output", x, 1), c.fixedAxis("output", x, 2)
		blank := c.classNumber(classes)
		y = where(within(c.lengths("target_length"), labels), y, constantOf(Int, nil, float64(blank)))
		// Steps behind the end surely say the blank.
		sure := make([]float64, classes)
		sure[blank] = 1e5
		x = where(within(c.lengths("output_length"), steps).with(2), x, constantOf(Float, Shape{Size(classes)}, sure...))
		return apply(op.CTC{Blank: blank}, Shape{x.Shape[0]}, Float, y, x)
	})
	_ = function("ops::ctc_decode", `inputs, sequence_lengths, strategy="greedy", beam_width=100, top_paths=1, merge_repeated=True, mask_index=0`, "The most probable class of each step without repeated ones and blanks, [1, batch, steps] filled up with -1, and its score [batch, 1]: a list of the two.", func(c *call) any {
		x := c.floats("inputs")
		if len(x.Shape) != 3 {
			c.fail("inputs", "[batch, steps, classes] is wanted, got %s", x.describe())
		}
		c.text("strategy", "greedy")
		steps := c.fixedAxis("inputs", x, 1)
		blank := constantOf(Int, nil, float64(c.classNumber(c.fixedAxis("inputs", x, 2))))
		in := within(c.lengths("sequence_lengths"), steps)
		best := where(in, argReduce("argmax", x, 2), blank)
		score := where(in, reduce("max", x, []int{2}, false), number(0))
		if c.truth("merge_repeated") && steps > 1 {
			again := compare("equal", part(best, 1, 1, steps), part(best, 1, 0, steps-1))
			s := Shape{x.Shape[0], Size(steps)}
			again = apply(op.Pad{Before: []int{0, 1}, After: []int{0, 0}}, s, Bool, again)
			best = where(again, blank, best)
		}
		empty := compare("equal", best, blank)
		places := make([]float64, steps)
		for i := range places {
			places[i] = float64(i)
		}
		order := where(empty, constantOf(Int, nil, float64(steps)), constantOf(Int, Shape{Size(steps)}, places...))
		_, from := sorted(order, 1, false)
		best = gather(where(empty, constantOf(Int, nil, -1), best), from, 1, true)
		return []*Tensor{best.with(0), negative(reduce("sum", score, []int{1}, true))}
	})
)
