package op

import "fmt"

// Dropout sets elements to 0, each with probability Rate, and divides the others by 1-Rate, so that
// the expected value stays (Srivastava and others, "Dropout", 2014). Which ones depends on the seed
// of the run, the step and Stream alone, so the gradient is the same operation applied to dy.
//
// Where an axis of Noise is 1 and that of x is not, all elements along it share one draw; nil
// draws for each element.
type Dropout struct {
	Rate   float64
	Stream uint64
	Noise  []int // as long as x's shape, each axis that of x or 1

	OwnSeed bool // Seed takes the place of the run's
	Seed    uint64
}

// Kind is "dropout".
func (Dropout) Kind() string { return "dropout" }

// Infer checks the rate and the shape of the noise.
func (d Dropout) Infer(in []Spec) ([]Spec, error) {
	x := in[0].Shape
	if !(d.Rate >= 0 && d.Rate <= 1) {
		return nil, fmt.Errorf("a rate of %v", d.Rate)
	}
	if d.Noise != nil && len(d.Noise) != len(x) {
		return nil, fmt.Errorf("noise of shape %v for a value of shape %v", d.Noise, x)
	}
	for i, n := range d.Noise {
		if n != x[i] && n != 1 {
			return nil, fmt.Errorf("noise of shape %v for a value of shape %v", d.Noise, x)
		}
	}
	return []Spec{in[0]}, nil
}

// Wrt is true.
func (Dropout) Wrt(n int) []bool { return All(n) }

// Grad drops the same elements of dy.
func (d Dropout) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node { return []*Node{g.Apply(d, dy)} }
