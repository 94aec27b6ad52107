package op

import "fmt"

// Rotary turns pairs of features by an angle that grows with their place in a sequence: features i and
// i+half of place p by p·Frequencies[i] (Su and others, "RoFormer: enhanced transformer with rotary
// position embedding", 2021), and multiplies by Factor. Back turns the other way: the gradient.
type Rotary struct {
	Sequence, Features int       // axes, the batch being 0
	Frequencies        []float64 // half as many as there are features
	Factor             float64
	Start              int // place of the first step
	Back               bool
}

// Kind is "rotary".
func (Rotary) Kind() string { return "rotary" }

// Infer checks the axes.
func (o Rotary) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if o.Sequence < 0 || o.Sequence >= len(s) || o.Features < 0 || o.Features >= len(s) || o.Sequence == o.Features {
		return nil, fmt.Errorf("a sequence along axis %d and features along axis %d of shape %v", o.Sequence, o.Features, s)
	}
	if s[o.Features] != 2*len(o.Frequencies) {
		return nil, fmt.Errorf("%d frequencies for %d features", len(o.Frequencies), s[o.Features])
	}
	return []Spec{in[0]}, nil
}

// Wrt is true.
func (Rotary) Wrt(n int) []bool { return All(n) }

// Grad turns back.
func (o Rotary) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	o.Back = !o.Back
	return []*Node{g.Apply(o, dy)}
}
