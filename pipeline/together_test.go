package pipeline

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/dlrun/dlrun/dsl"
)

// Images and labels are mixed alike, the same for any number of workers, and otherwise in the next epoch.
func TestMixedTogether(t *testing.T) {
	const rows, size = 40, 4 * 4 * 1
	dir := t.TempDir()
	img, label := make([]float32, rows*size), make([]int64, rows)
	for i := range img {
		label[i/size] = int64(i / size % 4)
		img[i] = float32(label[i/size])
	}
	npzFile(t, filepath.Join(dir, "data.npz"), map[string][]byte{"image": npy([]int{rows, 4, 4, 1}, img), "label": npy([]int{rows}, label)})
	f, diags := hclparse.NewParser().ParseHCL(nil, "model.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	make := func(encode string) *dsl.Dataset {
		d := dataset(t, dir, "source \"npz\" {\n path = \"data.npz\"\n}\nfeature \"image\" {}\ntarget \"label\" {\n"+encode+"}\n")
		for i, col := range []*dsl.Column{d.Features[0], d.Targets[0]} {
			col.Steps = append(col.Steps, dsl.Step{Named: dsl.Named{Kind: "mix_up", Body: f.Body, Context: &hcl.EvalContext{}}, Augment: true, Together: 1, Label: i == 1})
		}
		return d
	}
	var first []string
	for _, workers := range []int{1, 3} {
		data := open(t, make("transform \"one_hot\" {}\n"), Options{Seed: 3, Workers: workers})
		o := BatchOptions{Split: Train, BatchSize: 16, Shuffle: true, Augment: true}
		all := batches(t, data, o)
		if first == nil {
			first = all
		}
		if !slices.Equal(first, all) {
			t.Error("another number of workers, other examples")
		}
		if o.Epoch = 1; slices.Equal(first, batches(t, data, o)) {
			t.Error("two epochs are the same")
		}
		mixed := 0
		for b, err := range data.Batches(t.Context(), o) {
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Size {
				want := float32(0)
				for k, share := range b.Targets[0].F32[i*4 : i*4+4] {
					want += float32(k) * share
					if share > 0 && share < 1 {
						mixed++
					}
				}
				if got := b.Features[0].F32[i*size]; got-want > 1e-5 || want-got > 1e-5 {
					t.Errorf("an image of %v, a label of %v", got, want)
				}
			}
		}
		if mixed < 10 {
			t.Errorf("%d shares", mixed)
		}
	}
	if _, diags := Open(t.Context(), make(""), Options{Targets: []Use{{Name: "label", DType: "int32"}}}); !diags.HasErrors() || !strings.Contains(diags.Error(), "one_hot") {
		t.Error(diags)
	}
}

// Columns that one augmentation changes in step are moved alike, whatever they hold, and a mask keeps its classes.
func TestAugmentTogether(t *testing.T) {
	const rows, size = 40, 8 * 6 * 1
	dir := t.TempDir()
	img, mask := make([]float32, rows*size), make([]int64, rows*size)
	for i := range img {
		mask[i] = int64(i % 7 * 3)
		img[i] = float32(mask[i])
	}
	npzFile(t, filepath.Join(dir, "data.npz"), map[string][]byte{"image": npy([]int{rows, 8, 6, 1}, img), "mask": npy([]int{rows, 8, 6, 1}, mask)})
	for _, c := range []struct {
		kind, body string
		equal      bool // the image's pixels are moved whole too
	}{
		{"random_crop", "height = 8\nwidth = 6\npadding = 2", true},
		{"random_flip", "", true},
		{"random_translation", "height_factor = 0.3\nwidth_factor = 0.2\ninterpolation = \"nearest\"", true},
		{"random_translation", "height_factor = 0.3\nwidth_factor = 0.2", false},
	} {
		f, diags := hclparse.NewParser().ParseHCL([]byte(c.body), "model.hcl")
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		d := dataset(t, dir, "source \"npz\" {\n path = \"data.npz\"\n}\nfeature \"image\" {}\ntarget \"mask\" {}\n")
		for i, col := range []*dsl.Column{d.Features[0], d.Targets[0]} {
			col.Steps = append(col.Steps, dsl.Step{Named: dsl.Named{Kind: c.kind, Body: f.Body, Context: &hcl.EvalContext{}}, Augment: true, Together: 1, Mask: i == 1})
		}
		data := open(t, d, Options{Seed: 3, Targets: []Use{{Name: "mask", DType: "int32"}}})
		moved := false
		for b, err := range data.Batches(t.Context(), BatchOptions{Split: Train, BatchSize: 16, Shuffle: true, Augment: true}) {
			if err != nil {
				t.Fatal(err)
			}
			image, classes := b.Features[0].F32, b.Targets[0].I32
			if len(image) != len(classes) || len(image) != b.Size*size {
				t.Fatalf("%d pixels and %d classes", len(image), len(classes))
			}
			for i, n := range classes {
				if n%3 != 0 || n < 0 || n > 18 {
					t.Fatalf("%s: %d is a class that was not there", c.kind, n)
				}
				if c.equal && float32(n) != image[i] {
					t.Fatalf("%s: pixel %d is %v, its class %d", c.kind, i, image[i], n)
				}
			}
			for r, row := range b.Rows {
				moved = moved || !slices.Equal(image[r*size:(r+1)*size], img[int(row)*size:(int(row)+1)*size])
			}
		}
		if !moved {
			t.Errorf("%s moved nothing", c.kind)
		}
	}
}
