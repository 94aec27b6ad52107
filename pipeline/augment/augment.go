// Package augment holds the random steps that a feature goes through at training only, one file each:
// random_flip, random_translation, ...
//
// An augmentation changes one example at a time and takes its randomness from a Draw, which is keyed by
// (seed, epoch, example, step): the same pixels whoever computes them and whenever, and never the same in
// two epochs. It keeps the shape of its input, because validation and prediction see the unaugmented one.
//
// Names, arguments and numerics are those of Keras' layers; images are [height, width, channels]. Where
// Keras draws once for a whole batch, dlrun draws for each example.
package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// Augments is the registry of `augment "KIND"` blocks.
var Augments = schema.NewRegistry[Augment]("augment")

// Register adds an augmentation to the registry.
func Register(name string, make func() Augment, aliases ...string) bool {
	return Augments.Register(name, make, aliases...)
}

func init() {
	Augments.Planned("random_elastic_transform")
}

// Augment is a random step of a feature.
type Augment interface {
	schema.Described

	// Check says why rows of this field cannot be augmented. Its shape may have axes of -1.
	Check(in column.Field) error

	// Apply writes src, one example of this shape, changed into dst. The two do not overlap.
	Apply(dst, src []float32, shape []int, d *Draw)
}

// Mover is an augmentation that only moves elements about and fills gaps: one that works on bytes, before
// they have become numbers, as well as behind.
type Mover interface {
	Augment

	// Fill is what gaps are filled with.
	Fill() float32

	// Move does what Apply does, with fill in the gaps.
	Move(dst, src []uint8, shape []int, d *Draw, fill uint8)
}

// Blender is an augmentation that computes with elements, which class numbers must not be.
type Blender interface {
	// OfMask is the same augmentation for a mask: from the same draws, it moves elements as they are. It is nil where it would
	// move nothing.
	OfMask() Augment
}
