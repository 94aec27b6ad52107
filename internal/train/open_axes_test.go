package train

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// TestOpenAxes trains a model whose input leaves sizes open: they are those of the data, in predictions too.
func TestOpenAxes(t *testing.T) {
	const text = `
dataset "digits" {
  source "digits" {}
  feature "image" {}
  target "label" {}
}
model "m" {
  input "image" {
    shape = [null, null, 1]
  }
  layer "conv2d" "c" {
    filters     = 2
    kernel_size = 3
  }
  layer "reshape" "s" {
    target_shape = [-1, 2]
  }
  layer "lstm" "r" {
    units = 3
  }
  layer "dense" "label" {
    units      = 10
    activation = "softmax"
  }
}
train "t" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
`
	dir := t.TempDir()
	file := filepath.Join(dir, "open.hcl")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	_, diags, err := Fit(t.Context(), FitOptions{
		Settings: Settings{Threads: 1, ISA: isa.Generic, Version: "test", Now: time.Now, Observer: Silent{}},
		Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
			return dsl.Load(file, dsl.Options{Info: info})
		},
		RunDir: filepath.Join(dir, "run"), LimitSteps: 3,
	})
	if err != nil || diags.HasErrors() {
		t.Fatal(diags, err)
	}
	m, diags, err := ReadModel(filepath.Join(dir, "run", "model.dlrun"))
	if err != nil || diags.HasErrors() {
		t.Fatal(diags, err)
	}
	if got := m.Inputs[0].Tensor.Spec.Shape.String(); got != "[8, 8, 1]" {
		t.Errorf("the model predicts from %s", got)
	}
}
