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
	"fmt"
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/pipeline/column"
)

// Augments is the registry of `augment "KIND"` blocks.
var Augments = schema.NewRegistry[Augment]("augment")

// Register adds an augmentation to the registry.
func Register(name string, make func() Augment, aliases ...string) bool {
	return Augments.Register(name, make, aliases...)
}

func init() {
	Augments.Planned("aug_mix", "cut_mix", "mix_up", "rand_augment", "random_brightness", "random_color_degeneration",
		"random_color_jitter", "random_contrast", "random_elastic_transform", "random_erasing", "random_gaussian_blur",
		"random_grayscale", "random_hue", "random_invert", "random_perspective", "random_posterization", "random_rotation",
		"random_saturation", "random_sharpness", "random_shear", "random_zoom", "solarization")
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

// Blender is an augmentation that blends neighbouring elements, which class numbers must not be.
type Blender interface {
	// OfMask is the same augmentation for a mask: from the same draws, it moves elements as they are.
	OfMask() Augment
}

// Draw is the randomness of one example in one step.
type Draw struct {
	key philox.Key
	n   uint64
}

// NewDraw starts the sequence of a key.
func NewDraw(key philox.Key) Draw { return Draw{key: key} }

// Uniform returns the next number, uniform in [lo, hi).
func (d *Draw) Uniform(lo, hi float32) float32 {
	u := philox.Float32(d.key.Uint32(d.n))
	d.n++
	return lo + float32(u*(hi-lo))
}

// isImage checks that a field holds images.
func isImage(in column.Field) error {
	if in.Kind == column.String {
		return fmt.Errorf("it takes images, and column %q holds text", in.Name)
	}
	if in.Known && len(in.Shape) != 3 {
		return fmt.Errorf("it takes images of shape [height, width, channels], and %q is %s", in.Name, in.Describe())
	}
	return nil
}

// isFactor checks an argument that is a number or a pair of them, each within -1 and 1.
func isFactor(v cty.Value) error {
	_, _, err := factor(v)
	return err
}

// factor returns the bounds of a factor: a number f means -|f| to |f|.
func factor(v cty.Value) (lo, hi float32, err error) {
	wrong := fmt.Errorf("a number from -1 to 1 or a list of two is wanted, got %s", schema.Show(v))
	number := func(v cty.Value) (float32, bool) {
		if v.IsNull() || v.Type() != cty.Number {
			return 0, false
		}
		f, _ := v.AsBigFloat().Float64()
		return float32(f), f >= -1 && f <= 1
	}
	if !v.IsNull() && v.CanIterateElements() && !v.Type().IsObjectType() && !v.Type().IsMapType() {
		if v.LengthInt() != 2 {
			return 0, 0, wrong
		}
		var fs []float32
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			f, ok := number(e)
			if !ok {
				return 0, 0, wrong
			}
			fs = append(fs, f)
		}
		return min(fs[0], fs[1]), max(fs[0], fs[1]), nil
	}
	f, ok := number(v)
	if !ok {
		return 0, 0, wrong
	}
	f = float32(math.Abs(float64(f)))
	return -f, f, nil
}
