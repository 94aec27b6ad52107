package augment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"pgregory.net/rapid"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/pipeline/column"
)

func decode(t testing.TB, kind, body string) (Augment, error) {
	t.Helper()
	f, diags := hclparse.NewParser().ParseHCL([]byte(body), "a.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	a, _, diags := schema.Resolve(Augments, kind, hcl.Range{}, f.Body, &hcl.EvalContext{}, "augment")
	if diags.HasErrors() {
		return nil, diags
	}
	return a, nil
}

// bodies has a case for every augmentation.
var bodies = map[string]string{
	"random_flip":        `mode = "horizontal"`,
	"random_crop":        "height = 6\nwidth = 5\npadding = 2",
	"random_translation": "height_factor = 0.5\nwidth_factor = [-0.2, 0.3]\nfill_mode = \"constant\"",
	"random_rotation":    "factor = 0.2", "random_zoom": "height_factor = 0.3", "random_shear": "x_factor = 0.3",
	"random_perspective": "factor = 0.9", "random_brightness": "factor = 0.2", "random_contrast": "factor = 0.3",
	"random_hue": "factor = 0.4", "random_saturation": "factor = [0.3, 0.7]", "random_color_jitter": "hue_factor = 0.2\nbrightness_factor = 0.2",
	"random_grayscale": "", "random_color_degeneration": "factor = 0.8", "random_gaussian_blur": "sigma = [0.3, 1]",
	"random_sharpness": "factor = 0.9", "random_posterization": "factor = [2, 7]", "random_invert": "factor = 0.9",
	"solarization": "addition_factor = 0.2\nthreshold_factor = 0.5", "equalization": "", "auto_contrast": "",
	"random_erasing": "factor = 0.9", "rand_augment": "", "aug_mix": "", "random_noise": "stddev = 0.5",
	"mix_up": "", "cut_mix": "",
	"token_masking": "mask_selection_rate = 0.3\nmask_token_id = 1\nvocabulary_size = 90",
}

func image() []float32 {
	img := make([]float32, 6*5*3)
	for i := range img {
		img[i] = float32(i + 1)
	}
	return img
}

func TestEveryAugmentation(t *testing.T) {
	shape := []int{6, 5, 3}
	for _, kind := range Augments.Names() {
		body, ok := bodies[kind]
		if !ok {
			t.Errorf("augmentation %q has no case", kind)
			continue
		}
		a, err := decode(t, kind, body)
		if err != nil {
			t.Fatal(kind, err)
		}
		if err := a.Check(column.Tensor("x", column.Float32, shape...)); err != nil {
			t.Fatal(kind, err)
		}
		if _, mixes := a.(Mixer); mixes {
			continue // see TestMixers
		}
		_, ofImages := a.(interface{ channelsFirst() bool })
		if ofImages && a.Check(column.Scalar("x", column.Float32)) == nil || a.Check(column.Scalar("x", column.String)) == nil {
			t.Errorf("%s: took what is no image", kind)
		}
		src := image()
		run := func(key uint64) []float32 {
			// A stale element would show: NaN is never written.
			dst := slices.Repeat([]float32{float32(math.NaN())}, len(src))
			d := NewDraw(philox.NewKey(key))
			a.Apply(dst, src, shape, &d)
			return dst
		}
		same := 0
		first := run(0)
		for key := range uint64(40) {
			got := run(key)
			if !slices.Equal(got, run(key)) {
				t.Errorf("%s: key %d gave two results", kind, key)
			}
			if slices.Equal(got, first) {
				same++
			}
			if slices.ContainsFunc(got, func(x float32) bool { return x != x }) {
				t.Errorf("%s: key %d left elements unwritten", kind, key)
			}
		}
		if fixed := kind == "equalization" || kind == "auto_contrast"; same > 30 && !fixed || fixed && same < 40 {
			t.Errorf("%s: %d of 40 keys gave the same", kind, same)
		}
		if !slices.Equal(src, image()) {
			t.Errorf("%s: changed its input", kind)
		}
	}
}

// A translation by whole pixels moves pixels and computes nothing.
func TestWholeTranslationCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w := rapid.IntRange(1, 7).Draw(t, "h"), rapid.IntRange(1, 7).Draw(t, "w")
		dy, dx := rapid.IntRange(-h, h).Draw(t, "dy"), rapid.IntRange(-w, w).Draw(t, "dx")
		img := make([]float32, h*w)
		for i := range img {
			img[i] = float32(i) / 7
		}
		a := &sampling{fillMode: "constant", interpolation: rapid.SampledFrom([]string{"bilinear", "nearest"}).Draw(t, "i"), fill: -1}
		got := make([]float32, len(img))
		m := translation(float32(dx), float32(dy))
		a.apply(got, img, h, w, 1, &m)
		for y := range h {
			for x := range w {
				want := float32(-1)
				if fy, fx := y-dy, x-dx; fy >= 0 && fy < h && fx >= 0 && fx < w {
					want = img[fy*w+fx]
				}
				if got[y*w+x] != want {
					t.Fatalf("(%d, %d) is %v, want %v", y, x, got[y*w+x], want)
				}
			}
		}
	})
}

