package op

import "fmt"

// Scan joins each element along an axis with all before it, or with Reverse with all after it: "cumsum"
// or "cumprod".
type Scan struct {
	Fn      string
	Axis    int // from 0
	Reverse bool
}

// Kind is "scan".
func (Scan) Kind() string { return "scan" }

// Infer is the input's spec.
func (o Scan) Infer(in []Spec) ([]Spec, error) {
	switch o.Fn {
	case "cumsum", "cumprod":
		return along(in[0], o.Axis)
	}
	return nil, fmt.Errorf("there is no function %q of what lies before", o.Fn)
}

// Wrt is true.
func (Scan) Wrt(n int) []bool { return All(n) }

// Grad joins the other way.
func (o Scan) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	if o.Fn == "cumsum" {
		return []*Node{g.Apply(Scan{Fn: o.Fn, Axis: o.Axis, Reverse: !o.Reverse}, dy)}
	}
	return []*Node{g.Apply(ScanGrad{o}, in[0], dy)}
}

// ScanGrad is, for "cumprod", (x, dy) -> dx. It divides by nothing, so that zeros among x do no harm.
type ScanGrad struct{ Scan }

// Kind is "scan.grad".
func (ScanGrad) Kind() string { return "scan.grad" }

// Wrt hides the gradient rule of the embedded Scan: there are no second derivatives.
func (ScanGrad) Wrt(n int) []bool { return make([]bool, n) }
