package augment

import (
	"fmt"

	"github.com/dlrun/dlrun/pipeline/column"
)

// Mixer is an augmentation that mixes the examples of a batch with each other, images and labels alike. It stands in a dataset
// itself and comes last.
type Mixer interface {
	Augment

	// Mix writes src, n examples of this shape, mixed into dst. The same draw mixes all features and targets alike.
	Mix(dst, src []float32, shape []int, n int, what Role, d *Draw)

	// Takes says why a feature or target of this role cannot be mixed.
	Takes(what Role) error
}

// Role is what a feature or target is to an augmentation of several.
type Role uint8

// The roles.
const (
	Images Role = iota
	Masks
	Labels
)

// mixing is what mixers have in common.
type mixing struct{ images }

// Check takes whatever is a number: labels are mixed too.
func (*mixing) Check(in column.Field) error {
	if in.Kind == column.String {
		return fmt.Errorf("it takes numbers, and column %q holds text", in.Name)
	}
	return nil
}

// Apply leaves a single example as it is.
func (*mixing) Apply(dst, src []float32, _ []int, _ *Draw) { copy(dst, src) }

// OfMask is set aside: a mixer knows roles.
func (*mixing) channelsFirst() bool { return false }

// blendWith writes a part of each example and the rest of its partner.
func blendWith(dst, src []float32, n int, partner []int, part func(i int) float32) {
	size := len(src) / max(1, n)
	for i := range n {
		p := part(i)
		q := 1 - p
		own, other, out := src[i*size:(i+1)*size], src[partner[i]*size:(partner[i]+1)*size], dst[i*size:(i+1)*size]
		for k, v := range own {
			out[k] = float32(p*v) + float32(q*other[k])
		}
	}
}
