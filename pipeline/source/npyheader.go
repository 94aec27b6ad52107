package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/dlrun/dlrun/pipeline/column"
)

// The .npy format is numpy.lib.format's: a magic string, a version, a Python dictionary of the
// element type, the order and the shape, then the elements. It is read here and not by a library
// because the ones there are go on to unpickle, or trust the header's sizes.

const (
	maxNPYHeader = 64 << 10
	maxNPYRank   = 32
	maxNPYCount  = 1 << 48 // elements; far above any file, far below overflow
)

// npyHeader is what a .npy header says.
type npyHeader struct {
	kind    byte // f i u b U S
	size    int  // bytes of an element
	big     bool // big-endian
	fortran bool
	shape   []int
	length  int64 // of the header itself, magic included

	wrong  *mistakes // of rows that are left out; nil where there are none
	before int       // rows in front of those at hand
}

// readNPYHeader reads a header and leaves r at the first element.
func readNPYHeader(r io.Reader) (*npyHeader, error) {
	var pre [8]byte
	if _, err := io.ReadFull(r, pre[:]); err != nil || string(pre[:6]) != "\x93NUMPY" {
		return nil, errors.New("it is not in NumPy's .npy format")
	}
	h := &npyHeader{}
	var n int64
	switch pre[6] {
	case 1:
		var b [2]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, errors.New("the .npy header is cut short")
		}
		n, h.length = int64(binary.LittleEndian.Uint16(b[:])), 10
	case 2, 3:
		var b [4]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, errors.New("the .npy header is cut short")
		}
		n, h.length = int64(binary.LittleEndian.Uint32(b[:])), 12
	default:
		return nil, fmt.Errorf(".npy format version %d.%d is not known", pre[6], pre[7])
	}
	if n > maxNPYHeader {
		return nil, fmt.Errorf("the .npy header has %d bytes, more than %d", n, maxNPYHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, errors.New("the .npy header is cut short")
	}
	h.length += n
	return h, h.parse(string(text))
}

// parse reads the dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func (h *npyHeader) parse(s string) error {
	p := &literal{s: s}
	seen := map[string]bool{}
	p.want('{')
	for p.err == nil && !p.next('}') {
		key := p.quoted()
		p.want(':')
		if seen[key] {
			return fmt.Errorf("the .npy header says %q twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.peek() == '[' {
				return errors.New("it holds records of several fields, which dlrun does not read; save each field as an array of its own")
			}
			if err := h.descr(p.quoted()); p.err == nil && err != nil {
				return err
			}
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail()
		}
		if p.peek() != '}' {
			p.want(',')
		}
	}
	if p.space(); p.err == nil && p.i != len(p.s) {
		p.fail()
	}
	if p.err != nil {
		return p.err
	}
	if len(seen) != 3 {
		return errors.New("the .npy header lacks descr, fortran_order or shape")
	}
	count := int64(1)
	for _, d := range h.shape {
		if d == 0 {
			count = 0
		}
		if d > maxNPYCount || (count > 0 && int64(d) > maxNPYCount/count) {
			return fmt.Errorf("the .npy header claims shape %v, more than any file holds", h.shape)
		}
		count *= int64(d)
	}
	return nil
}

