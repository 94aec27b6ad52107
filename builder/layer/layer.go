// Package layer holds Keras' layers, one file each: what the layer accepts, what shape it makes,
// which weights it has, how it is built of operations.
//
// To add a layer, write its file; nothing else changes. Optional abilities are small interfaces
// that the builder finds by type assertion.
package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/constraint"
	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Layer is one layer of a model, its arguments decoded.
type Layer interface {
	schema.Described
	// Shape is the output that follows from the inputs; the only place that knows it. It carries
	// unknown dimensions and is not called with inputs of unknown rank. An error says which shapes
	// met; schema.At ties it to an argument.
	Shape(in []shape.Spec) (shape.Spec, error)
	// Weights lists the layer's variables in Keras' order. A dimension may be unknown.
	Weights(in []shape.Spec) []Weight
	// Build makes the output from the inputs, whose axis 0 is the batch.
	Build(s *Scope, in []*op.Node) *op.Node
}

// Weight is a variable of a layer.
type Weight struct {
	Name         string // the last part of Keras' Variable.path: "kernel"
	Shape        shape.Shape
	Args         WeightArgs
	NonTrainable bool // running statistics, which Build's nodes change, or what low-rank adaptation leaves as it is: never the optimizer's
	Added        bool // what low-rank adaptation adds: a file of initial weights need not have it
}

// WeightArgs is what the arguments *_initializer, *_regularizer and *_constraint of a weight set.
type WeightArgs struct {
	Initializer initializer.Initializer
	Regularizer regularizer.Regularizer // nil for none
	Constraint  constraint.Constraint   // nil for none

	prefix string // of the arguments' names
}

// Check holds the weight's initializer, regularizer and constraint against its shape; the error says
// which argument is at fault.
func (w Weight) Check() error {
	if !w.Shape.Full() {
		return nil
	}
	type checker interface{ Check(shape []int) error }
	for _, of := range []struct {
		what  string
		thing any
	}{{"initializer", w.Args.Initializer}, {"regularizer", w.Args.Regularizer}, {"constraint", w.Args.Constraint}} {
		c, ok := of.thing.(checker)
		if !ok {
			continue
		}
		if err := c.Check(w.Shape); err != nil {
			return schema.Atf(w.Args.prefix+"_"+of.what, "the %s of weight %q of shape %s does not fit: %s", of.what, w.Name, w.Shape, err)
		}
	}
	return nil
}

// Bind binds the three arguments that begin with prefix.
func (w *WeightArgs) Bind(b *schema.Block, prefix, defaultInitializer string) {
	w.BindInitializer(b, prefix, defaultInitializer)
	schema.Choose(b, &w.Regularizer, prefix+"_regularizer", fmt.Sprintf("Penalty on the %s, added to the loss.", prefix), regularizer.Registry, schema.Optional())
	schema.Choose(b, &w.Constraint, prefix+"_constraint", fmt.Sprintf("What the %s is projected onto after each update.", prefix), constraint.Registry, schema.Optional())
}

// BindInitializer binds the initializer alone.
func (w *WeightArgs) BindInitializer(b *schema.Block, prefix, defaultInitializer string) {
	w.prefix = prefix
	schema.Choose(b, &w.Initializer, prefix+"_initializer", fmt.Sprintf("First values of the %s.", prefix), initializer.Registry, schema.Default(defaultInitializer))
}

// ActivityRegularized is a layer with the argument activity_regularizer: the builder adds the
// penalty of its outputs, all of them, divided by the batch size, to the loss. Embed Activity to have it.
type ActivityRegularized interface {
	ActivityRegularizer() regularizer.Regularizer
}

// Activity is embedded by layers that take activity_regularizer, as nearly all of Keras' do.
type Activity struct{ penalty regularizer.Regularizer }

// Bind binds the argument.
func (a *Activity) Bind(b *schema.Block) {
	schema.Choose(b, &a.penalty, "activity_regularizer", "Penalty on the layer's output, added to the loss.", regularizer.Registry, schema.Optional())
}

// ActivityRegularizer is the penalty, or nil.
func (a *Activity) ActivityRegularizer() regularizer.Regularizer { return a.penalty }

// Inputs says how many inputs a layer takes when it is not one.
type Inputs interface {
	// InputCount is the least and the most; most < 0 means any number.
	InputCount() (least, most int)
}

// Scope is what a layer builds into: one use of the layer in one graph.
type Scope struct {
	*op.Graph
	Training  bool // the graph trains; else it evaluates or predicts
	Trainable bool // the layer's meta-argument; a frozen batch_normalization runs in inference mode
	Batch     int

	// What the builder fills in.
	Path     string                      // of the layer: names its random streams
	Variable func(name string) *op.Node  // a weight's node
	Random   func(purpose string) uint64 // a random stream of this use of the layer
	Also     func(n *op.Node)            // a node to run in training for what it changes (running statistics)
	Always   func(n *op.Node)            // the same, in evaluation and prediction too

	// Penalty adds the penalty of an activity inside the layer to the loss, divided by the batch size; nil where there is no loss.
	Penalty func(r regularizer.Regularizer, activity *op.Node)
	State   func(name string) *op.Node // what a Stateful layer keeps from batch to batch: [rows of the largest batch, ...]
	Masks   []*op.Node                 // of the inputs; nil where there is none
	Tensors map[string][]*op.Node      // the call's tensor arguments (see TensorArguments)
}

// Penalize adds the penalty of an activity inside the layer to the loss; r is nil for none.
func (s *Scope) Penalize(r regularizer.Regularizer, activity *op.Node) {
	if r != nil && s.Penalty != nil && s.Err() == nil {
		s.Penalty(r, activity)
	}
}

// Weight is the node of the layer's own weight.
func (s *Scope) Weight(name string) *op.Node { return s.Variable(name) }

// Mask is the mask of the first input, or nil.
func (s *Scope) Mask() *op.Node {
	if len(s.Masks) == 0 {
		return nil
	}
	return s.Masks[0]
}

// Registry knows the layers by name.
var Registry = schema.NewRegistry[Layer]("layer")

// Register adds a layer; its file calls it.
func Register(name string, make func() Layer, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
