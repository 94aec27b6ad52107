package jpeg

import "github.com/dlrun/dlrun/internal/kernel/u8pixel"

// output makes pixels of samples.
func (d *Decoder) output(dst []uint8, channels int) {
	w := d.width
	luma := &d.parts[0]
	for y := range d.height {
		var rows [3][]uint8
		rows[0] = d.row(0, luma, y)
		if len(d.parts) == 1 || channels == 1 {
			out := dst[y*w*channels:][:w*channels]
			if channels == 1 {
				copy(out, rows[0])
				continue
			}
			for x, v := range rows[0][:w] {
				out[3*x], out[3*x+1], out[3*x+2] = v, v, v
			}
			continue
		}
		for k := 1; k < 3; k++ {
			rows[k] = d.row(k-1, &d.parts[k], y)
		}
		u8pixel.RGB(d.isa, dst[3*y*w:][:3*w], rows[0][:w], rows[1][:w], rows[2][:w])
	}
}

// row is row y of the picture of a component: as it is, or spread in the slot's memory. libjpeg spreads by a triangle where a
// component has half of the samples either way (and not just two of them), and repeats samples otherwise.
func (d *Decoder) row(slot int, c *component, y int) []uint8 {
	h, v := d.hmax/c.h, d.vmax/c.v
	at := func(y int) []uint8 { return c.plane[min(max(y, 0), c.height-1)*c.stride:][:c.width] }
	if h == 1 && v == 1 {
		return at(y)
	}
	n := c.width
	wide := (n*h + 31) &^ 31
	if cap(d.rows[slot]) < wide {
		d.rows[slot] = make([]uint8, wide)
	}
	out := d.rows[slot][:wide]
	if cap(d.sums) < n+2 {
		d.sums = make([]int16, n+2)
	}
	sums := d.sums[:n+2]
	own := at(y / v)
	near := own
	if v == 2 {
		near = at(y/2 - 1 + y&1*2)
	}
	switch {
	case h == 1 && v == 2:
		u8pixel.Sums(d.isa, sums[:n], own, near)
		u8pixel.Quarter(out[:n], sums[:n], int16(1+y&1))
	case h == 2 && v <= 2 && n > 2:
		u8pixel.Sums(d.isa, sums[1:n+1], own, near)
		sums[0], sums[n+1] = sums[1], sums[n]
		even, odd := int16(8), int16(7)
		if v == 1 { // a sum is four times a sample
			even, odd = 4, 8
		}
		u8pixel.Spread(d.isa, out[:2*n], sums, even, odd)
	default:
		for x, s := range own {
			for k := range h {
				out[x*h+k] = s
			}
		}
	}
	return out
}
