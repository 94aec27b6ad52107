package pipeline

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParityShapedNPZ(t *testing.T) {
	dir := t.TempDir()
	npzFile(t, filepath.Join(dir, "data.npz"), map[string][]byte{
		"x": npy([]int{5, 3}, []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}),
		"y": npy([]int{5}, []int64{0, 1, 2, 1, 0}),
	})
	d := dataset(t, dir, `
source "npz" {
  path = "data.npz"
}
feature "x" {}
target "y" {}
`)
	sig, diags := Check(d)
	if diags.HasErrors() || sig.Feature("x").Known {
		t.Fatalf("Check: %v %+v", diags, sig)
	}
	data, diags := Open(context.Background(), d, Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var got [][]float32
	var labels []int32
	for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, append([]float32(nil), b.Features[0].F32...))
		labels = append(labels, b.Targets[0].I32...)
		if want := []int{b.Size, 3}; !cmp.Equal(want, b.Features[0].Shape) {
			t.Errorf("shape %v, want %v", b.Features[0].Shape, want)
		}
	}
	if diff := cmp.Diff([][]float32{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}, {12, 13, 14}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int32{0, 1, 2, 1, 0}, labels); diff != "" {
		t.Error(diff)
	}
	if n, ok := data.NumClasses("y"); n != 3 || !ok {
		t.Errorf("NumClasses: %d %v", n, ok)
	}
}
