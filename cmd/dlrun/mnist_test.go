package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestMNIST trains the quick start on the whole of MNIST.
func TestMNIST(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about a minute")
	}
	file, err := filepath.Abs(filepath.Join(root, "models", "mnist_mlp.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	out, code := here("fit", file, "-json", "-run-dir", filepath.Join(t.TempDir(), "run"))
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var done struct {
		Status string
		Trains []struct{ Metrics map[string]float64 }
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &done); err != nil {
		t.Fatalf("%v in %s", err, lines[len(lines)-1])
	}
	if done.Status != "complete" || len(done.Trains) != 1 {
		t.Fatalf("the run ended as %+v", done)
	}
	if got := done.Trains[0].Metrics["test_accuracy"]; got < 0.975 {
		t.Errorf("test accuracy is %v, want at least 0.975", got)
	}
}
