// Package constraint holds Keras' constraints, one file each: what a weight is projected onto
// after each update.
package constraint

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Constraint projects a weight.
type Constraint interface {
	schema.Described
	// Build returns a node that changes w in place (an op.Mutator); it runs after w's update.
	Build(g *op.Graph, w *op.Node) *op.Node
}

// Checker is a Constraint that does not take a weight of any shape.
type Checker interface {
	Check(shape []int) error
}

// Registry knows the constraints by name.
var Registry = schema.NewRegistry[Constraint]("constraint")

// Register adds a constraint; its file calls it.
func Register(name string, make func() Constraint, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
