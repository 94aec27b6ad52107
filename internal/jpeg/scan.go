package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/dlrun/dlrun/internal/kernel/u8pixel"
)

var (
	errShort   = errors.New("its data end before the picture does")
	errDamaged = errors.New("its data are damaged")
)

// bits reads a segment of the data, the next bit first in acc.
type bits struct {
	acc  uint64
	n    uint // bits of acc that are there
	p    int
	data []byte
}

// padding are the zeros behind a segment.
const padding = 8

func (b *bits) fill() {
	if b.p+8 <= len(b.data) {
		b.acc |= binary.BigEndian.Uint64(b.data[b.p:]) >> b.n
		b.p += int((63 - b.n) >> 3)
		b.n |= 56
		return
	}
	for b.n <= 56 { // behind the end: what is read is counted, and found out
		b.p++
		b.n += 8
	}
}

// over tells whether more bits were taken than the segment has.
func (b *bits) over() bool { return 8*b.p-int(b.n) > 8*(len(b.data)-padding) }

// open begins the segment at raw[p:], up to the next marker, and returns where that is.
func (d *Decoder) open(b *bits, raw []byte, p int) int {
	s := d.segment[:0]
	for {
		k := bytes.IndexByte(raw[p:], 0xff)
		if k < 0 {
			s = append(s, raw[p:]...)
			p = len(raw)
			break
		}
		s = append(s, raw[p:p+k]...)
		p += k
		next := p + 1
		for next < len(raw) && raw[next] == 0xff {
			next++
		}
		if next == len(raw) || raw[next] != 0 {
			p = next - 1
			break
		}
		s = append(s, 0xff)
		p = next + 1
	}
	d.segment = append(s, make([]byte, padding)...)
	*b = bits{data: d.segment}
	return p
}

// scan decodes the data of some components and returns where they end.
func (d *Decoder) scan(raw []byte, p int, list []*component) (int, error) {
	wide, high := ceil(d.width, 8*d.hmax), ceil(d.height, 8*d.vmax)
	alone := len(list) == 1
	if alone { // its blocks follow each other, without those that only fill an MCU
		wide, high = ceil(list[0].width, 8), ceil(list[0].height, 8)
	}
	var b bits
	p = d.open(&b, raw, p)
	var block [64]int16
	for mcu := range wide * high {
		if d.interval > 0 && mcu > 0 && mcu%d.interval == 0 {
			if b.over() {
				return p, errShort
			}
			if p+1 >= len(raw) || raw[p+1] != 0xd0+byte(mcu/d.interval-1)&7 {
				return p, errors.New("a restart of its data is missing")
			}
			p = d.open(&b, raw, p+2)
			for _, c := range list {
				c.last = 0
			}
		}
		x, y := mcu%wide, mcu/wide
		for _, c := range list {
			h, v := c.h, c.v
			if alone {
				h, v = 1, 1
			}
			for j := range v {
				for i := range h {
					if err := b.block(&block, c); err != nil {
						if b.over() {
							err = errShort
						}
						return p, err
					}
					at := (y*v+j)*8*c.stride + (x*h+i)*8
					u8pixel.InverseDCT(d.isa, c.plane[at:], c.stride, &block, c.steps)
				}
			}
		}
		if b.over() {
			return p, errShort
		}
	}
	return p, nil
}

// block decodes a block.
func (b *bits) block(block *[64]int16, c *component) error {
	b.fill()
	if e := c.dc.fast[b.acc>>(64-looked)]; e&255 != 0 {
		c.last += int32(int16(e >> 16))
		b.acc <<= e & 63
		b.n -= uint(e & 255)
	} else {
		symbol, l := c.dc.symbol(b.acc)
		if l == 0 {
			return errDamaged
		}
		c.last += extend(b.acc<<uint(l), uint(symbol))
		b.acc <<= uint(l) + uint(symbol)
		b.n -= uint(l) + uint(symbol)
	}
	block[0] = int16(c.last)
	acc, n := b.acc, b.n
	t := c.ac
	for k := uint(0); k < 63; {
		if n < 32 {
			b.acc, b.n = acc, n
			b.fill()
			acc, n = b.acc, b.n
		}
		at := acc >> (64 - looked)
		if e := t.fast[at]; e&255 != 0 {
			k += uint(e >> 8 & 255)
			acc <<= e & 63
			n -= uint(e & 255)
			if k > 63 {
				if k < stop {
					return errDamaged
				}
				break
			}
			block[zigzag[k]] = int16(e >> 16)
			continue
		}
		symbol, l := uint8(t.slow[at]>>8), int(t.slow[at]&255)
		if l == 0 {
			if symbol, l = t.symbol(acc); l == 0 {
				return errDamaged
			}
		}
		acc <<= uint(l)
		n -= uint(l)
		size := uint(symbol & 15)
		switch {
		case symbol == 0:
			k = 64
			continue
		case symbol == 0xf0:
			k += 16
			continue
		}
		if k += uint(symbol>>4) + 1; k > 63 || size == 0 {
			return errDamaged
		}
		block[zigzag[k]] = int16(extend(acc, size))
		acc <<= size
		n -= size
	}
	b.acc, b.n = acc, n
	return nil
}
