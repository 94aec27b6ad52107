package augment

import (
	"encoding/json"
	"math"
	"os"
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
		if a.Check(column.Scalar("x", column.Float32)) == nil || a.Check(column.Scalar("x", column.String)) == nil {
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
		if same > 30 {
			t.Errorf("%s: %d of 40 keys gave the same", kind, same)
		}
		if !slices.Equal(src, image()) {
			t.Errorf("%s: changed its input", kind)
		}
	}
}

// The vectors were computed by keras.ops.image.affine_transform of Keras 3.15.1 on JAX.
func TestTranslationIsKeras(t *testing.T) {
	raw, err := os.ReadFile("testdata/translation.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Mode, Interp string
		DY, DX       float32
		Want         []float32
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) != 32 {
		t.Fatal(err, len(cases))
	}
	img := make([]float32, 24)
	for i := range img {
		img[i] = float32(i * i % 17)
	}
	for _, c := range cases {
		a := &randomTranslation{fillMode: c.Mode, interpolation: c.Interp, fillValue: 9}
		got := make([]float32, len(img))
		a.translate(got, img, 3, 4, 2, c.DY, c.DX)
		for i, want := range c.Want {
			if d := got[i] - want; d > 1e-5 || d < -1e-5 {
				t.Errorf("%s %s by %v, %v: element %d is %v, want %v", c.Mode, c.Interp, c.DY, c.DX, i, got[i], want)
				break
			}
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
		a := &randomTranslation{fillMode: "constant", interpolation: rapid.SampledFrom([]string{"bilinear", "nearest"}).Draw(t, "i"), fillValue: -1}
		got := make([]float32, len(img))
		a.translate(got, img, h, w, 1, float32(dy), float32(dx))
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
		(&randomCrop{h, w, p}).Apply(got, img, []int{h, w, c}, &d)
		at := randomCrop{h, w, p}
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
			(&randomFlip{mode}).Apply(got, img, []int{2, 3, 1}, &d)
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

func TestMistakes(t *testing.T) {
	img := column.Tensor("x", column.Uint8, 32, 30, 3)
	for _, c := range []struct{ kind, body, want string }{
		{"random_flip", `mode = "diagonal"`, `One of "horizontal"`},
		{"random_crop", "height = 24\nwidth = 30", `are 32 high`},
		{"random_crop", "height = 32\nwidth = 32", `are 30 wide`},
		{"random_translation", "height_factor = 2\nwidth_factor = 0", `A number from -1 to 1`},
		{"random_translation", "height_factor = [0.1]\nwidth_factor = 0", `A number from -1 to 1`},
		{"random_translation", `height_factor = 0.1`, `"width_factor"`},
		{"random_rotation", ``, `does not have yet`},
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
