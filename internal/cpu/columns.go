package cpu

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// columns sums the columns of a matrix, as the gradient of a bias does.
type columns[T Float] struct {
	plan       *f32vec.ColSums
	sum        func(task, worker int) // of the plan
	rows, cols int
}

func newColumns[T Float](i isa.ISA, rows, cols int) *columns[T] {
	c := &columns[T]{rows: rows, cols: cols}
	if is32[T]() {
		c.plan = f32vec.NewColSums(i, rows, cols)
		c.sum = c.plan.Sum
	}
	return c
}

// run sets dst, one element for each column, to the sums of src, whose rows are ld apart.
func (c *columns[T]) run(r par.Runner, dst, src []T, ld int) {
	if c.plan != nil {
		c.plan.Run(r, f32(dst), f32(src), ld, false)
		return
	}
	clear(dst)
	for i := range c.rows {
		for j, x := range src[i*ld:][:c.cols] {
			dst[j] += x
		}
	}
}
