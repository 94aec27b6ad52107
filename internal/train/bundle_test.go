package train

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/safetensors"
)

// A bundle that is whole but contradicts itself is refused, with what is wrong.
func TestContradictoryBundle(t *testing.T) {
	dir := t.TempDir()
	file, rows := filepath.Join(dir, "small.hcl"), filepath.Join(dir, "rows.csv")
	for path, text := range map[string]string{file: small, rows: "sepal_length,sepal_width,petal_length,petal_width\n5,3,1,0.2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	set := Settings{Threads: 1, ISA: isa.Generic, Version: "test", Now: time.Now}
	if _, diags, err := Fit(t.Context(), FitOptions{
		Settings: set, RunDir: filepath.Join(dir, "run"), LimitSteps: 1,
		Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
			return dsl.Load(file, dsl.Options{Info: info})
		},
	}); err != nil || diags.HasErrors() {
		t.Fatal(diags, err)
	}
	path := filepath.Join(dir, "model.dlrun")
	for want, spoil := range map[string]func(b *run.Bundle){
		"":                      func(*run.Bundle) {},
		"the signature names 2": func(b *run.Bundle) { b.Signature.Outputs = append(b.Signature.Outputs, run.ModelOutput{Name: "z"}) },
		`says "species" of shape [2147483647 2147483647]`: func(b *run.Bundle) { b.Signature.Outputs[0].Shape = run.Shape{2147483647, 2147483647} },
		`says "species" of shape [-1]`:                    func(b *run.Bundle) { b.Signature.Outputs[0].Shape = run.Shape{run.AnyLength} },
		`says "other" of shape [3]`:                       func(b *run.Bundle) { b.Signature.Outputs[0].Name = "other" },
		"do not fit the model: a/bias is missing":         func(b *run.Bundle) { b.Weights = b.Weights[1:] },
		"the model has no extra": func(b *run.Bundle) {
			b.Weights = append(b.Weights, safetensors.Float32("extra", []int{1}, []float32{1}))
		},
		"has shape [5 4], and in the model [4 5]": func(b *run.Bundle) { b.Weights[1].Shape = []int{5, 4} },
		"lacks what its preprocessing had learned": func(b *run.Bundle) {
			var notes bundleNotes
			if err := json.Unmarshal(b.Preprocessing, &notes); err != nil {
				t.Fatal(err)
			}
			notes.State = nil
			b.Preprocessing, _ = json.Marshal(notes)
		},
		"had learned cannot be read": func(b *run.Bundle) { b.Preprocessing = nil },
		`no model "zz"`: func(b *run.Bundle) {
			b.Preprocessing = []byte(strings.Replace(string(b.Preprocessing), `"model":"m"`, `"model":"zz"`, 1))
		},
	} {
		b, err := run.ReadBundle(filepath.Join(dir, "run", run.BundleFile))
		if err != nil {
			t.Fatal(err)
		}
		spoil(b)
		if err := run.WriteBundle(path, b); err != nil {
			t.Fatal(err)
		}
		n, diags, err := Predict(t.Context(), PredictOptions{Settings: set, Bundle: path, Input: rows, Output: filepath.Join(dir, "out.csv")})
		if diags.HasErrors() || want == "" && (err != nil || n != 1) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d rows, %v, %v; want %s", n, diags, err, want)
		}
	}
}
