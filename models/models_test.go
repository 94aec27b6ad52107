package models_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	_ "github.com/dlrun/dlrun/datasets"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
	"github.com/dlrun/dlrun/models"
)

// TestLibrary builds each module of the library and trains it a little: ready models as they are, blocks in
// the small model of testdata that uses them all.
func TestLibrary(t *testing.T) {
	for _, file := range modules(t) {
		name := strings.TrimSuffix(file, ".hcl")
		t.Run(name, func(t *testing.T) {
			doc := load(t, file)
			if len(doc.Trains) > 0 {
				fit(t, file)
			}
			if len(doc.Blocks) == 0 {
				return
			}
			user := filepath.Join("testdata", file)
			text, err := os.ReadFile(user)
			if err != nil {
				t.Fatal(err)
			}
			source, err := models.Library.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for block := range doc.Blocks {
				if !strings.Contains(string(text), `"lib.`+block+`"`) && !strings.Contains(string(source), `layer "`+block+`"`) {
					t.Errorf("block %q of %s is not used", block, file)
				}
			}
			fit(t, user)
		})
	}
}

// TestSizes compares the number of weights with the one that the paper or Keras gives; each module's file
// says which.
func TestSizes(t *testing.T) {
	const image = `input "x" { shape = [224, 224, 3] }`
	for _, c := range []sized{
		{"lenet", `input "x" { shape = [32, 32, 1] }`, `layer "lib.lenet5" "net" {}`, 61_706, 61_706},
		{"vgg", image, `layer "lib.vgg" "net" {}`, 138_357_544, 0},
		{"vgg", image, `layer "lib.vgg" "net" { depth = 19 }`, 143_667_240, 0},
		{"resnet", image, `layer "lib.resnet" "net" {}`, 25_636_712, 25_583_592},
		{"resnet", image, `layer "lib.resnet" "net" { depth = 101 }`, 44_707_176, 0},
		{"resnet", image, `layer "lib.resnet" "net" { depth = 152 }`, 60_419_944, 0},
		{"resnet", image, `layer "lib.resnet_basic" "net" {}`, 0, 11_689_512},
		{"resnet", image, `layer "lib.resnet_basic" "net" { depth = 34 }`, 0, 21_797_672},
		{"resnet", `input "x" { shape = [32, 32, 3] }`, `layer "lib.resnet_cifar" "net" {}`, 0, 272_474},
		{"resnet_v2", image, `layer "lib.resnet_v2" "net" {}`, 25_613_800, 0},
		{"resnet_v2", image, `layer "lib.resnet_v2" "net" { depth = 101 }`, 44_675_560, 0},
		{"resnet_v2", image, `layer "lib.resnet_v2" "net" { depth = 152 }`, 60_380_648, 0},
		{"densenet", image, `layer "lib.densenet" "net" {}`, 8_062_504, 0},
		{"densenet", image, `layer "lib.densenet" "net" { depth = 169 }`, 14_307_880, 0},
		{"densenet", image, `layer "lib.densenet" "net" { depth = 201 }`, 20_242_984, 0},
		{"mobilenet_v2", image, `layer "lib.mobilenet_v2" "net" {}`, 3_538_984, 3_504_872},
		{"mobilenet_v2", image, `layer "lib.mobilenet_v2" "net" { alpha = 0.5 }`, 1_987_224, 0},
		{"mobilenet_v2", `input "x" { shape = [97, 65, 3] }`, "layer \"lib.mobilenet_v2\" \"net\" {\n alpha = 0.35\n classes = 7\n }", 419_175, 405_095},
		{"mobilenet_v3", image, `layer "lib.mobilenet_v3" "net" {}`, 5_507_432, 0},
		{"mobilenet_v3", image, `layer "lib.mobilenet_v3" "net" { size = "small" }`, 2_554_968, 0},
		{"efficientnet", image, `layer "lib.efficientnet" "net" {}`, 5_330_571, 5_288_548},
		{"efficientnet", image, `layer "lib.efficientnet" "net" { variant = "b7" }`, 66_658_687, 0},
		{"inception_v3", `input "x" { shape = [299, 299, 3] }`, `layer "lib.inception_v3" "net" {}`, 23_851_784, 0},
		{"convnext", image, `layer "lib.convnext" "net" {}`, 28_589_128, 0},
		{"convnext", image, `layer "lib.convnext" "net" { variant = "xlarge" }`, 350_196_968, 0},
		{"convnext", `input "x" { shape = [97, 65, 3] }`, "layer \"lib.convnext\" \"net\" {\n variant = \"small\"\n include_top = false\n }", 49_454_688, 0},
		{"unet", `input "x" { shape = [512, 512, 1] }`, `layer "lib.unet" "net" {}`, 31_030_658, 0},
		{"transformer", `input "x" { shape = [10, 512] }`, `layer "lib.encoder" "net" {}`, 18_914_304, 0},
		{"transformer", `input "x" { shape = [10, 512] }`, `layer "lib.decoder" "net" { inputs = [input.x, input.x] }`, 25_224_192, 0},
		{"gpt", "input \"x\" {\n shape = [1024]\n dtype = \"int32\"\n }", `layer "lib.gpt" "net" {}`, 124_439_808, 0},
		{"vit", image, `layer "lib.vit" "net" {}`, 86_567_656, 0},
		{"vit", image, `layer "lib.vit" "net" { variant = "b32" }`, 88_224_232, 0},
		{"vit", image, `layer "lib.vit" "net" { variant = "l16" }`, 304_326_632, 0},
		{"deepfm", `input "x" { shape = [39] }`, `layer "lib.deepfm" "net" { categories = 1e6 }`, 11_477_601, 0},
		{"vae", `input "x" { shape = [784] }`, `layer "lib.vae" "net" {}`, 815_824, 0},
		{"text_cnn", `input "x" { shape = [40] }`, `layer "lib.text_cnn" "net" { vocabulary_size = 1 }`, 360_902 + 300, 0},
		{"bilstm", `input "x" { shape = [200] }`, `layer "lib.bilstm" "net" {}`, 2_757_761, 0},
		{"n_beats", `input "x" { shape = [7] }`, `layer "lib.n_beats" "net" {}`, 23_885_040, 0},
		{"wide_deep", "input \"x\" { shape = [1000] }\n  input \"deep\" { shape = [100] }", `layer "lib.wide_deep" "net" { inputs = [input.x, input.deep] }`, 760_809, 0},
		{"autoencoder", `input "x" { shape = [784] }`, `layer "lib.autoencoder" "net" {}`, 222_384, 0},
		{"autoencoder", `input "x" { shape = [784] }`, `layer "lib.autoencoder" "net" { units = [32] }`, 50_992, 0},
	} {
		c.check(t)
	}
}

