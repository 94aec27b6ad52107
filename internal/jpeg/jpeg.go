// Package jpeg decodes sequential JPEG files of 8 bits (ITU-T T.81) into the bits that libjpeg-turbo and Pillow make of them: the
// accurate inverse transform, colour differences spread by a triangle, rounded as there. What it does not know (progressive and
// arithmetic coding, four components) is ErrUnsupported.
package jpeg

import (
	"errors"
	"fmt"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// ErrUnsupported says that a file is of a form that this package does not decode.
var ErrUnsupported = errors.New("jpeg: a form that is not decoded here")

// Decoder decodes files one after the other in the same memory. It is not safe for several goroutines at once.
type Decoder struct {
	isa           isa.ISA
	width, height int
	parts         []component
	steps         [4]*[64]int16
	dc, ac        [4]*huffman
	interval      int // MCUs between restarts; 0 for none
	hmax, vmax    int
	adobe         int // the transform of an Adobe marker; -1 without
	jfif          bool
	segment       []byte
	sums          []int16
	rows          [2][]uint8
}

type component struct {
	id, h, v, table int
	steps           *[64]int16
	dc, ac          *huffman
	width, height   int // in samples
	stride          int
	plane           []uint8
	last            int32
	done            bool
}

// NewDecoder returns a decoder for this instruction set, which changes no bit of what it decodes.
func NewDecoder(i isa.ISA) *Decoder { return &Decoder{isa: i} }

// Decode calls alloc with the picture's width and height and fills what it returns with 1 (luminance) or 3 (red, green, blue) bytes a
// pixel. An error of alloc is returned before samples take memory.
func (d *Decoder) Decode(raw []byte, channels int, alloc func(width, height int) ([]uint8, error)) error {
	if channels != 1 && channels != 3 {
		return ErrUnsupported
	}
	planes := d.parts
	*d = Decoder{isa: d.isa, segment: d.segment, sums: d.sums, rows: d.rows, adobe: -1}
	var dst []uint8
	if len(raw) < 2 || raw[0] != 0xff || raw[1] != 0xd8 {
		return ErrUnsupported
	}
	left := 0
	for p := 2; ; {
		for p+1 < len(raw) && (raw[p] != 0xff || raw[p+1] == 0xff || raw[p+1] == 0) {
			p++ // bytes that belong to nothing, as libjpeg passes over them
		}
		if p+4 > len(raw) {
			return errors.New("the file ends before the picture does")
		}
		marker := raw[p+1]
		p += 2
		if marker == 0xd9 {
			return errors.New("the picture has no end of its data")
		}
		if marker >= 0xd0 && marker <= 0xd7 || marker == 1 {
			continue
		}
		n := int(raw[p])<<8 | int(raw[p+1])
		if n < 2 || p+n > len(raw) {
			return errors.New("the file ends within its header")
		}
		body := raw[p+2 : p+n]
		p += n
		var err error
		switch marker {
		case 0xc0, 0xc1:
			if d.parts != nil {
				return errors.New("it has two headers")
			}
			if err = d.frame(body, planes); err != nil {
				return err
			}
			if dst, err = alloc(d.width, d.height); err != nil {
				return err
			}
			d.planes()
			left = len(d.parts)
		case 0xc4:
			err = d.huffmanTables(body)
		case 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xcc:
			return ErrUnsupported
		case 0xdb:
			err = d.quantization(body)
		case 0xdd:
			if len(body) != 2 {
				return errors.New("its restart interval is damaged")
			}
			d.interval = int(body[0])<<8 | int(body[1])
		case 0xe0:
			d.jfif = d.jfif || len(body) >= 5 && string(body[:5]) == "JFIF\x00"
		case 0xee:
			if len(body) >= 12 && string(body[:5]) == "Adobe" {
				d.adobe = int(body[11])
			}
		case 0xda:
			if d.parts == nil {
				return errors.New("its data come before its header")
			}
			var list []*component
			if list, err = d.scanHeader(body); err != nil {
				return err
			}
			if p, err = d.scan(raw, p, list); err != nil {
				return err
			}
			for _, c := range list {
				if !c.done {
					c.done = true
					left--
				}
			}
			if left == 0 {
				d.output(dst, channels)
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

// frame reads the header of the picture.
func (d *Decoder) frame(b []byte, old []component) error {
	if len(b) < 6 || len(b) != 6+3*int(b[5]) {
		return errors.New("its header is damaged")
	}
	if b[0] != 8 || b[5] != 1 && b[5] != 3 {
		return ErrUnsupported
	}
	d.height, d.width = int(b[1])<<8|int(b[2]), int(b[3])<<8|int(b[4])
	if d.height == 0 || d.width == 0 {
		return errors.New("it has no pixels")
	}
	d.parts = make([]component, b[5])
	for k := range d.parts {
		c := &d.parts[k]
		e := b[6+3*k:]
		c.id, c.h, c.v, c.table = int(e[0]), int(e[1]>>4), int(e[1]&15), int(e[2])
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return fmt.Errorf("component %d of its header is damaged", k)
		}
		if k < len(old) {
			c.plane = old[k].plane
		}
		d.hmax, d.vmax = max(d.hmax, c.h), max(d.vmax, c.v)
	}
	for _, c := range d.parts {
		if d.hmax%c.h != 0 || d.vmax%c.v != 0 {
			return ErrUnsupported
		}
	}
	if len(d.parts) == 3 && !d.ycc() { // red, green and blue as they are
		return ErrUnsupported
	}
	return nil
}

// ycc tells whether three components are luminance and colour differences, as libjpeg finds it out.
func (d *Decoder) ycc() bool {
	switch {
	case d.jfif:
		return true
	case d.adobe >= 0:
		return d.adobe != 0
	}
	return d.parts[0].id != 'R' || d.parts[1].id != 'G' || d.parts[2].id != 'B'
}

// planes takes the memory of the samples.
func (d *Decoder) planes() {
	wide, high := ceil(d.width, 8*d.hmax), ceil(d.height, 8*d.vmax)
	for k := range d.parts {
		c := &d.parts[k]
		c.width, c.height = ceil(d.width*c.h, d.hmax), ceil(d.height*c.v, d.vmax)
		c.stride = 8 * wide * c.h
		if n := c.stride * 8 * high * c.v; cap(c.plane) < n {
			c.plane = make([]uint8, n)
		} else {
			c.plane = c.plane[:n]
		}
	}
}

func ceil(n, by int) int { return (n + by - 1) / by }

// zigzag is where the k-th coefficient of a file stands in a block.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

func (d *Decoder) quantization(b []byte) error {
	for len(b) > 0 {
		wide, id := int(b[0]>>4), b[0]&15
		size := 64 * (wide + 1)
		if wide > 1 || id > 3 || len(b) < 1+size {
			return errors.New("its steps of quantization are damaged")
		}
		t := new([64]int16)
		for k, at := range zigzag {
			if wide == 1 {
				t[at] = int16(uint16(b[1+2*k])<<8 | uint16(b[2+2*k]))
			} else {
				t[at] = int16(b[1+k])
			}
		}
		d.steps[id] = t
		b = b[1+size:]
	}
	return nil
}

// scanHeader says of which components the data are.
func (d *Decoder) scanHeader(b []byte) ([]*component, error) {
	bad := errors.New("the header of its data is damaged")
	if len(b) < 1 || b[0] < 1 || b[0] > 3 || len(b) != 4+2*int(b[0]) {
		return nil, bad
	}
	var list []*component
	for k := range int(b[0]) {
		id, tables := int(b[1+2*k]), b[2+2*k]
		for j := range d.parts {
			c := &d.parts[j]
			if c.id != id {
				continue
			}
			for _, other := range list {
				if other == c {
					return nil, bad
				}
			}
			if tables>>4 > 3 || tables&15 > 3 {
				return nil, bad
			}
			c.dc, c.ac, c.last = d.dc[tables>>4], d.ac[tables&15], 0
			if c.steps == nil {
				c.steps = d.steps[c.table]
			}
			if c.dc == nil || c.ac == nil || c.steps == nil {
				return nil, errors.New("a table that its data need is missing")
			}
			list = append(list, c)
			break
		}
	}
	if len(list) != int(b[0]) {
		return nil, bad
	}
	return list, nil
}
