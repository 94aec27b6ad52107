package jpeg

import "errors"

// looked are the bits that the first look at a code takes.
const looked = 10

// huffman is a table of codes. An entry of fast is, where code and number are of so few bits: the number in the upper half, then how
// many places on it stands (16 without a number of its own, stop at the end of a block), then how many bits it takes. Otherwise the
// lowest byte is 0, and slow has the symbol over the length of the code, or 0 for a longer one.
type huffman struct {
	fast [1 << looked]uint32
	slow [1 << looked]uint16

	limit  [18]int32 // one more than the last code of a length, all in 16 bits
	offset [17]int32 // of the symbol from the code
	values []byte
}

const stop = 128

func (d *Decoder) huffmanTables(b []byte) error {
	for len(b) > 0 {
		bad := errors.New("its Huffman tables are damaged")
		if len(b) < 17 || b[0]>>4 > 1 || b[0]&15 > 3 {
			return bad
		}
		ac := b[0]>>4 == 1
		h := new(huffman)
		n, code := 0, int32(0)
		for l := 1; l <= 16; l++ {
			count := int(b[l])
			h.offset[l] = int32(n) - code
			n += count
			code += int32(count)
			if n > 256 || code > 1<<l || len(b) < 17+n {
				return bad
			}
			h.limit[l] = code << (16 - l)
			code <<= 1
		}
		h.limit[17] = 1 << 30
		h.values = append([]byte(nil), b[17:17+n]...)
		for _, v := range h.values {
			if !ac && v > 11 {
				return bad
			}
		}
		for k := range h.fast {
			symbol, l := h.symbol(uint64(k) << (64 - looked))
			if l == 0 || l > looked {
				continue
			}
			h.slow[k] = uint16(symbol)<<8 | uint16(l)
			size, on := uint(symbol&15), uint32(symbol>>4)+1
			switch {
			case !ac:
				on = 0
			case symbol == 0:
				on = stop
			case size == 0 && symbol != 0xf0:
				continue
			case size == 0:
				on = 16
			}
			if uint(l)+size > looked {
				continue
			}
			v := extend(uint64(k)<<(64-looked+uint(l)), size)
			h.fast[k] = uint32(uint16(v))<<16 | on<<8 | uint32(l) + uint32(size)
		}
		if ac {
			d.ac[b[0]&15] = h
		} else {
			d.dc[b[0]&15] = h
		}
		b = b[17+n:]
	}
	return nil
}

// symbol finds that of the first code of acc and its length, 0 where there is none.
func (h *huffman) symbol(acc uint64) (uint8, int) {
	top := int32(acc >> 48)
	l := 1
	for top >= h.limit[l] {
		l++
	}
	if l > 16 {
		return 0, 0
	}
	return h.values[top>>(16-l)+h.offset[l]], l
}

// extend is the number that the first bits of acc say.
func extend(acc uint64, size uint) int32 {
	if size == 0 {
		return 0
	}
	v := int32(acc >> (64 - size))
	if acc>>63 == 0 {
		v += -1<<size + 1
	}
	return v
}
