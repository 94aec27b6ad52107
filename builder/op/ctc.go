package op

import "fmt"

// CTC is the loss of connectionist temporal classification (Graves et al., 2006): (y, x) -> values, the
// negative logarithm of the probability that a sequence of steps, each with a softmax of the logits x,
// says the labels y after repeated classes are joined and blanks, class Blank, are left out. y is int32
// [batch, labels], padded at the end with Blank: as many labels count as are not Blank. x is
// [batch, steps, classes]; values are [batch].
//
// After keras/src/backend/jax/nn.py: ctc_loss, which takes -1e5 for the logarithm of 0: labels that the
// steps are too few for have a finite loss of about 1e5. A label that is no class fails the step.
//
// Output 1, of x's shape, is the gradient of each value with respect to x, computed on the way.
type CTC struct{ Blank int }

// Kind is "ctc".
func (CTC) Kind() string { return "ctc" }

// Infer is a value for each example.
func (c CTC) Infer(in []Spec) ([]Spec, error) {
	y, x := in[0], in[1]
	if y.DType != Int32 || x.DType == Int32 || len(y.Shape) != 2 || len(x.Shape) != 3 || y.Shape[0] != x.Shape[0] || c.Blank < 0 || c.Blank >= x.Shape[2] {
		return nil, fmt.Errorf("labels %v do not fit logits %v of steps and classes", y, x)
	}
	return []Spec{x.With(x.Shape[0]), x}, nil
}

// Wrt is true for the logits: labels are data.
func (CTC) Wrt(int) []bool { return []bool{false, true} }

// Grad scales each example's gradient.
func (CTC) Grad(g *Graph, in []*Node, out, dy *Node) []*Node {
	each := g.Pick(out, 1)
	if g.Err() != nil {
		return nil
	}
	return []*Node{nil, g.Apply(Binary{Fn: "mul"}, each, g.Apply(Reshape{To: []int{SpecOf(in[1]).Shape[0], 1, 1}}, dy))}
}
