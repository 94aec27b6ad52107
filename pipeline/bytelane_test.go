package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// A byte lane gives the bits of the links one after the other.
func TestByteLane(t *testing.T) {
	const moves = `
  augment "random_crop" {
    height  = 6
    width   = 5
    padding = 2
  }
  augment "random_flip" {}
`
	for _, c := range []struct {
		name, body string
		channels   []int
		quick      bool
	}{
		{"bytes alone", moves, []int{1, 2, 3, 20}, true},
		{"rescaled before", "transform \"rescaling\" {\n scale = 1/255\n}\n" + moves, []int{1, 3, 4}, true},
		{"learned after", moves + `transform "normalization" {}`, []int{1, 3, 16}, true},
		{"a table for each of many channels", moves + `transform "normalization" {}`, []int{20}, false},
		{"one mean for all", moves + "transform \"normalization\" {\n axis = []\n}", []int{20}, true},
		{"a mean for each pixel", moves + "transform \"normalization\" {\n axis = [1, 2, 3]\n}", []int{3}, false},
		{"no byte is as the padding", "transform \"rescaling\" {\n scale = 1/255\n offset = 1\n}\n" + moves, []int{3}, false},
		{"another byte is as the padding", "transform \"rescaling\" {\n scale = 2\n offset = -14\n}\n" + moves, []int{3}, true},
		{"interpolated", "augment \"random_translation\" {\n height_factor = 0.2\n width_factor = 0.2\n}\n" + moves, []int{3}, false},
		{"no augmentation", "transform \"rescaling\" {\n scale = [1, 2, 3]\n}", []int{3}, true},
	} {
		for _, n := range c.channels {
			const rows = 37
			dir := t.TempDir()
			img := make([]uint8, rows*6*5*n)
			for i := range img {
				img[i] = uint8(i * i % 257)
			}
			npzFile(t, filepath.Join(dir, "data.npz"), map[string][]byte{"x": npy([]int{rows, 6, 5, n}, img)})
			data := open(t, dataset(t, dir, "source \"npz\" {\n path = \"data.npz\"\n}\nfeature \"x\" {\n"+c.body+"\n}\n"), Options{Seed: 5})
			m := data.maker(BatchOptions{Split: Train, BatchSize: rows, Shuffle: true, Augment: true, Epoch: 2})
			if quick := m.lanes[0].bytes != nil; quick != c.quick {
				t.Errorf("%s, %d channels: by bytes is %v", c.name, n, quick)
			}
			var got [2][]float32
			for i := range got {
				b := m.buffer()
				b.batch.Rows, _ = m.rows.next(context.Background(), nil, 0, rows)
				if err := m.fill(b); err != nil {
					t.Fatal(err)
				}
				got[i] = b.batch.Features[0].F32
				m.lanes[0].bytes = nil
			}
			if len(got[0]) != len(img) || fmt.Sprint(got[0]) != fmt.Sprint(got[1]) || slices.Max(got[0]) == slices.Min(got[0]) {
				t.Errorf("%s, %d channels: other numbers\n%v\n%v", c.name, n, got[0], got[1])
			}
		}
	}
}
