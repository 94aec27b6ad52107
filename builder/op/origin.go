package op

// Origin says what a node is there for, so that the time it takes can be told.
type Origin struct {
	Layer string // the path of the layer; "" where it is of none
	Part  Part
}

// Part is a part of a step.
type Part uint8

// The parts of a step.
const (
	Forward  Part = iota // from the inputs to the outputs
	Backward             // the gradients
	Loss                 // losses and penalties, and their own gradients
	Update               // the optimizer, with what it does to gradients and weights
)

// At makes what is applied from now on be of o, and returns what it was of before.
func (g *Graph) At(o Origin) (before Origin) {
	before, g.origin = g.origin, o
	return before
}

// gradient is what the nodes of a gradient rule are of.
func (o Origin) gradient() Origin {
	if o.Part == Forward {
		o.Part = Backward
	}
	return o
}

// OriginOf is what a node is of. Gorgonia's sums of gradients are of whatever made the first of the terms.
func OriginOf(n *Node) Origin {
	for {
		if o, ok := n.Op().(*Op); ok {
			return o.Origin
		}
		kids := Children(n)
		if len(kids) == 0 {
			return Origin{}
		}
		n = kids[0]
	}
}

// Multiplier is a Def that computes sums of products, which is where networks spend their arithmetic: matrix products and
// convolutions, and what is made of them.
type Multiplier interface {
	Def
	// MultiplyAdds counts the multiply-adds that the outputs which are read need, by the definition of the operation: window
	// positions in the padding count, what a kernel computes twice does not. read tells it for each output.
	MultiplyAdds(in []Spec, read []bool) int
}

// MultiplyAdds counts those of an operation whose outputs are read as told; 0 where it is no Multiplier.
func (o *Op) MultiplyAdds(read []bool) int {
	if m, ok := o.Def.(Multiplier); ok {
		return m.MultiplyAdds(o.In, read)
	}
	return 0
}

// count is how many of the outputs named are read.
func count(read []bool, of ...int) int {
	n := 0
	for _, k := range of {
		if k < len(read) && read[k] {
			n++
		}
	}
	return n
}
