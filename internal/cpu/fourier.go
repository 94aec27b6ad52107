package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/fourier"
)

var _ = register(fourierKernel[float32], fourierKernel[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return m.Workers() * 8 * padded(o.In[0].Shape[2])
})

// fourierKernel transforms each row in float64.
func fourierKernel[T Float](o op.Fourier, b *Bound[T]) Run {
	n := b.In[0].Shape[2]
	plan := fourier.New(n)
	rooms := make([]*fourier.Room, b.Workers())
	for w := range rooms {
		rooms[w] = fourier.NewRoom(n)
	}
	x, y := b.In[0].F, b.Out[0].F
	own := 8 * padded(n)
	return b.grouped(b.In[0].Shape[0], 16*n, func(r, w int) {
		room := doubles(b.Scratch[w*own:][:own], 4*n)
		xr, xi, yr, yi := room[:n], room[n:2*n], room[2*n:3*n], room[3*n:4*n]
		row := x[r*2*n:][:2*n]
		for k := range n {
			xr[k], xi[k] = float64(row[k]), float64(row[n+k])
		}
		plan.Transform(rooms[w], yr, yi, xr, xi, o.Inverse)
		to := y[r*2*n:][:2*n]
		for k := range n {
			to[k], to[n+k] = flush(T(yr[k])), flush(T(yi[k]))
		}
	})
}
