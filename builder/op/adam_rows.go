package op

import "fmt"

// AdamRows is Adam of a table of which an Embedding looked up rows: (w, indices, dy, hyper, slots...) -> [], as Adam with the gradient that
// EmbeddingGrad makes of indices and dy, which is not written down. All rows take part, also those that were not looked up, as in Keras.
type AdamRows struct{ Adam }

// Kind is "adam.rows".
func (AdamRows) Kind() string { return "adam.rows" }

// Infer checks shapes.
func (u AdamRows) Infer(in []Spec) ([]Spec, error) {
	if len(in) != 4+u.slots() {
		return nil, fmt.Errorf("%d inputs, %d are wanted", len(in), 4+u.slots())
	}
	if w, dy := in[0], in[2]; len(w.Shape) != 2 || w.Shape[0] < 1 || dy.Elems() != in[1].Elems()*w.Shape[1] {
		return nil, fmt.Errorf("a gradient %v of the rows at %v of a table %v", dy, in[1], w)
	}
	return update(append([]Spec{in[0], in[0]}, in[3:]...), u.slots(), 1)
}

// Mutates are w and the slots.
func (u AdamRows) Mutates() []int {
	out := mutated(u.slots())
	for i := range out[1:] {
		out[1+i]++
	}
	return out
}

// LookedUp tells whether n is the gradient of a table of which one Embedding looked up rows, and of what: the indices and the
// gradient of the rows.
func LookedUp(n *Node) (indices, dy *Node, ok bool) {
	if n == nil {
		return nil, nil, false
	}
	o, ok := n.Op().(*Op)
	if !ok {
		return nil, nil, false
	}
	if _, ok = o.Def.(EmbeddingGrad); !ok {
		return nil, nil, false
	}
	kids := Children(n)
	return kids[0], kids[1], true
}
