package pipeline

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/dlrun/dlrun/pipeline/column"
)

func TestChunkIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, 400)), 1, 60).Draw(t, "sizes")
		var starts []int
		var rows []int32
		var want []column.Position
		for c, n := range sizes {
			starts = append(starts, len(rows))
			for r := range n {
				rows = append(rows, int32(len(rows)))
				want = append(want, column.Position{Chunk: int32(c), Row: int32(r)})
			}
		}
		for i, got := range newChunkIndex(starts, len(rows)).positions(nil, rows) {
			if got != want[i] {
				t.Fatalf("row %d of chunks of %d is at %v, want %v", i, sizes, got, want[i])
			}
		}
	})
}
