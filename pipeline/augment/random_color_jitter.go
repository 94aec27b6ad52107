package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_color_jitter", func() Augment { return new(randomColorJitter) })

// randomColorJitter is random_brightness, random_contrast, random_saturation and random_hue, one after the other. Keras:
// layers/preprocessing/image_preprocessing/random_color_jitter.py.
type randomColorJitter struct {
	colours
	valueRange
	brightness, contrast, saturation, hue factor

	steps []Augment
}

func (a *randomColorJitter) Schema(b *schema.Block) {
	b.Doc("Changes brightness, contrast, saturation and hue of an image at random, one after the other.", "keras.layers.RandomColorJitter",
		"A factor that is left out changes nothing.")
	a.valueRange.bind(b)
	a.brightness.bind(b, "brightness_factor", "That of random_brightness.", -1, 1, bothSides, schema.Optional())
	a.contrast.bind(b, "contrast_factor", "That of random_contrast.", 0, 1, bothSides, schema.Optional())
	a.saturation.bind(b, "saturation_factor", "That of random_saturation.", -1, 1, bothSides, schema.Optional())
	a.hue.bind(b, "hue_factor", "That of random_hue.", 0, 1, bothSides, schema.Optional())
	a.bindFormat(b)
}

// Validate makes the steps.
func (a *randomColorJitter) Validate() error {
	a.steps = nil
	if a.brightness.given {
		a.steps = append(a.steps, &randomBrightness{valueRange: a.valueRange, factor: a.brightness})
	}
	if a.contrast.given {
		a.steps = append(a.steps, &randomContrast{valueRange: a.valueRange, factor: a.contrast})
	}
	if a.saturation.given {
		a.steps = append(a.steps, &randomSaturation{valueRange: a.valueRange, factor: a.saturation})
	}
	if a.hue.given {
		a.steps = append(a.steps, &randomHue{valueRange: a.valueRange, factor: a.hue})
	}
	return nil
}

// Check asks for three channels where a step does.
func (a *randomColorJitter) Check(in column.Field) error {
	if a.saturation.given || a.hue.given {
		return hasRGB(in, false)
	}
	return isImage(in)
}

func (a *randomColorJitter) Apply(dst, src []float32, shape []int, d *Draw) {
	chain(dst, src, shape, d, a.steps)
}

// chain takes an image through steps, each with numbers of its own.
func chain(dst, src []float32, shape []int, d *Draw, steps []Augment) {
	if len(steps) == 0 {
		copy(dst, src)
		return
	}
	var buffers [2][]float32
	for i := range min(2, len(steps)-1) {
		buffers[i] = d.Scratch(len(src))
	}
	in := src
	for i, s := range steps {
		out := dst
		if i < len(steps)-1 {
			out = buffers[i%2]
		}
		m := d.enter(i)
		s.Apply(out, in, shape, d)
		d.leave(m)
		in = out
	}
}
