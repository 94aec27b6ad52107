package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32pool"
	"github.com/dlrun/dlrun/internal/kernel/f32winograd"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Pool is a pooling behind a convolution, whose output is then [n, height/H, width/W, filters]: the largest or the mean of each window of
// H by W outputs, which lie beside each other. What fills no window is not computed. Elements are those that package f32pool makes of the outputs.
type Pool struct {
	H, W int
	Mean bool
}

// cells is how many outputs a window has; without pooling it is one.
func (p *Pool) cells() int {
	if p == nil {
		return 1
	}
	return p.H * p.W
}

// trim takes away what fills no window.
func (p *Pool) trim(s Shape) Shape {
	s.OH -= s.OH % p.H
	s.OW -= s.OW % p.W
	return s
}

// pooled is how many elements the output of s has.
func (s *Shape) pooled(p *Pool) int { return s.N * s.OH * s.OW / p.cells() * s.F }

// inTiles tells whether no window reaches beyond a tile of Winograd's algorithm.
func (p *Pool) inTiles() bool {
	return p == nil || f32winograd.Tile%p.H == 0 && f32winograd.Tile%p.W == 0
}

// over is the view by windows of what v is by outputs.
func (p *Pool) over(v view) view {
	v.extY, v.extX = v.height(p.H), v.width(p.W)
	v.rows, v.cols, v.stepY, v.stepX = v.rows/p.H, v.cols/p.W, v.stepY*p.H, v.stepX*p.W
	return v
}

// row pools a row of windows: channels c elements wide, a cell to the next x and a row to the next y apart.
func (p *Pool) row(i isa.ISA, dst, src []float32, cells []int32, step, count, channels, apart int) {
	r := f32pool.Row{Step: step, Count: count, Channels: channels, Cells: cells, Apart: apart}
	if p.Mean {
		f32pool.Mean(i, &r, dst, src)
	} else {
		f32pool.Max(i, &r, dst, nil, src)
	}
}

// places appends those of a window's cells, row by row.
func (p *Pool) places(out []int32, line, cell int) []int32 {
	for y := range p.H {
		for x := range p.W {
			out = append(out, int32(y*line+x*cell))
		}
	}
	return out
}

// chunkPositions is about how many outputs are made before they are pooled: they stay in the first-level cache.
const chunkPositions = 48

// poolBoxes makes boxes of windows, and notes the outputs below them, window by window.
func (s *slider) poolBoxes(v view, pool *Pool) {
	s.pool = pool
	s.place.h, s.place.w = s.place.h/pool.H, s.place.w/pool.W
	v = pool.over(v)
	s.boxes = v.cut(max(1, 4*enough/pool.cells()))
	s.win = newWindow(v, s.boxes.full, false)
	stepY, stepX := v.stepY/pool.H, v.stepX/pool.W
	f := s.boxes.full
	for n := range f.images {
		for y := range f.rows {
			for x := range f.cols {
				for _, at := range pool.places(nil, stepY*s.win.line, stepX*v.c) {
					s.pos = append(s.pos, s.win.offset(n, y, x)+int(at))
				}
			}
		}
	}
}

// panelWidth is how many filters the widest panel has.
func (s *slider) panelWidth() int {
	if s.depth != nil {
		return min(s.depthWidth(), s.win.c)
	}
	return min(s.fg, 2*s.tiles.lanes)
}

// poolChunks decides how many positions are pooled together: all, where sums have several blocks.
func (s *slider) poolChunks() {
	cells := s.pool.cells()
	if s.inTile = poolsInTile(s.isa) && cells == poolCells && !s.pool.Mean && s.depth == nil && len(s.blocks) == 1; s.inTile {
		for k := range len(s.pos) / cells {
			s.out = append(s.out, k*s.place.c)
		}
		return
	}
	s.chunk = min(len(s.pos), cells*max(1, chunkPositions/cells))
	if len(s.blocks) > 1 {
		s.chunk = len(s.pos)
	}
	w := s.panelWidth()
	for k := range s.chunk {
		s.out = append(s.out, k*w)
	}
	for k := range cells {
		s.cells = append(s.cells, int32(k*w))
	}
}

// poolPanel computes a panel at n positions, by chunks, which it pools.
func (s *slider) poolPanel(i, n int, x, dst, own []float32) {
	var c, w int
	if s.depth != nil {
		c = i * s.depthWidth()
		w = min(s.depthWidth(), s.win.c-c)
	} else {
		g, f, width := s.panel(i)
		c, w = g*s.fg+f, width
	}
	if s.inTile {
		s.slidePanel(i, s.pos[:n], s.out, x, dst[c:])
		return
	}
	cells, f, ld := s.pool.cells(), s.place.c, s.panelWidth()
	for lo := 0; lo < n; lo += s.chunk {
		pos := s.pos[lo:min(n, lo+s.chunk)]
		if s.depth != nil {
			s.depthPanel(c, pos, s.out, x, own)
		} else {
			s.slidePanel(i, pos, s.out, x, own)
		}
		s.pool.row(s.isa, dst[lo/cells*f+c:], own, s.cells, cells*ld, len(pos)/cells, w, f)
	}
}
