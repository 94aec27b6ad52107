package models_test

import (
	"context"
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

// users are models that use the blocks of the library's modules, by module. Every block must be used.
var users = map[string]string{
	"mlp": `
		layer "flatten" "flat" {}
		layer "lib.hidden" "hidden" {
		  units   = [12, 8]
		  dropout = 0.1
		}
		layer "lib.step" "last" {
		  units      = 10
		  activation = "softmax"
		}`,
	"resnet": `
		layer "lib.conv_bn" "stem" {
		  filters = 4
		}
		layer "lib.stage" "stage" {
		  for_each = [4, 8]
		  filters  = each.value
		  strides  = each.key == 0 ? 1 : 2
		  depth    = 2
		}
		layer "lib.residual" "more" {
		  filters = 8
		}
		layer "global_average_pooling2d" "pool" {}
		layer "dense" "digit" {
		  units      = 10
		  activation = "softmax"
		}`,
}

const frame = `
	import "lib" {
	  source = "dlrun:MODULE"
	}
	dataset "digits" {
	  source "digits" {}
	  feature "image" {}
	  target "label" {}
	}
	model "m" {
	  input "image" {
	    shape = [8, 8, 1]
	  }
	  LAYERS
	}
	train "main" {
	  model = model.m
	  data  = dataset.digits
	  loss  = "sparse_categorical_crossentropy"
	}`

// TestLibrary builds each module of the library and trains it a little: ready models as they are, blocks
// in a model that uses them all.
func TestLibrary(t *testing.T) {
	files, err := fs.Glob(models.Library, "*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("the library has no files: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".hcl")
		t.Run(name, func(t *testing.T) {
			doc := load(t, file)
			if len(doc.Trains) > 0 {
				fit(t, file)
			}
			if len(doc.Blocks) == 0 {
				return
			}
			layers, ok := users[name]
			if !ok {
				t.Fatalf("no model of this test uses the blocks of %s", file)
			}
			source, err := models.Library.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for block := range doc.Blocks {
				if !strings.Contains(layers, `"lib.`+block+`"`) && !strings.Contains(string(source), `layer "`+block+`"`) {
					t.Errorf("block %q of %s is not used", block, file)
				}
			}
			path := filepath.Join(t.TempDir(), "model.hcl")
			text := strings.NewReplacer("MODULE", name, "LAYERS", layers).Replace(frame)
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			fit(t, path)
		})
	}
}

// TestLibraryIsLaidOut holds the library to what dlrun fmt would write.
func TestLibraryIsLaidOut(t *testing.T) {
	files, err := fs.Glob(models.Library, "*.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := models.Library.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out, diags := dsl.Format(file, source); diags.HasErrors() || string(out) != string(source) {
			t.Errorf("%s is not laid out: run dlrun fmt models (%v)", file, diags)
		}
	}
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
