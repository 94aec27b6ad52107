package op

import (
	"fmt"
	"slices"
)

// LayerNorm gives the elements of each example along Axes a mean of 0 and a variance of 1, then
// scales and shifts them: y = (x-mean)/sqrt(variance+Epsilon)·gamma + beta (Ba, Kiros and Hinton,
// "Layer normalization", 2016). The variance is the biased one.
//
// In: x, gamma where Scale, beta where Center; both have the sizes of Axes, in their order. Out: y;
// mean and 1/sqrt(variance+Epsilon), one for each index along the other axes, in their order.
type LayerNorm struct {
	Axes          []int // of x, the batch being 0; ascending
	Epsilon       float64
	Scale, Center bool
}

// Kind is "layer_norm".
func (LayerNorm) Kind() string { return "layer_norm" }

// Infer checks the axes and the shapes of gamma and beta.
func (l LayerNorm) Infer(in []Spec) ([]Spec, error) {
	x := in[0].Shape
	over := make([]bool, len(x))
	var sizes []int
	for i, a := range l.Axes {
		if a < 0 || a >= len(x) || i > 0 && a <= l.Axes[i-1] {
			return nil, fmt.Errorf("axes %v of a value of shape %v", l.Axes, x)
		}
		over[a] = true
		sizes = append(sizes, x[a])
	}
	rows := []int{}
	for i, d := range x {
		if !over[i] {
			rows = append(rows, d)
		}
	}
	for _, s := range in[1:] {
		if !slices.Equal(s.Shape, sizes) {
			return nil, fmt.Errorf("gamma or beta of shape %v for axes of sizes %v", s.Shape, sizes)
		}
	}
	stat := in[0].With(rows...)
	return []Spec{in[0], stat, stat}, nil
}

// Wrt is true for all.
func (LayerNorm) Wrt(n int) []bool { return All(n) }

// Grad makes all gradients in one node.
func (l LayerNorm) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	args := []*Node{in[0], g.Pick(y, 1), g.Pick(y, 2), dy}
	if l.Scale {
		args = append(args, in[1])
	}
	n := g.Apply(LayerNormGrad{l}, args...)
	out := []*Node{n}
	if l.Scale {
		out = append(out, g.Pick(n, 1))
	}
	if l.Center {
		out = append(out, g.Pick(n, 2))
	}
	return out
}

// LayerNormGrad is (x, mean, 1/sqrt(variance+Epsilon), dy, gamma where Scale) -> dx, dgamma, dbeta.
type LayerNormGrad struct{ LayerNorm }

// Kind is "layer_norm.grad".
func (LayerNormGrad) Kind() string { return "layer_norm.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (l LayerNormGrad) Infer(in []Spec) ([]Spec, error) {
	var sizes []int
	for _, a := range l.Axes {
		sizes = append(sizes, in[0].Shape[a])
	}
	return []Spec{in[0], in[0].With(sizes...), in[0].With(sizes...)}, nil
}

// Wrt hides the gradient rule of the embedded LayerNorm: there are no second derivatives.
func (LayerNormGrad) Wrt(n int) []bool { return make([]bool, n) }
