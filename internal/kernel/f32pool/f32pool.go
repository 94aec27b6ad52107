// Package f32pool pools float32 images [n, height, width, channels]: the largest and the mean of the cells below a window, and the
// gradients of both, for a row of positions at a time.
//
// Every element is computed cell by cell in the order in which the cells are given, so the bits are the same on every instruction set.
// What is stored has passed through f32vec.Flush.
package f32pool

import (
	"fmt"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Row is a row of positions over an image, all with the same cells below them. Places in the image count elements.
type Row struct {
	At       int     // of the first position's first cell
	Step     int     // from a position to the next
	Count    int     // positions; at least 1
	Channels int     // at least 1
	Cells    []int32 // of a position, from its first cell, which is 0, ascending; at least one
	Apart    int     // what belongs to a position in y, dy and where, to the next; 0 is Channels
}

func (r *Row) apart() int {
	if r.Apart == 0 {
		return r.Channels
	}
	return r.Apart
}

// check panics if the row does not lie in an image of image elements or y is too short.
func (r *Row) check(image, y int) {
	last := r.At + (r.Count-1)*r.Step + int(r.Cells[len(r.Cells)-1]) + r.Channels
	if r.At < 0 || r.Count < 1 || r.Channels < 1 || r.Apart != 0 && r.Apart < r.Channels || last > image || y < (r.Count-1)*r.apart()+r.Channels {
		panic(fmt.Sprintf("f32pool: %d elements of an image and %d of a row of positions do not hold %+v", image, y, *r))
	}
}

// Max sets y, for each position and channel, to the largest cell, a NaN counting as larger than any number, and where to the place of that cell
// in the image: of equals the first, of NaNs the last. where may be nil.
func Max(i isa.ISA, r *Row, y []float32, where []int32, image []float32) {
	r.check(len(image), len(y))
	if where != nil {
		r.check(len(image), len(where))
	}
	if vecMax(i, r, y, where, image) {
		return
	}
	for p := range r.Count {
		at := r.At + p*r.Step
		for c := range r.Channels {
			best, first := image[at+c], int32(0)
			for _, k := range r.Cells[1:] {
				if v := image[at+int(k)+c]; v > best || v != v {
					best, first = v, k
				}
			}
			y[p*r.apart()+c] = f32vec.Flush(best)
			if where != nil {
				where[p*r.apart()+c] = int32(at+c) + first
			}
		}
	}
}

// MaxGrad sends dy of each position and channel to the cell at where: dx = dy there and 0 in the other cells, or with add, dx = dx + dy
// there.
func MaxGrad(i isa.ISA, r *Row, dx, dy []float32, where []int32, add bool) {
	r.check(len(dx), min(len(dy), len(where)))
	if vecMaxGrad(i, r, dx, dy, where, add) {
		return
	}
	for p := range r.Count {
		at := r.At + p*r.Step
		for c := range r.Channels {
			g, w := dy[p*r.apart()+c], where[p*r.apart()+c]-int32(at+c)
			for _, k := range r.Cells {
				v := float32(0)
				if k == w {
					v = g
				}
				to := &dx[at+int(k)+c]
				if add {
					v = *to + v
				}
				*to = f32vec.Flush(v)
			}
		}
	}
}

// Mean sets y, for each position and channel, to the sum of the cells divided by their number.
func Mean(i isa.ISA, r *Row, y, image []float32) {
	r.check(len(image), len(y))
	if vecMean(i, r, y, image) {
		return
	}
	n := float32(len(r.Cells))
	for p := range r.Count {
		at := r.At + p*r.Step
		for c := range r.Channels {
			s := float32(0)
			for _, k := range r.Cells {
				s += image[at+int(k)+c]
			}
			y[p*r.apart()+c] = f32vec.Flush(s / n)
		}
	}
}

// MeanGrad shares dy of each position and channel among its cells: dx = dy / their number, or with add, dx = dx + that.
func MeanGrad(i isa.ISA, r *Row, dx, dy []float32, add bool) {
	r.check(len(dx), len(dy))
	if vecMeanGrad(i, r, dx, dy, add) {
		return
	}
	n := float32(len(r.Cells))
	for p := range r.Count {
		at := r.At + p*r.Step
		for c := range r.Channels {
			g := dy[p*r.apart()+c] / n
			for _, k := range r.Cells {
				v, to := g, &dx[at+int(k)+c]
				if add {
					v = *to + g
				}
				*to = f32vec.Flush(v)
			}
		}
	}
}
