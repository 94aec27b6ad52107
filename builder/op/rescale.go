package op

import "fmt"

// Rescale is x·Scale + Offset, with a number for each element of the last axis.
type Rescale struct{ Scale, Offset []float64 }

// Kind is "rescale".
func (Rescale) Kind() string { return "rescale" }

// Infer is the input's spec.
func (o Rescale) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if n := len(s); n == 0 || len(o.Scale) != s[n-1] || len(o.Offset) != s[n-1] || in[0].DType == Int32 {
		return nil, fmt.Errorf("%d factors and %d offsets for %v", len(o.Scale), len(o.Offset), in[0])
	}
	return []Spec{in[0]}, nil
}

// Wrt is true.
func (Rescale) Wrt(n int) []bool { return All(n) }

// Grad is dy·Scale.
func (o Rescale) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(Rescale{o.Scale, make([]float64, len(o.Scale))}, dy)}
}
