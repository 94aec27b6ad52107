package pipeline

import (
	"math/bits"

	"github.com/dlrun/dlrun/pipeline/column"
)

// chunkIndex finds the chunk of a row.
type chunkIndex struct {
	starts []int32 // the number of each chunk's first row, and at the end that of rows
	shift  int
	first  []int32 // the chunk that row i<<shift is in
}

func newChunkIndex(starts []int, rows int) *chunkIndex {
	x := &chunkIndex{}
	for _, s := range starts {
		x.starts = append(x.starts, int32(s))
	}
	x.starts = append(x.starts, int32(rows))
	// About one entry a chunk, so that a row's chunk is the entry's or one of the next few.
	x.shift = bits.Len(uint(rows/max(1, len(starts)))) - 1
	x.shift = max(0, x.shift)
	c := int32(0)
	for row := 0; row < rows; row += 1 << x.shift {
		for x.starts[c+1] <= int32(row) {
			c++
		}
		x.first = append(x.first, c)
	}
	x.first = append(x.first, int32(len(starts)-1))
	return x
}

// of returns the chunk that a row is in.
func (x *chunkIndex) of(row int32) int32 {
	at := row >> x.shift
	lo, hi := x.first[at], x.first[at+1]
	for hi-lo > 4 { // chunks of very different sizes
		if mid := (lo + hi + 1) / 2; x.starts[mid] <= row {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	for x.starts[lo+1] <= row {
		lo++
	}
	return lo
}

// positions appends where rows lie.
func (x *chunkIndex) positions(at []column.Position, rows []int32) []column.Position {
	for _, r := range rows {
		at = append(at, x.position(r))
	}
	return at
}

// position is where a row lies.
func (x *chunkIndex) position(row int32) column.Position {
	c := x.of(row)
	return column.Position{Chunk: c, Row: row - x.starts[c]}
}
