package source

import (
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// Decimal numbers are read eight characters at a time as one 64-bit word (SWAR), and rounded once: the
// digits become a whole number m below 10^18 and a power of ten, and float64(m) * 10^e has a relative
// error of at most three roundings. Unless the float64 lies within decimalSlack units in the last place
// of the middle between two float32, its nearest float32 is the number's own. A number so near to a
// middle, one of nineteen digits or more, and one outside of the normal float32 is left to strconv, whose
// result is the same by definition.

// decimalSlack bounds the error of float64(m) * 10^e in units in the last place: half a unit each for m,
// the power and the product, and generous beyond that.
const decimalSlack = 8

// maxExponent is the largest power of ten that is tabled, both ways.
const maxExponent = 64

// powers are 10^-64 to 10^64, each correctly rounded.
var powers = func() (t [2*maxExponent + 1]float64) {
	for i := range t {
		t[i], _ = strconv.ParseFloat("1e"+strconv.Itoa(i-maxExponent), 64) // always a number
	}
	return t
}()

// wholePowers are 10^0 to 10^8, and more so that no index has to be checked.
var wholePowers = [16]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

const (
	zeros  = 0x3030303030303030
	nines  = 0x7676767676767676 // 0x7f - 9 in each byte
	tops   = 0x8080808080808080
	padded = 64 // bytes that may be read beyond the end of a text
)

// text is what the next number stands in.
type text = [padded]byte

// word is eight characters as the values of digits, and how many digits they begin with, times eight.
// at is at most padded-8.
func word(b *text, at int) (x uint64, n8 uint) {
	x = *(*uint64)(unsafe.Add(unsafe.Pointer(b), at)) ^ zeros
	// The top bit of each byte that is no digit; a carry spoils only bytes behind the first such.
	return x, uint(bits.TrailingZeros64((x+nines|x)&tops)) &^ 7
}

// value is the number that the first characters of a word are.
func value(x uint64, n8 uint) uint64 {
	half := (64 - n8) / 2 & 63 // by 64 at once Go would have to ask
	x = x << half << half
	x = x*10 + x>>8
	return (x&0x000000ff000000ff*0x000f424000000064 + x>>16&0x000000ff000000ff*0x0000271000000001) >> 32
}

// shift makes room for so many digits more.
func shift(m uint64, n8 uint) uint64 { return m * wholePowers[n8/8&15] }

// bit is 1 for true; it becomes no branch.
func bit(b bool) (n int) {
	if b {
		n = 1
	}
	return n
}

// float32At reads the decimal number that stands at b[at] and returns it and where it ends, or -1 where
// it is for parseFloat to read or to refuse. padded bytes must follow the text. What varies from number
// to number in one column, the sign and how many digits there are, takes no branches.
func float32At(all []byte, at int) (float32, int) {
	b := (*text)(all[at:])
	negative := bit(b[0] == '-')
	p := negative
	m, whole := uint64(b[p&3]-'0'), 1
	if m > 9 || b[(p+1)&3] != '.' { // most measurements have one digit before the point
		x, n8 := word(b, p)
		m, whole = value(x, n8), int(n8/8)
		if whole == 8 {
			x, n8 = word(b, p+8)
			m, whole = shift(m, n8)+value(x, n8), 8+int(n8/8)
		}
	}
	p += whole
	fraction := 0
	if b[p&63] == '.' {
		x, n8 := word(b, p+1)
		y, l8 := word(b, p+9)
		l8 &= -(n8 >> 6) // nothing after the first word unless it is full
		m = shift(shift(m, n8)+value(x, n8), l8) + value(y, l8)
		fraction = int((n8 + l8) / 8)
		if whole > 2 && whole+fraction > 18 { // two digits and sixteen are below 10^18
			return 0, -1
		}
		p += 1 + fraction
		if l8 == 64 {
			x, n8 = word(b, p)
			if m >= 1e18/wholePowers[n8/8&15] {
				return 0, -1
			}
			m = shift(m, n8) + value(x, n8)
			p += int(n8 / 8)
			fraction += int(n8 / 8)
		}
	}
	end := b[p&63]
	if whole+fraction == 0 || whole == 16 || end-'0' <= 9 {
		return 0, -1
	}
	e := -fraction
	if end|0x20 == 'e' {
		p++
		down := b[p&63] == '-'
		if down || b[p&63] == '+' {
			p++
		}
		x, n8 := word(b, p)
		if n8 == 0 || n8 > 4*8 {
			return 0, -1
		}
		p += int(n8 / 8)
		if v := int(value(x, n8)); down {
			e -= v
		} else {
			e += v
		}
		if e < -maxExponent || e > maxExponent {
			return 0, -1
		}
	}
	f := float64(int64(m))
	if e != 0 || m >= 1<<53 {
		f *= powers[e+maxExponent]
		// Where the float64 lies between two float32: 1<<28 is the middle.
		if math.Float64bits(f)&(1<<29-1)-(1<<28-decimalSlack) <= 2*decimalSlack {
			return 0, -1
		}
		if f < 0x1p-126 && m != 0 || f > math.MaxFloat32 {
			return 0, -1
		}
	}
	return math.Float32frombits(math.Float32bits(float32(f)) | uint32(negative)<<31), at + p
}

// int64At is float32At for whole numbers written without a point.
func int64At(all []byte, at int) (int64, int) {
	b := (*text)(all[at:])
	negative := bit(b[0] == '-')
	p := negative
	x, n8 := word(b, p)
	m := value(x, n8)
	p += int(n8 / 8)
	if n8 == 64 {
		x, n8 = word(b, p)
		m = shift(m, n8) + value(x, n8)
		p += int(n8 / 8)
	}
	if p == negative || p == negative+16 {
		return 0, -1
	}
	s := -int64(negative)
	return int64(m) ^ s - s, at + p
}