func (h *npyHeader) descr(s string) error {
	refuse := fmt.Errorf("its elements are of NumPy's type %q, which dlrun does not read", s)
	if len(s) < 2 {
		return refuse
	}
	order, kind, rest := s[0], s[1], s[2:]
	if kind == 'O' {
		return errors.New("it holds Python objects, which dlrun never loads; save it as numbers or text")
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || n > 1<<20 || !strings.ContainsRune("<>|=", rune(order)) {
		return refuse
	}
	h.kind, h.size, h.big = kind, n, order == '>'
	switch kind {
	case 'f':
		if n != 2 && n != 4 && n != 8 {
			return refuse
		}
	case 'i', 'u':
		if n != 1 && n != 2 && n != 4 && n != 8 {
			return refuse
		}
	case 'b':
		if n != 1 {
			return refuse
		}
	case 'U':
		h.size = 4 * n
	case 'S':
	default:
		return refuse
	}
	return nil
}

// column is the kind that the elements become.
func (h *npyHeader) column() column.Kind {
	switch {
	case h.kind == 'f':
		return column.Float32
	case h.kind == 'U' || h.kind == 'S':
		return column.String
	case h.kind == 'b' || h.kind == 'u' && h.size == 1:
		return column.Uint8
	case h.kind == 'i' && h.size <= 4 || h.kind == 'u' && h.size == 2:
		return column.Int32
	}
	return column.Int64
}

// fault is a mistake in a row of the values at hand.
func (h *npyHeader) fault(row int, err error) error {
	if h.wrong == nil {
		return &column.RowError{Row: row, Err: err}
	}
	h.wrong.add(h.before+row, err)
	return nil
}

// decode turns raw elements into values of h.column(). An element that does not fit is a RowError,
// with rows of the values' size.
func (h *npyHeader) decode(v *column.Values, raw []byte) error {
	var order binary.ByteOrder = binary.LittleEndian
	if h.big {
		order = binary.BigEndian
	}
	bad := func(i int, format string, a ...any) error {
		return h.fault(i/max(1, v.Size()), fmt.Errorf(format, a...))
	}
	switch fmt.Sprintf("%c%d", h.kind, h.size) {
	case "f2":
		for i := range v.F32 {
			v.F32[i] = half(order.Uint16(raw[2*i:]))
		}
	case "f4":
		for i := range v.F32 {
			v.F32[i] = math.Float32frombits(order.Uint32(raw[4*i:]))
		}
	case "f8":
		for i := range v.F32 {
			x := math.Float64frombits(order.Uint64(raw[8*i:]))
			v.F32[i] = float32(x)
			if math.IsInf(float64(v.F32[i]), 0) && !math.IsInf(x, 0) {
				if err := bad(i, "%g is too large for a float32", x); err != nil {
					return err
				}
				v.F32[i] = 0
			}
		}
	case "b1":
		for i, x := range raw {
			if x > 1 {
				if err := bad(i, "%d is no boolean", x); err != nil {
					return err
				}
				x = 0
			}
			v.U8[i] = x
		}
	case "u1":
		copy(v.U8, raw)
	case "i1":
		for i, x := range raw {
			v.I32[i] = int32(int8(x))
		}
	case "i2":
		for i := range v.I32 {
			v.I32[i] = int32(int16(order.Uint16(raw[2*i:])))
		}
	case "u2":
		for i := range v.I32 {
			v.I32[i] = int32(order.Uint16(raw[2*i:]))
		}
	case "i4":
		for i := range v.I32 {
			v.I32[i] = int32(order.Uint32(raw[4*i:]))
		}
	case "u4":
		for i := range v.I64 {
			v.I64[i] = int64(order.Uint32(raw[4*i:]))
		}
	case "i8":
		for i := range v.I64 {
			v.I64[i] = int64(order.Uint64(raw[8*i:]))
		}
	case "u8":
		for i := range v.I64 {
			x := order.Uint64(raw[8*i:])
			if x > math.MaxInt64 {
				if err := bad(i, "%d is larger than a signed 64-bit integer holds", x); err != nil {
					return err
				}
				x = 0
			}
			v.I64[i] = int64(x)
		}
	default:
		for i := range v.Str {
			s, err := h.text(raw[i*h.size:(i+1)*h.size], order)
			if err != nil {
				if err := bad(i, "%w", err); err != nil {
					return err
				}
			}
			v.Str[i] = s
		}
	}
	return nil
}

// text reads a fixed-width string, padded with zeros.
func (h *npyHeader) text(raw []byte, order binary.ByteOrder) (string, error) {
	if h.kind == 'S' {
		s := strings.TrimRight(string(raw), "\x00")
		if strings.ToValidUTF8(s, "") != s {
			return "", errors.New("the text is not UTF-8")
		}
		return s, nil
	}
	runes := make([]rune, 0, len(raw)/4)
	for ; len(raw) > 0; raw = raw[4:] {
		x := order.Uint32(raw)
		if x > 0x10ffff || x >= 0xd800 && x < 0xe000 {
			return "", fmt.Errorf("%#x is no character", x)
		}
		runes = append(runes, rune(x))
	}
	return strings.TrimRight(string(runes), "\x00"), nil
}

// half converts IEEE 754 binary16, exactly.
func half(b uint16) float32 {
	sign, exp, frac := uint32(b>>15)<<31, uint32(b>>10)&31, uint32(b)&0x3ff
	switch exp {
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	case 0:
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(f))
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// literal reads the little of Python's syntax that a header is written in.
type literal struct {
	s   string
	i   int
	err error
}

func (p *literal) fail() {
	if p.err == nil {
		p.err = errors.New("the .npy header cannot be understood")
	}
	p.i = len(p.s)
}

func (p *literal) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *literal) peek() byte {
	p.space()
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *literal) next(c byte) bool {
	if p.peek() != c {
		if p.i == len(p.s) {
			p.fail()
		}
		return false
	}
	p.i++
	return true
}

func (p *literal) want(c byte) {
	if !p.next(c) {
		p.fail()
	}
}

func (p *literal) quoted() string {
	q := p.peek()
	if q != '\'' && q != '"' {
		p.fail()
		return ""
	}
	end := strings.IndexByte(p.s[p.i+1:], q)
	if end < 0 {
		p.fail()
		return ""
	}
	s := p.s[p.i+1 : p.i+1+end]
	p.i += end + 2
	return s
}

func (p *literal) boolean() bool {
	p.space()
	for word, v := range map[string]bool{"True": true, "False": false} {
		if strings.HasPrefix(p.s[p.i:], word) {
			p.i += len(word)
			return v
		}
	}
	p.fail()
	return false
}

func (p *literal) tuple() []int {
	shape := []int{}
	p.want('(')
	for p.err == nil && !p.next(')') {
		p.space()
		start := p.i
		for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
			p.i++
		}
		n, err := strconv.ParseInt(p.s[start:p.i], 10, 62)
		if err != nil || len(shape) == maxNPYRank {
			p.fail()
			break
		}
		shape = append(shape, int(n))
		if p.i < len(p.s) && p.s[p.i] == 'L' { // Python 2 wrote its long integers so
			p.i++
		}
		if p.peek() != ')' {
			p.want(',')
		}
	}
	return shape
}
