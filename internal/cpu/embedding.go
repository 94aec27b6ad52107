package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(embedding[float32], embedding[float64])
	_ = register(embeddingGrad[float32], embeddingGrad[float64])
)

// indexAt is element i of indices as a row; ok is false where the table has no such row.
func indexAt[T Float](indices Buf[T], i, rows int) (row int, ok bool) {
	if indices.I != nil {
		row = int(indices.I[i])
		return row, row >= 0 && row < rows
	}
	v := float64(indices.F[i])
	if !(math.Abs(v) < 1<<31) {
		return 0, false
	}
	row = int(v)
	return row, row >= 0 && row < rows
}

// checkIndices finds the first index that is not a row.
func checkIndices[T Float](indices Buf[T], n, rows int, layer string) error {
	for i := range n {
		if _, ok := indexAt(indices, i, rows); ok {
			continue
		}
		e := &op.IndexError{Layer: layer, Rows: rows, Position: make([]int, len(indices.Shape))}
		if indices.I != nil {
			e.Index = float64(indices.I[i])
		} else {
			e.Index = float64(indices.F[i])
		}
		for a, rest := len(indices.Shape)-1, i; a >= 0; a-- {
			e.Position[a], rest = rest%indices.Shape[a], rest/indices.Shape[a]
		}
		return e
	}
	return nil
}

// fetchAhead is how many rows ahead a row of the table is asked for.
const fetchAhead = 8

func embedding[T Float](d op.Embedding, b *Bound[T]) Run {
	rows, size := b.In[1].Shape[0], b.In[1].Shape[1]
	n := b.Op.In[0].Elems()
	indices, table, y := b.In[0], b.In[1].F, b.Out[0].F
	perTask := max(1, chunk/max(1, size))
	task := func(t, _ int) {
		for i := t * perTask; i < min(n, (t+1)*perTask); i++ {
			row, _ := indexAt(indices, i, rows)
			if next, ok := indexAt(indices, min(i+fetchAhead, n-1), rows); ok {
				fetch(table[next*size:][:size])
			}
			copy(y[i*size:][:size], table[row*size:])
		}
	}
	return func(c *Context) {
		if err := checkIndices(indices, n, rows, d.Layer); err != nil {
			c.Fail(err)
			return
		}
		b.For((n+perTask-1)/perTask, task)
	}
}

// embeddingGrad gives each task some rows of the table: it goes through all indices in order and
// adds those that are its own, so the order of additions is that of the positions.
func embeddingGrad[T Float](d op.EmbeddingGrad, b *Bound[T]) Run {
	size := b.Out[0].Shape[1]
	n := b.Op.In[0].Elems()
	indices, dy, table := b.In[0], b.In[1].F, b.Out[0].F
	perTask := max((d.Rows+31)/32, (4096+size-1)/max(1, size))
	task := func(t, _ int) {
		lo, hi := t*perTask, min(d.Rows, (t+1)*perTask)
		clear(table[lo*size : hi*size])
		for i := range n {
			if row, ok := indexAt(indices, i, d.Rows); ok && row >= lo && row < hi {
				addTo(b.ISA, table[row*size:][:size], dy[i*size:][:size])
			}
		}
	}
	return func(*Context) { b.For((d.Rows+perTask-1)/perTask, task) }
}
