package op

import (
	"fmt"
	"slices"
)

// LossReduce makes one number of the values of a loss: (values [, weights] [, mask]) -> []. weights
// and mask have the shape of the values' first axes and hold for all that lies along the others; a
// mask is 1 for values that count and 0 for others. With v the values, w and m as spread over them
// (1 where not given) and n the number of values, By is, after keras/src/losses/loss.py,
//
//	"sum"                        Σ v·w·m
//	"sum_over_batch_size"        Σ v·w·m / n, where masked / Σ m
//	"mean"                       the same
//	"mean_with_sample_weight"    Σ v·w·m / Σ w·m, without a mask / Σ w over w as it is given
//
// and 0 where the divisor is 0.
type LossReduce struct {
	By               string
	Weighted, Masked bool
}

// Kind is "lossreduce".
func (LossReduce) Kind() string { return "lossreduce" }

// Infer is a scalar.
func (r LossReduce) Infer(in []Spec) ([]Spec, error) {
	switch r.By {
	case "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight":
	default:
		return nil, fmt.Errorf("there is no reduction %q", r.By)
	}
	for _, w := range in[1:] {
		if len(w.Shape) > len(in[0].Shape) || !slices.Equal(w.Shape, in[0].Shape[:len(w.Shape)]) || w.DType != in[0].DType {
			return nil, fmt.Errorf("weights %v do not fit values %v", w, in[0])
		}
	}
	return []Spec{in[0].With()}, nil
}

// Wrt is true for the values.
func (LossReduce) Wrt(n int) []bool { return append([]bool{true}, make([]bool, n-1)...) }

// Grad is one node.
func (r LossReduce) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	out := make([]*Node, len(in))
	out[0] = g.Apply(LossReduceGrad{r}, append(append([]*Node{}, in...), dy)...)
	return out
}

// LossReduceGrad is (values [, weights] [, mask], d) -> dvalues.
type LossReduceGrad struct{ LossReduce }

// Kind is "lossreduce.grad".
func (LossReduceGrad) Kind() string { return "lossreduce.grad" }

// Infer is the spec of the values.
func (LossReduceGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0]}, nil }

// Wrt hides the gradient rule of the embedded LossReduce.
func (LossReduceGrad) Wrt(n int) []bool { return make([]bool, n) }
