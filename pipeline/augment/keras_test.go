package augment

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// kerasApply takes an image through an augmentation whose random numbers are given, as testdata/keras.py gave them to Keras' layer.
var kerasApply = map[string]func(a Augment, dst, src []float32, shape []int, p []float32, d *Draw){
	"random_brightness": func(a Augment, dst, src []float32, _ []int, p []float32, _ *Draw) {
		a.(*randomBrightness).brighten(dst, src, p[0])
	},
	"random_contrast": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		a.(*randomContrast).contrast(dst, src, shape, p[0])
	},
	"random_hue": func(a Augment, dst, src []float32, _ []int, p []float32, _ *Draw) {
		a.(*randomHue).turn(dst, src, p[0])
	},
	"random_saturation": func(a Augment, dst, src []float32, _ []int, p []float32, _ *Draw) {
		a.(*randomSaturation).saturate(dst, src, p[0])
	},
	"random_color_degeneration": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		a.(*randomColorDegeneration).fade(dst, src, shape, p[0])
	},
	"random_sharpness": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		a.(*randomSharpness).sharpen(dst, src, shape, p[0])
	},
	"random_posterization": func(a Augment, dst, src []float32, _ []int, p []float32, _ *Draw) {
		a.(*randomPosterization).posterize(dst, src, uint(p[0]))
	},
	"random_invert": func(a Augment, dst, src []float32, _ []int, _ []float32, _ *Draw) { a.(*randomInvert).invert(dst, src) },
	"solarization": func(a Augment, dst, src []float32, _ []int, p []float32, _ *Draw) {
		a.(*solarization).solarize(dst, src, p[0], p[1])
	},
	"equalization":     func(a Augment, dst, src []float32, shape []int, _ []float32, d *Draw) { a.Apply(dst, src, shape, d) },
	"auto_contrast":    func(a Augment, dst, src []float32, shape []int, _ []float32, d *Draw) { a.Apply(dst, src, shape, d) },
	"random_grayscale": func(a Augment, dst, src []float32, shape []int, _ []float32, d *Draw) { a.Apply(dst, src, shape, d) },
	"random_gaussian_blur": func(a Augment, dst, src []float32, shape []int, p []float32, d *Draw) {
		a.(*randomGaussianBlur).blur(dst, src, shape, p[0], p[1], d)
	},
	"random_erasing": func(a Augment, dst, src []float32, shape []int, p []float32, d *Draw) {
		copy(dst, src)
		a.(*randomErasing).erase(dst, shape, box{p[0], p[1], p[2], p[3]}, d)
	},
	"random_rotation": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		m := rotation(p[0], shape[0], shape[1])
		a.(*randomRotation).apply(dst, src, shape[0], shape[1], shape[2], &m)
	},
	"random_zoom": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		m := zoom(p[0], p[1], shape[0], shape[1])
		a.(*randomZoom).apply(dst, src, shape[0], shape[1], shape[2], &m)
	},
	"random_shear": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		m := shear(p[0], p[1])
		a.(*randomShear).apply(dst, src, shape[0], shape[1], shape[2], &m)
	},
	"random_translation": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		m := translation(p[0], p[1])
		a.(*randomTranslation).apply(dst, src, shape[0], shape[1], shape[2], &m)
	},
	"random_perspective": func(a Augment, dst, src []float32, shape []int, p []float32, _ *Draw) {
		var end [4][2]float32
		for i, v := range p {
			end[i/2][i%2] = v
		}
		m, _ := homography(corners(shape[0], shape[1]), end)
		a.(*randomPerspective).apply(dst, src, shape[0], shape[1], shape[2], &m)
	},
	"aug_mix": func(a Augment, dst, src []float32, shape []int, p []float32, d *Draw) {
		m := a.(*augMix)
		auto, equal := m.steps[5], m.steps[6]
		sum, out := make([]float32, len(src)), make([]float32, len(src))
		for i, steps := range [][]Augment{{}, {auto, equal}, {equal}} {
			chain(out, src, shape, d, steps)
			mixIn(sum, out, p[i])
		}
		m.mix(dst, src, sum, p[3])
	},
}

// The same random numbers give the pixels of Keras' layers (3.15.1 on JAX).
func TestPixelsAreKeras(t *testing.T) {
	raw, err := os.ReadFile("testdata/keras.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Kind, Body   string
		Params, Want []float32
		Scale        float32
		Channels     int
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.Kind] = true
		a, err := decode(t, c.Kind, c.Body)
		if err != nil {
			t.Fatal(c.Kind, err)
		}
		shape := []int{6, 5, c.Channels}
		src := make([]float32, len(c.Want))
		for i := range src {
			src[i] = float32((i*i*7+i*31)%251) * c.Scale
		}
		got := make([]float32, len(src))
		d := NewDraw(philox.NewKey(1))
		kerasApply[c.Kind](a, got, src, shape, c.Params, &d)
		tolerance := 1e-5 * max(1, 255*float64(c.Scale)) // of the range of values
		for i, want := range c.Want {
			if !(math.Abs(float64(got[i]-want)) <= tolerance) {
				t.Errorf("%s { %s } %v: element %d is %v, want %v", c.Kind, c.Body, c.Params, i, got[i], want)
				break
			}
		}
	}
	for kind := range kerasApply {
		if !seen[kind] {
			t.Errorf("%s has no case", kind)
		}
	}
}
