// Package regularizer holds Keras' regularizers, one file each: penalties on a weight, or on a
// layer's output, that are added to the loss.
package regularizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Regularizer is a penalty.
type Regularizer interface {
	schema.Described
	// Build returns the penalty of w as a scalar.
	Build(g *op.Graph, w *op.Node) *op.Node
}

// Checker is a Regularizer that does not take a weight of any shape.
type Checker interface {
	Check(shape []int) error
}

// Registry knows the regularizers by name.
var Registry = schema.NewRegistry[Regularizer]("regularizer")

// Register adds a regularizer; its file calls it.
func Register(name string, make func() Regularizer, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
