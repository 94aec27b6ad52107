package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("rand_augment", func() Augment { return new(randAugment) })

// randAugment takes an image through augmentations drawn from a list. Keras:
// layers/preprocessing/image_preprocessing/rand_augment.py; Cubuk and others, "RandAugment", 2019.
type randAugment struct {
	images
	valueRange
	numOps        int
	factor        factor
	interpolation string

	steps []Augment
}

func (a *randAugment) Schema(b *schema.Block) {
	b.Doc("Takes an image through several augmentations, each drawn from a list at random.", "keras.layers.RandAugment",
		"The list: random_shear, random_translation, random_rotation, random_brightness, random_color_degeneration, random_contrast, random_sharpness, random_posterization, solarization, auto_contrast, equalization.")
	a.valueRange.bind(b)
	b.Int(&a.numOps, "num_ops", "How many augmentations an image goes through.", schema.Default(2), schema.AtLeast(1), schema.AtMost(64))
	a.factor.bind(b, "factor", "How strong they are: the factor of each.", 0, 1, bothSides, schema.Default(0.5))
	b.Enum(&a.interpolation, "interpolation", "How a place between pixels is read.", []string{"bilinear", "nearest"}, schema.Default("bilinear"))
	a.bindFormat(b)
}

// Validate makes the augmentations.
func (a *randAugment) Validate() error {
	geometric, colour := standardSteps(a.valueRange, a.factor, a.interpolation)
	a.steps = append(geometric, colour...)
	return nil
}

// standardSteps are the augmentations that rand_augment and aug_mix draw from.
func standardSteps(r valueRange, f factor, interpolation string) (first, more []Augment) {
	s := sampling{fillMode: "reflect", interpolation: interpolation}
	bits := f
	bits.lo = max(1, float32(int(8*f.hi)))
	bits.hi = bits.lo
	first = []Augment{
		&randomShear{sampling: s, x: f, y: f},
		&randomTranslation{sampling: s, height: f, width: f},
		&randomRotation{sampling: s, factor: f},
		&randomPosterization{valueRange: r, factor: bits},
		&solarization{valueRange: r, addition: f, threshold: f},
		&autoContrast{valueRange: r},
		&equalization{valueRange: r, bins: 256},
	}
	more = []Augment{
		&randomBrightness{valueRange: r, factor: f},
		&randomColorDegeneration{valueRange: r, factor: f},
		&randomContrast{valueRange: r, factor: f},
		&randomSharpness{valueRange: r, factor: f},
	}
	return first, more
}

// Check asks for three channels, or one.
func (a *randAugment) Check(in column.Field) error { return hasRGB(in, true) }

// OfMask moves a mask as the image, and changes no colours.
func (a *randAugment) OfMask() Augment {
	m := *a
	m.steps = masks(a.steps)
	return &m
}

// masks are steps as they are for masks: nil for one that does nothing to a mask.
func masks(steps []Augment) []Augment {
	out := make([]Augment, len(steps))
	for i, s := range steps {
		if out[i] = s; s != nil {
			out[i] = s.(Blender).OfMask()
		}
	}
	return out
}

func (a *randAugment) Apply(dst, src []float32, shape []int, d *Draw) {
	steps := make([]Augment, 0, a.numOps)
	for range a.numOps {
		if s := a.steps[d.Int(len(a.steps))]; s != nil {
			steps = append(steps, s)
		} else {
			steps = append(steps, kept{})
		}
	}
	chain(dst, src, shape, d, steps)
}

// kept is a step that leaves an image as it is.
type kept struct{}

func (kept) Schema(*schema.Block)                       {}
func (kept) Check(column.Field) error                   { return nil }
func (kept) Apply(dst, src []float32, _ []int, _ *Draw) { copy(dst, src) }
