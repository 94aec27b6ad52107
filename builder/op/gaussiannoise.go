package op

import "fmt"

// GaussianNoise is x + n, or x·n with Multiply, where n are normal random numbers, one for each
// element. They depend on the seed of the run, the step and Stream alone, so the gradient of a
// product is the same operation applied to dy.
type GaussianNoise struct {
	Mean, Stddev float64
	Multiply     bool
	Stream       uint64

	OwnSeed bool // Seed takes the place of the run's
	Seed    uint64
}

// Kind is "gaussian_noise".
func (GaussianNoise) Kind() string { return "gaussian_noise" }

// Infer checks the standard deviation.
func (o GaussianNoise) Infer(in []Spec) ([]Spec, error) {
	if !(o.Stddev >= 0) || in[0].DType == Int32 {
		return nil, fmt.Errorf("noise of standard deviation %v for %v", o.Stddev, in[0])
	}
	return []Spec{in[0]}, nil
}

// Wrt is true.
func (GaussianNoise) Wrt(n int) []bool { return All(n) }

// Grad is dy, or dy times the same numbers.
func (o GaussianNoise) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	if o.Multiply {
		return []*Node{g.Apply(o, dy)}
	}
	return []*Node{dy}
}
