// Package initializer holds Keras' initializers, one file each: how a weight gets its first values.
package initializer

import (
	"github.com/dlrun/dlrun/dsl/schema"
)

// Initializer fills a new weight.
type Initializer interface {
	schema.Described
	// Fill sets every element of w, a weight of the given shape (row-major). The values depend on
	// key alone. It reports a shape that the initializer cannot fill.
	Fill(w []float32, shape []int, key Key) error
}

// Checker is an Initializer that does not fill a weight of any shape.
type Checker interface {
	Check(shape []int) error
}

// Key makes the random numbers of one weight: the run's seed and a number derived from the
// weight's path. An initializer's own seed argument replaces Seed.
type Key struct {
	Seed   uint64
	Stream uint64
}

// Registry knows the initializers by name.
var Registry = schema.NewRegistry[Initializer]("initializer")

// Register adds an initializer; its file calls it.
func Register(name string, make func() Initializer, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