func TestCropIsAWindowOfThePaddedImage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w, p := rapid.IntRange(1, 6).Draw(t, "h"), rapid.IntRange(1, 6).Draw(t, "w"), rapid.IntRange(0, 8).Draw(t, "p")
		const c = 2
		img := make([]float32, h*w*c)
		for i := range img {
			img[i] = float32(i + 1)
		}
		got := slices.Repeat([]float32{-1}, len(img))
		d := NewDraw(philox.NewKey(rapid.Uint64().Draw(t, "key")))
		e := d
		(&randomCrop{height: h, width: w, padding: p}).Apply(got, img, []int{h, w, c}, &d)
		at := randomCrop{height: h, width: w, padding: p}
		top, left := at.start(&e), at.start(&e)
		for y := range h {
			for x := range w {
				for ch := range c {
					want := float32(0)
					if fy, fx := y+top-p, x+left-p; fy >= 0 && fy < h && fx >= 0 && fx < w {
						want = img[(fy*w+fx)*c+ch]
					}
					if got[(y*w+x)*c+ch] != want {
						t.Fatalf("window at %d, %d: (%d, %d, %d) is %v, want %v", top, left, y, x, ch, got[(y*w+x)*c+ch], want)
					}
				}
			}
		}
	})
}

func TestFlips(t *testing.T) {
	img := []float32{1, 2, 3, 4, 5, 6} // 2 by 3
	for mode, want := range map[string][]float32{
		"horizontal": {3, 2, 1, 6, 5, 4}, "vertical": {4, 5, 6, 1, 2, 3}, "horizontal_and_vertical": {6, 5, 4, 3, 2, 1},
	} {
		flipped := 0
		for key := range uint64(200) {
			got := make([]float32, 6)
			d := NewDraw(philox.NewKey(key))
			(&randomFlip{mode: mode}).Apply(got, img, []int{2, 3, 1}, &d)
			switch {
			case slices.Equal(got, want):
				flipped++
			case !slices.Equal(got, img):
				t.Fatalf("%s: %v", mode, got)
			}
		}
		if flipped < 70 || flipped > 130 {
			t.Errorf("%s: %d of 200 flipped", mode, flipped)
		}
	}
}

// In the other data format the same numbers give the same image.
func TestChannelsFirst(t *testing.T) {
	for _, kind := range Augments.Names() {
		a, err := decode(t, kind, bodies[kind])
		if err != nil {
			t.Fatal(err)
		}
		_, mixes := a.(Mixer)
		if _, ok := a.(interface{ channelsFirst() bool }); !ok || mixes {
			continue
		}
		b, err := decode(t, kind, bodies[kind]+"\ndata_format = \"channels_first\"")
		if err != nil {
			t.Fatal(err)
		}
		b = Finish(b, Images)
		if err := b.Check(column.Tensor("x", column.Float32, 3, 6, 5)); err != nil {
			t.Fatal(kind, err)
		}
		src := image()
		turn := func(x []float32) []float32 {
			out := make([]float32, len(x))
			for i, v := range x {
				out[i%3*30+i/3] = v
			}
			return out
		}
		want, got := make([]float32, len(src)), make([]float32, len(src))
		for key := range uint64(5) {
			d := NewDraw(philox.NewKey(key))
			a.Apply(want, src, []int{6, 5, 3}, &d)
			d.Reset(philox.NewKey(key))
			b.Apply(got, turn(src), []int{3, 6, 5}, &d)
			if !slices.Equal(turn(want), got) {
				t.Errorf("%s: %v, want %v", kind, got, turn(want))
			}
		}
	}
}

