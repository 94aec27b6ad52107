// Package activation holds Keras' activation functions, one file each, as things a layer names:
// activation = "relu", or a block that sets the function's arguments.
package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Activation is a function applied to every element, or along the last axis.
type Activation interface {
	schema.Described
	// Build applies the function to x.
	Build(g *op.Graph, x *op.Node) *op.Node
}

// Shaper is an Activation that does not take every shape (softmax wants an axis), or whose output
// has another shape than its input (glu).
type Shaper interface {
	Shape(in shape.Shape) (shape.Shape, error)
}

// Shape is the shape of what a, which may be nil, makes of an input.
func Shape(a Activation, in shape.Shape) (shape.Shape, error) {
	if s, ok := a.(Shaper); ok {
		return s.Shape(in)
	}
	return in, nil
}

// IsElementwise tells whether a, which may be nil, does the same to each element, whatever the others are.
func IsElementwise(a Activation) bool {
	_, along := a.(interface{ along() })
	return !along
}

// Apply builds a, which may be nil for none.
func Apply(g *op.Graph, a Activation, x *op.Node) *op.Node {
	if a == nil || x == nil {
		return x
	}
	return a.Build(g, x)
}

// Registry knows the activations by name.
var Registry = schema.NewRegistry[Activation]("activation")

// Register adds an activation; its file calls it.
func Register(name string, make func() Activation, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}

// Argument binds the argument "activation" of a layer; nil stands for none (linear).
func Argument(b *schema.Block, p *Activation) {
	schema.Choose(b, p, "activation", "Activation function applied to the output; none when left out.", Registry, schema.Optional())
}
