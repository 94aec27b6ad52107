package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("aug_mix", func() Augment { return new(augMix) })

// augMix mixes an image with what chains of augmentations make of it. Keras:
// layers/preprocessing/image_preprocessing/aug_mix.py; Hendrycks and others, "AugMix", 2019.
type augMix struct {
	images
	valueRange
	numChains, chainDepth int
	factor                factor
	alpha                 float64
	allOps                bool
	interpolation         string

	steps []Augment
}

func (a *augMix) Schema(b *schema.Block) {
	b.Doc("Mixes an image with what several chains of augmentations make of it, each drawn from a list at random.", "keras.layers.AugMix",
		"The list: random_shear, random_translation, random_rotation, random_posterization, solarization, auto_contrast, equalization; with all_ops also random_brightness, random_color_degeneration, random_contrast, random_sharpness.")
	a.valueRange.bind(b)
	b.Int(&a.numChains, "num_chains", "How many chains there are.", schema.Default(3), schema.AtLeast(1), schema.AtMost(64))
	b.Int(&a.chainDepth, "chain_depth", "How many augmentations a chain has at most.", schema.Default(3), schema.AtLeast(0), schema.AtMost(64))
	a.factor.bind(b, "factor", "How strong they are: the factor of each.", 0, 1, bothSides, schema.Default(0.3))
	b.Float(&a.alpha, "alpha", "Parameter of the Dirichlet and beta distributions that the shares of the chains, and of the image itself, are drawn from.", schema.Default(1.0), schema.Above(0))
	b.Bool(&a.allOps, "all_ops", "Draw from the longer list.", schema.Default(true))
	b.Enum(&a.interpolation, "interpolation", "How a place between pixels is read.", []string{"bilinear", "nearest"}, schema.Default("bilinear"))
	a.bindFormat(b)
}

// Validate makes the augmentations.
func (a *augMix) Validate() error {
	first, more := standardSteps(a.valueRange, a.factor, a.interpolation)
	if a.steps = first; a.allOps {
		a.steps = append(first, more...)
	}
	return nil
}

// Check asks for three channels, or one.
func (a *augMix) Check(in column.Field) error { return hasRGB(in, true) }

// OfMask is nil: as in Keras a mask stays where it is, as the image mostly does.
func (a *augMix) OfMask() Augment { return nil }

func (a *augMix) Apply(dst, src []float32, shape []int, d *Draw) {
	shares := d.Dirichlet(a.alpha, a.numChains)
	own := d.Beta(a.alpha)
	sum, out := d.Scratch(len(src)), d.Scratch(len(src))
	clear(sum)
	steps := make([]Augment, 0, a.chainDepth)
	for k, share := range shares {
		steps = steps[:0]
		for range a.chainDepth {
			if i := d.Int(len(a.steps) + 1); i < len(a.steps) {
				steps = append(steps, a.steps[i])
			}
		}
		m := d.enter(k)
		chain(out, src, shape, d, steps)
		d.leave(m)
		mixIn(sum, out, share)
	}
	a.mix(dst, src, sum, own)
}

// mixIn adds a share of an image.
func mixIn(sum, x []float32, share float32) {
	for i, v := range x {
		sum[i] += float32(v * share)
	}
}

// mix writes own of the image and the rest of what the chains made.
func (a *augMix) mix(dst, src, sum []float32, own float32) {
	for i, v := range src {
		dst[i] = min(max(float32(own*v)+float32((1-own)*sum[i]), a.lo), a.hi)
	}
}
