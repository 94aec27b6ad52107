// Package optimizer holds Keras' optimizers, one file each.
//
// An optimizer's update of a weight is a node of the graph that changes the weight and the
// optimizer's slots in place. What varies from step to step (learning rate, bias corrections) is
// computed on the host for each step and fed as a small vector, so the graph stays the same.
package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Optimizer updates weights from gradients.
type Optimizer interface {
	schema.Described
	// Common returns the arguments that all optimizers share.
	Common() *Common
	// Slots are the tensors that are kept for each weight.
	Slots() []Slot
	// Hyper is fed at each step: step counts from 1, rate is the learning rate of this step. Its
	// length is always the same. Its numbers are what float32 arithmetic makes of them, as in Keras.
	Hyper(step int, rate float64) []float64
	// Update returns a node that changes p.W and p.Slots in place (an op.Mutator).
	Update(g *op.Graph, p Param) *op.Node
	// Average returns a node that only moves the average of p.W, where there is one (use_ema), after another.
	Average(g *op.Graph, p Param, after *op.Node) *op.Node
}

// Slot is a tensor that an optimizer keeps for each weight.
type Slot struct {
	Name string // Keras' name: "momentum", "velocity"
	Init float64
	// Shape is that of the slot for a weight; nil where it is the weight's own.
	Shape func(path string, weight []int) []int
}

// For is the shape of the slot for a weight.
func (s Slot) For(path string, weight []int) []int {
	if s.Shape == nil {
		return weight
	}
	return s.Shape(path, weight)
}

// Param is a weight to be updated.
type Param struct {
	Path  string   // of the weight
	W     *op.Node // the weight: a state input
	Grad  *op.Node
	Slots []*op.Node // state inputs, as Slots lists them
	Hyper *op.Node   // [len(Hyper)]
}

// Registry knows the optimizers by name.
var Registry = schema.NewRegistry[Optimizer]("optimizer")

// Register adds an optimizer; its file calls it.
func Register(name string, make func() Optimizer, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
