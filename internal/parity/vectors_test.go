package parity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestVectors predicts what PyTorch computed for single operators; gen/vectors.py says where the vectors are from.
func TestVectors(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "vectors", "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	dlrun := build(t)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			want, err := readTensors(filepath.Join(dir, "want.safetensors"))
			if err != nil || len(want) == 0 {
				t.Fatalf("%d outputs, %v", len(want), err)
			}
			rows := predict(t, dlrun, dir)
			for _, name := range sortedKeys(want) {
				if problem := compareOutput(want[name], rows, name); problem != "" {
					t.Error(problem)
				}
			}
		})
	}
}

// TestVectorsFindDifferences makes sure that the comparison cannot pass by mistake.
func TestVectorsFindDifferences(t *testing.T) {
	want := tensor{[]int{2, 2}, []float32{1, 2, 3, 4}}
	for text, ok := range map[string]bool{
		`[{"y": [1, 2]}, {"y": [3, 4]}]`:       true,
		`[{"y": [1, 2]}, {"y": [3, 4.001]}]`:   false,
		`[{"y": [1, 2]}, {"y": [3, null]}]`:    false,
		`[{"y": [1, 2]}]`:                      false,
		`[{"y": [1, 2]}, {"x": [3, 4]}]`:       false,
		`[{"y": [1, 2, 3]}, {"y": [3, 4, 5]}]`: false,
	} {
		var rows []map[string]any
		if err := json.Unmarshal([]byte(text), &rows); err != nil {
			t.Fatal(err)
		}
		if problem := compareOutput(want, rows, "y"); (problem == "") != ok {
			t.Errorf("%s: %q", text, problem)
		}
	}
}

// predict trains for a step at a learning rate of 0, and is what the model then says of each row.
func predict(t *testing.T, dlrun, dir string) (rows []map[string]any) {
	t.Helper()
	work := t.TempDir()
	copyInputs(t, dir, work)
	for _, args := range [][]string{
		{"fit", "-quiet", "-run-dir", "run", "model.hcl"},
		{"predict", "run/model.dlrun", "-input", "data.npz", "-output", "rows.json"},
	} {
		cmd := exec.Command(dlrun, args...)
		cmd.Dir = work
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dlrun %s: %v\n%s", args[0], err, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(work, "rows.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// compareOutput says where an output is further from what is wanted than rounding explains.
func compareOutput(want tensor, rows []map[string]any, name string) string {
	var got []float64
	for _, row := range rows {
		got = flatten(got, row[name])
	}
	if len(got) != len(want.data) {
		return fmt.Sprintf("%s has %d elements, wanted %v", name, len(got), want.shape)
	}
	for i, w := range want.data {
		if d := math.Abs(got[i] - float64(w)); !(d <= 2e-6+2e-5*math.Abs(float64(w))) {
			return fmt.Sprintf("element %d of %s %v is %v, PyTorch has %v", i, name, want.shape, got[i], w)
		}
	}
	return ""
}

// flatten appends the numbers of nested lists; what is no number becomes NaN.
func flatten(to []float64, v any) []float64 {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			to = flatten(to, e)
		}
		return to
	case float64:
		return append(to, v)
	}
	return append(to, math.NaN())
}
