package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOversample(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("x,y\n")
	for i := range 30 {
		kind := "common"
		if i%10 == 3 {
			kind = "rare"
		} else if i%4 == 1 {
			kind = "some"
		}
		fmt.Fprintf(&b, "%d,%s\n", i, kind)
	}
	write(t, filepath.Join(dir, "d.csv"), []byte(b.String()))
	d := dataset(t, dir, `
source "csv" { path = "d.csv" }
feature "x" {}
target "y" {
  transform "string_lookup" { num_oov_indices = 0 }
}
split { validation = 0.2 }
`)
	d.Oversample = "y"
	data := open(t, d, Options{Seed: 3, Workers: 2})
	counts, err := data.ClassCounts("y")
	if err != nil {
		t.Fatal(err)
	}
	most := slices.Max(counts)
	if data.TrainingRows() != 3*most || data.Rows(Train) != counts[0]+counts[1]+counts[2] {
		t.Errorf("%d rows of %v", data.TrainingRows(), counts)
	}
	var orders [][]int32
	for epoch := range 3 {
		o := BatchOptions{Split: Train, BatchSize: 7, Shuffle: true, Augment: true, Epoch: epoch}
		got, seen, times := []int{0, 0, 0}, map[int32]int{}, []int32(nil)
		for batch, err := range data.Batches(context.Background(), o) {
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range batch.Rows {
				got[batch.Targets[0].I32[i]]++
				seen[row]++
				times = append(times, row)
			}
		}
		orders = append(orders, times)
		if !slices.Equal(got, []int{most, most, most}) || len(seen) != data.Rows(Train) {
			t.Errorf("epoch %d: %v, %d different rows", epoch, got, len(seen))
		}
		for row, n := range seen {
			if n > most/slices.Min(counts)+1 {
				t.Errorf("row %d comes %d times", row, n)
			}
		}
		if all := batches(t, data, o); !slices.Equal(all[3:], batches(t, data, BatchOptions{Split: Train, BatchSize: 7, Shuffle: true, Augment: true, Epoch: epoch, Start: 3})) {
			t.Error("an epoch that is continued is another")
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Error("two epochs are the same")
	}
	n := 0
	for batch, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 7}) {
		if err != nil {
			t.Fatal(err)
		}
		n += batch.Size
	}
	if n != data.Rows(Train) {
		t.Errorf("%d rows are measured, not %d", n, data.Rows(Train))
	}
	bigTable(t, dir, "d.csv", 40000)
	big := dataset(t, dir, strings.Replace(bigBlock, "big*", "d", 1))
	big.Oversample = "kind"
	if _, diags := Open(context.Background(), big, Options{MemoryLimit: 2 << 20, CacheDir: t.TempDir()}); !strings.Contains(said(diags), "larger than its memory") {
		t.Error(said(diags))
	}
}
