package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Grad adds the gradients of a scalar with respect to the given nodes, through each op's rule. It
// may be called once for a graph.
//
// Gorgonia merges nodes of equal 32-bit hash without a word, and two different sums of gradients
// becoming one would train on a wrong gradient. So every sum that it made is held against the terms
// that our ops contributed.
func (g *Graph) Grad(loss *Node, wrt ...*Node) []*Node {
	if g.err != nil {
		return nil
	}
	g.terms = map[*Node][]*Node{}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		g.Fail(fmt.Errorf("differentiate: %w", err))
		return nil
	}
	for n, terms := range g.terms {
		if n.Deriv() == nil { // no path from it to wrt: nobody asked for its gradient
			continue
		}
		if !sums(n.Deriv(), terms) {
			g.Fail(fmt.Errorf("the gradient of %v was merged by Gorgonia with another sum of the same hash; rename a layer and try again", n))
			return nil
		}
	}
	return grads
}

// sums tells whether n is terms[0] + terms[1] + ..., added from the left.
func sums(n *Node, terms []*Node) bool {
	for i := len(terms) - 1; i > 0; i-- {
		kids := Children(n)
		if _, ours := n.Op().(*Op); ours || len(kids) != 2 {
			return false
		}
		switch terms[i] {
		case kids[1]:
			n = kids[0]
		case kids[0]:
			n = kids[1]
		default:
			return false
		}
	}
	return n == terms[0]
}

// contribute remembers the gradients that one op's rule returned for its inputs.
func (g *Graph) contribute(in, grads []*Node, wrt []bool) {
	if g.terms == nil {
		return
	}
	for i, n := range in {
		if wrt[i] {
			g.terms[n] = append(g.terms[n], grads[i])
		}
	}
}
