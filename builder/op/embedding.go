package op

import "fmt"

// Embedding looks up rows of a table: indices [...], table [rows, size]; y [..., size]. Indices are
// int32, or floats that are cut to integers as Keras does. An index outside the table is an error
// that the executor reports; Layer names the layer in it.
type Embedding struct{ Layer string }

// Kind is "embedding".
func (Embedding) Kind() string { return "embedding" }

// Infer appends the size of a row.
func (Embedding) Infer(in []Spec) ([]Spec, error) {
	t := in[1].Shape
	if len(t) != 2 || t[0] < 1 {
		return nil, fmt.Errorf("a table of shape %v", t)
	}
	return []Spec{in[1].With(append(append([]int(nil), in[0].Shape...), t[1])...)}, nil
}

// Wrt is true for the table.
func (Embedding) Wrt(n int) []bool { return []bool{false, true} }

// Grad adds what came from the same row.
func (e Embedding) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{nil, g.Apply(EmbeddingGrad{e, SpecOf(in[1]).Shape[0]}, in[0], dy)}
}

// EmbeddingGrad is (indices, dy) -> dtable, for a table of that many rows: rows that were not
// looked up are 0.
type EmbeddingGrad struct {
	Embedding
	Rows int
}

// Kind is "embedding.grad".
func (EmbeddingGrad) Kind() string { return "embedding.grad" }

// Infer is the shape of the table.
func (e EmbeddingGrad) Infer(in []Spec) ([]Spec, error) {
	dy := in[1].Shape
	return []Spec{in[1].With(e.Rows, dy[len(dy)-1])}, nil
}

// Wrt hides the gradient rule of the embedded Embedding: there are no second derivatives.
func (EmbeddingGrad) Wrt(n int) []bool { return make([]bool, n) }