// sized is a layer of a module applied to inputs, and how many weights it has: 0 where it is not published.
type sized struct {
	module, inputs, layer string
	total, trainable      int
}

func (c sized) check(t *testing.T) {
	t.Helper()
	t.Run(c.module+"/"+c.layer, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "model.hcl")
		text := fmt.Sprintf("import \"lib\" {\n  source = \"dlrun:%s\"\n}\nmodel \"m\" {\n  %s\n  %s\n}\n", c.module, c.inputs, c.layer)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		p, diags := train.Check(load(t, path))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		total, trainable, known := p.Models["m"].Parameters()
		if !known || c.total != 0 && total != c.total || c.trainable != 0 && trainable != c.trainable {
			t.Errorf("%d weights, %d trainable; wanted %d and %d", total, trainable, c.total, c.trainable)
		}
	})
}

// TestLibraryIsLaidOut holds the library to what dlrun fmt would write.
func TestLibraryIsLaidOut(t *testing.T) {
	for _, file := range modules(t) {
		source, err := models.Library.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out, diags := dsl.Format(file, source); diags.HasErrors() || string(out) != string(source) {
			t.Errorf("%s is not laid out: run dlrun fmt models (%v)", file, diags)
		}
	}
}

func modules(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(models.Library, "*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("the library has no files: %v", err)
	}
	return files
}

func load(t *testing.T, path string) *dsl.Document {
	t.Helper()
	doc, diags := dsl.Load(path, dsl.Options{Library: models.Library})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return doc
}

// fit trains two steps.
func fit(t *testing.T, path string) {
	t.Helper()
	outcomes, diags, err := train.Fit(context.Background(), train.FitOptions{
		Settings: train.Settings{Threads: 2, ISA: isa.Detect(), Now: time.Now},
		Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
			return dsl.Load(path, dsl.Options{Library: models.Library, Info: info})
		},
		RunDir: filepath.Join(t.TempDir(), "run"), LimitSteps: 2,
	})
	if diags.HasErrors() || err != nil {
		t.Fatalf("%v, %v", diags, err)
	}
	if len(outcomes) != 1 {
		t.Fatalf("%d outcomes", len(outcomes))
	}
	if loss, ok := outcomes[0].Metrics.Lookup("loss"); !ok || !(loss > 0) {
		t.Errorf("loss is %v after two steps", loss)
	}
	if _, err := run.ReadBundle(filepath.Join(outcomes[0].Dir, run.BundleFile)); err != nil {
		t.Error(err)
	}
}

// TestAcceptanceRuns checks the models that are trained on data which is not here.
func TestAcceptanceRuns(t *testing.T) {
	files, err := filepath.Glob("acceptance/*.hcl")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		doc, diags := dsl.Load(f, dsl.Options{AllowUnsetVariables: true})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if _, diags := train.Check(doc); len(diags) > 0 {
			t.Errorf("%s: %v", f, diags)
		}
	}
}
