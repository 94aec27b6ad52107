package op

import "fmt"

// BatchNorm gives every channel, the elements with one index along Axis, a mean of 0 and a variance
// of 1, then scales and shifts it: y = (x-mean)/sqrt(variance+Epsilon)·gamma + beta (Ioffe and
// Szegedy, "Batch normalization", 2015).
//
// In: x, moving_mean, moving_variance, gamma where Scale, beta where Center; all but x [channels].
// Out: y; the mean used; 1/sqrt(variance+Epsilon). Mean and variance (the biased one) are those of
// the batch, and the moving ones become moving·Momentum + batch·(1-Momentum); with Frozen they are
// the moving ones, which stay. As keras/src/layers/normalization/batch_normalization.py.
type BatchNorm struct {
	Axis              int // of x, the batch being 0
	Epsilon, Momentum float64
	Scale, Center     bool
	Frozen            bool
}

// Kind is "batch_norm".
func (BatchNorm) Kind() string { return "batch_norm" }

// inputs is the number of inputs, and the places of gamma and beta, -1 where there is none.
func (b BatchNorm) inputs() (n, gamma, beta int) {
	n, gamma, beta = 3, -1, -1
	if b.Scale {
		n, gamma = n+1, n
	}
	if b.Center {
		n, beta = n+1, n
	}
	return n, gamma, beta
}

// Gamma is the place of gamma among the inputs, or -1.
func (b BatchNorm) Gamma() int { _, g, _ := b.inputs(); return g }

// Beta is the place of beta among the inputs, or -1.
func (b BatchNorm) Beta() int { _, _, c := b.inputs(); return c }

// Mutates says that training moves the moving statistics.
func (b BatchNorm) Mutates() []int {
	if b.Frozen {
		return nil
	}
	return []int{1, 2}
}

// Infer checks that there is one statistic for each channel.
func (b BatchNorm) Infer(in []Spec) ([]Spec, error) {
	n, _, _ := b.inputs()
	if len(in) != n {
		return nil, fmt.Errorf("%d inputs, want %d", len(in), n)
	}
	x := in[0].Shape
	if b.Axis < 0 || b.Axis >= len(x) {
		return nil, fmt.Errorf("axis %d of a value of shape %v", b.Axis, x)
	}
	for _, s := range in[1:] {
		if len(s.Shape) != 1 || s.Shape[0] != x[b.Axis] {
			return nil, fmt.Errorf("a statistic of shape %v for axis %d of a value of shape %v", s.Shape, b.Axis, x)
		}
	}
	return []Spec{in[0], in[1], in[1]}, nil
}

// Wrt is true for x, gamma and beta.
func (b BatchNorm) Wrt(n int) []bool {
	w := All(n)
	w[1], w[2] = false, false
	return w
}

// Grad makes all gradients in one node.
func (b BatchNorm) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	args := []*Node{in[0], g.Pick(y, 1), g.Pick(y, 2), dy}
	if b.Scale {
		args = append(args, in[b.Gamma()])
	}
	n := g.Apply(BatchNormGrad{b}, args...)
	out := make([]*Node, len(in))
	out[0] = n
	if b.Scale {
		out[b.Gamma()] = g.Pick(n, 1)
	}
	if b.Center {
		out[b.Beta()] = g.Pick(n, 2)
	}
	return out
}

// BatchNormGrad is (x, mean, 1/sqrt(variance+Epsilon), dy, gamma where Scale) -> dx, dgamma, dbeta.
type BatchNormGrad struct{ BatchNorm }

// Kind is "batch_norm.grad".
func (BatchNormGrad) Kind() string { return "batch_norm.grad" }

// Mutates hides that of the embedded BatchNorm: the gradient changes nothing.
func (BatchNormGrad) Mutates() []int { return nil }

// Infer gives each gradient the shape of what it belongs to.
func (b BatchNormGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0], in[1], in[1]}, nil }

// Wrt hides the gradient rule of the embedded BatchNorm: there are no second derivatives.
func (BatchNormGrad) Wrt(n int) []bool { return make([]bool, n) }
