package op

import (
	"fmt"
	"slices"
)

// PointLoss compares a target with a prediction element by element and takes the mean over one
// axis: (y, p) [..., n, ...] -> [..., ...]. Fn names the function of the pair, one of
// PointLosses; A, B and C are its parameters, where it has any.
type PointLoss struct {
	Fn      string
	A, B, C float64
	Axis    int  // the one that disappears
	Sum     bool // the sum in the place of the mean
}

// PointLosses are the functions that PointLoss knows, after keras/src/losses/losses.py; ε is 1e-7.
// The executors keep the formulas and the derivatives with respect to p, which are those of JAX:
// where p is clipped, 0 outside and ½ on a bound.
var PointLosses = map[string]bool{
	"squared":                   true, // (y-p)²
	"absolute":                  true, // |y-p|; derivative 0 at 0
	"huber":                     true, // ½e² where |e| ≤ A, else A|e| - ½A², of e = p-y
	"log_cosh":                  true, // ln cosh(p-y)
	"absolute_percentage":       true, // 100·|y-p| / max(|y|, ε)
	"squared_logarithmic":       true, // (ln(max(p,ε)+1) - ln(max(y,ε)+1))²
	"poisson":                   true, // p - y·ln(p+ε)
	"kl_divergence":             true, // y·ln(y/p), both cut to [ε, 1]
	"hinge":                     true, // max(1-yp, 0); labels that are all 0 or 1 count as -1 and 1
	"squared_hinge":             true, // max(1-yp, 0)², labels as for hinge
	"binary_crossentropy":       true, // -y·ln p - (1-y)·ln(1-p), p cut to [ε, 1-ε]; y smoothed by A
	"binary_logit_crossentropy": true, // the same of p = sigmoid of the logit, not cut
	"binary_focal":              true, // binary_crossentropy · (1 - (yp + (1-y)(1-p)))^B, · (Cy + (1-C)(1-y)) unless C < 0
	"binary_logit_focal":        true, // the same of p = sigmoid of the logit
}

// Kind is "pointloss".
func (PointLoss) Kind() string { return "pointloss" }

// Infer drops the axis.
func (l PointLoss) Infer(in []Spec) ([]Spec, error) {
	if !PointLosses[l.Fn] {
		return nil, fmt.Errorf("there is no function %q", l.Fn)
	}
	y, p := in[0], in[1]
	if y.DType != p.DType || y.DType == Int32 || !slices.Equal(y.Shape, p.Shape) {
		return nil, fmt.Errorf("a target %v does not fit a prediction %v", y, p)
	}
	if l.Axis < 0 || l.Axis >= len(p.Shape) {
		return nil, fmt.Errorf("there is no axis %d in shape %v", l.Axis, p.Shape)
	}
	return []Spec{p.With(without(p.Shape, l.Axis)...)}, nil
}

// Wrt is true for the prediction: targets are data.
func (PointLoss) Wrt(int) []bool { return []bool{false, true} }

// Grad is one node.
func (l PointLoss) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{nil, g.Apply(PointLossGrad{l}, in[0], in[1], dy)}
}

// PointLossGrad is (y, p, dvalues) -> dp.
type PointLossGrad struct{ PointLoss }

// Kind is "pointloss.grad".
func (PointLossGrad) Kind() string { return "pointloss.grad" }

// Infer is the spec of p.
func (PointLossGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[1]}, nil }

// Wrt hides the gradient rule of the embedded PointLoss.
func (PointLossGrad) Wrt(n int) []bool { return make([]bool, n) }

func without(s []int, axis int) []int {
	return append(append([]int{}, s[:axis]...), s[axis+1:]...)
}