// A mixer gives each example a part of another of the batch, and its label the same part.
func TestMixers(t *testing.T) {
	const n, size = 8, 6 * 5 * 3
	src, labels := make([]float32, n*size), make([]float32, n*n)
	for i := range n {
		labels[i*n+i] = 1
		for k := range size {
			src[i*size+k] = float32(i)
		}
	}
	for kind, body := range map[string]string{"mix_up": "alpha = 1", "cut_mix": ""} {
		a, err := decode(t, kind, body)
		if err != nil {
			t.Fatal(err)
		}
		m := a.(Mixer)
		mixed := 0
		for key := range uint64(10) {
			x, y, z := make([]float32, len(src)), make([]float32, len(labels)), make([]float32, len(src))
			for i, dst := range [][]float32{x, y, z} {
				var d Draw
				d.Reset(philox.NewKey(key))
				if i == 1 {
					m.Mix(dst, labels, []int{n}, n, Labels, &d)
				} else {
					m.Mix(dst, src, []int{6, 5, 3}, n, Images, &d)
				}
			}
			if !slices.Equal(x, z) {
				t.Errorf("%s: one draw, two results", kind)
			}
			for i := range n {
				sum, share := float32(0), float32(0) // of labels; of the classes that the pixels are
				for k, part := range y[i*n : (i+1)*n] {
					sum += part
					share += part * float32(k)
					if k != i && part > 0 {
						mixed++
					}
				}
				mean := float32(0)
				for _, v := range x[i*size : (i+1)*size] {
					mean += v / size
				}
				// A rectangle of whole pixels is not quite the part that was drawn.
				tolerance := float32(1e-4)
				if kind == "cut_mix" {
					tolerance = 3.5
				}
				if d := sum - 1; d > 1e-5 || d < -1e-5 {
					t.Errorf("%s: labels add up to %v", kind, sum)
				}
				if d := mean - share; d > tolerance || d < -tolerance {
					t.Errorf("%s: pixels are %v, labels %v", kind, mean, share)
				}
			}
		}
		if mixed < 40 {
			t.Errorf("%s: %d examples of 80 were mixed", kind, mixed)
		}
	}
}

// Numbers of a beta distribution have its mean and variance, also where its parameter is next to 0.
func TestBeta(t *testing.T) {
	for _, alpha := range []float64{1e-6, 0.2, 1, 5} {
		d := NewDraw(philox.NewKey(7))
		sum, squares := 0.0, 0.0
		const n = 20000
		for range n {
			x := float64(d.Beta(alpha))
			if !(x >= 0 && x <= 1) {
				t.Fatalf("alpha %v: %v", alpha, x)
			}
			sum += x
			squares += x * x
		}
		mean := sum / n
		variance, want := squares/n-mean*mean, 1/(4*(2*alpha+1))
		if math.Abs(mean-0.5) > 0.02 || math.Abs(variance-want) > 0.01 {
			t.Errorf("alpha %v: mean %v, variance %v, want 0.5 and %v", alpha, mean, variance, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	img := column.Tensor("x", column.Uint8, 32, 30, 3)
	for _, c := range []struct{ kind, body, want string }{
		{"random_flip", `mode = "diagonal"`, `One of "horizontal"`},
		{"random_crop", "height = 24\nwidth = 30", `are 32 high`},
		{"random_crop", "height = 32\nwidth = 32", `are 30 wide`},
		{"random_translation", "height_factor = 2\nwidth_factor = 0", `A number from -1 to 1`},
		{"random_translation", "height_factor = [0.1]\nwidth_factor = 0", `A number from -1 to 1`},
		{"random_translation", `height_factor = 0.1`, `"width_factor"`},
		{"random_rotation", ``, `"factor"`},
		{"random_zoom", `height_factor = -1`, `A number from`},
		{"random_shear", `x_factor = [-0.1, 0.1]`, `A number from 0 to 1`},
		{"random_brightness", "factor = 1\nvalue_range = [1, 1]", `the same`},
		{"random_gaussian_blur", `kernel_size = 4`, `odd`},
		{"random_erasing", `fill_value = [1, 2]`, `list of three`},
		{"token_masking", "mask_selection_rate = 1\nmask_token_id = 1", `vocabulary_size`},
		{"token_masking", "mask_selection_rate = 1\nmask_token_id = 1\nmask_token_rate = 0.95\nvocabulary_size = 4", `parts of 1`},
		{"random_elastic_transform", ``, `does not have yet`},
	} {
		a, err := decode(t, c.kind, c.body)
		if err == nil {
			err = a.Check(img)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s { %s }: %v, want %q", c.kind, c.body, err, c.want)
		}
	}
}

// BenchmarkAugment takes images of 32 by 32 and 224 by 224 pixels and 3 channels through each augmentation.
func BenchmarkAugment(b *testing.B) {
	for _, kind := range Augments.Names() {
		body := bodies[kind]
		for _, size := range []int{32, 224} {
			if kind == "random_crop" {
				body = fmt.Sprintf("height = %d\nwidth = %d\npadding = 4", size, size)
			}
			a, err := decode(b, kind, body)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%s/%d", kind, size), func(b *testing.B) {
				shape := []int{size, size, 3}
				src := make([]float32, size*size*3)
				for i := range src {
					src[i] = float32(i * 7 % 256)
				}
				dst := make([]float32, len(src))
				var d Draw
				n := uint64(0)
				for b.Loop() {
					d.Reset(philox.NewKey(n))
					n++
					a.Apply(dst, src, shape, &d)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
