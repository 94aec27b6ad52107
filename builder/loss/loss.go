// Package loss holds Keras' losses, one file each.
//
// A loss turns a target and a model's output into a value for each example (or each position of
// it); Reduce then makes the scalar that is minimised, with sample weights, as Keras' Loss class.
package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Loss compares an output with its target.
type Loss interface {
	schema.Described
	// Target is the spec (without the batch axis) of the target that fits an output: what is fed.
	// target is what the data has, which may differ where Keras would squeeze, expand or cast; the
	// error says what would fit (the caller names both sides). A loss of integer labels asks for Int32.
	Target(target, output shape.Spec) (shape.Spec, error)
	// Build returns the values of the loss: [batch] or [batch, ...]. Both nodes have the batch
	// axis; y has the spec that Target returned.
	Build(g *op.Graph, y, output *op.Node) *op.Node
	// Reduction is Keras' word for how the values become one.
	Reduction() string
}

// Probabilistic is a Loss that wants probabilities, or with from_logits what comes before the activation
// that makes them.
type Probabilistic interface {
	FromLogits() bool
	Activation() string // "softmax" or "sigmoid"
}

// Registry knows the losses by name.
var Registry = schema.NewRegistry[Loss]("loss")

// Register adds a loss; its file calls it.
func Register(name string, make func() Loss, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
