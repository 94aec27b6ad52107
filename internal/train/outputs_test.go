package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
)

// reshaped ends in layers that lie in the memory of others.
const reshaped = `
dataset "iris" {
  source "iris" {}
  feature "x" {
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
  }
  target "species" {}
}
model "m" {
  input "x" {
    shape = [4]
  }
  layer "reshape" "column" {
    target_shape = [4, 1]
  }
  layer "dense" "score" {
    units = 1
  }
  layer "flatten" "scores" {}
  layer "reshape" "square" {
    target_shape = [2, 2]
  }
  output "species" {
    value = layer.scores
  }
  output "square" {
    value = layer.square
  }
  output "same" {
    value = input.x
  }
}
train "t" {
  model = model.m
  data  = dataset.iris
  loss "sparse_categorical_crossentropy" {
    output      = "species"
    from_logits = true
  }
  metric "accuracy" {
    output = "species"
  }
}
`

// An output has its own shape for metrics and predictions, whose memory it may be in.
func TestReshapedOutputs(t *testing.T) {
	dir := t.TempDir()
	file, rows, out := filepath.Join(dir, "reshaped.hcl"), filepath.Join(dir, "rows.csv"), filepath.Join(dir, "out.json")
	for path, text := range map[string]string{file: reshaped, rows: "sepal_length,sepal_width,petal_length,petal_width\n5,3,1,0\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	set := Settings{Threads: 1, ISA: isa.Generic, Version: "test", Now: time.Now}
	if _, diags, err := Fit(t.Context(), FitOptions{
		Settings: set, RunDir: filepath.Join(dir, "run"),
		Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
			return dsl.Load(file, dsl.Options{Info: info})
		},
	}); err != nil || diags.HasErrors() {
		t.Fatal(diags, err)
	}
	if _, diags, err := Predict(t.Context(), PredictOptions{Settings: set, Bundle: filepath.Join(dir, "run", run.BundleFile), Input: rows, Output: out}); err != nil || diags.HasErrors() {
		t.Fatal(diags, err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"square":[[`, `]],"same":[5,3,1,0]}`, `{"species":[`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
}
