package philox

import (
	"math"
	"math/bits"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Each fill writes elements offset, offset+1, ... of the sequence of a key; so a long fill can be cut anywhere.

// words calls f for each block that has a word of elements offset to offset+n-1, where element i uses word i: dst[at+j] is of
// words[j] for lo <= j < hi.
func words(n int, k Key, offset uint64, f func(at, lo, hi int, words [4]uint32)) {
	for at := -int(offset % 4); at < n; at += 4 {
		b := k.Block((offset + uint64(at)) / 4)
		f(at, max(0, -at), min(4, n-at), b)
	}
}

// Float32 turns a word into a number in [0, 1), a multiple of 2**-24.
func Float32(w uint32) float32 { return float32(w>>8) * 0x1p-24 }

// Float64 turns a word into a number in [0, 1), a multiple of 2**-32.
func Float64(w uint32) float64 { return float64(w) * 0x1p-32 }

// Uniform fills dst with numbers uniform in [lo, hi): lo + u*(hi-lo), where u is Float32 of word i. Rounding may make an element hi where
// hi-lo is far smaller than lo.
func Uniform(dst []float32, k Key, offset uint64, lo, hi float32) {
	d := hi - lo
	words(len(dst), k, offset, func(at, i, n int, words [4]uint32) {
		for ; i < n; i++ {
			dst[at+i] = f32vec.Flush(lo + float32(Float32(words[i&3])*d))
		}
	})
}

// Bernoulli fills dst with value, where word i is below p * 2**32, and with 0 elsewhere: an element is value with probability p.
func Bernoulli(i isa.ISA, dst []float32, k Key, offset uint64, p float64, value float32) {
	limit := below(p)
	if limit == 0 {
		clear(dst)
		return
	}
	var room ends
	for len(dst) > 0 {
		n := 0
		if offset%4 == 0 {
			n = bernoulliVec(i, dst, &k, offset, uint32(limit-1), value)
		}
		if n == 0 {
			n = copy(dst, room.fill(i, len(dst), &k, offset, limit, value))
		}
		dst, offset = dst[n:], offset+uint64(n)
	}
}

// Dropout sets each element of dst to value times that of src, where word i is below p * 2**32, and to 0 elsewhere, whatever src holds
// there: with p = 1-rate and value = 1/(1-rate) it is dropout. dst may be src. Products are settled by f32vec.Flush.
func Dropout(i isa.ISA, dst, src []float32, k Key, offset uint64, p float64, value float32) {
	limit := below(p)
	if limit == 0 {
		clear(dst)
		return
	}
	var room ends
	for len(dst) > 0 {
		n := 0
		if offset%4 == 0 {
			n = dropoutVec(i, dst, src, &k, offset, uint32(limit-1), value)
		}
		if n == 0 {
			keep := room.fill(i, len(dst), &k, offset, limit, math.Float32frombits(1<<32-1))
			n = len(keep)
			for j, m := range keep {
				dst[j] = math.Float32frombits(math.Float32bits(f32vec.Flush(src[j]*value)) & math.Float32bits(m))
			}
		}
		dst, src, offset = dst[n:], src[n:], offset+uint64(n)
	}
}

// below is the limit below which a word lies with probability p.
func below(p float64) uint64 { return uint64(math.Floor(min(max(p, 0), 1) * 0x1p32)) }

// ends is room for the elements at the ends of a fill, which are less than a kernel does.
type ends [32]float32

// fill returns up to n elements of Bernoulli, at least one.
func (e *ends) fill(i isa.ISA, n int, k *Key, offset, limit uint64, value float32) []float32 {
	head := int(offset % 4)
	end := min(len(e), head+n)
	if bernoulliVec(i, e[:], k, offset-uint64(head), uint32(limit-1), value) == 0 {
		bernoulli(e[head:end], *k, offset, limit, value)
	}
	return e[head:end]
}

func bernoulli(dst []float32, k Key, offset, limit uint64, value float32) {
	words(len(dst), k, offset, func(at, i, n int, words [4]uint32) {
		for ; i < n; i++ {
			// Without a branch, which would be mispredicted half of the time.
			keep := uint32(int64(uint64(words[i&3])-limit) >> 63)
			dst[at+i] = math.Float32frombits(math.Float32bits(value) & keep)
		}
	})
}

// normals returns two independent standard normal numbers from two words (Box and Muller, "A note on the generation of
// random normal deviates", 1958). The largest is 6.66.
func normals(w0, w1 uint32) (float64, float64) {
	r := math.Sqrt(-2 * f32vec.Log64((float64(w0)+1)*0x1p-32)) // the argument is in (0, 1]
	a := float64(2 * math.Pi * Float64(w1))
	return float64(r * f32vec.Cos64(a)), float64(r * f32vec.Sin64(a))
}

// Normal fills dst with normal numbers of that mean and standard deviation. Elements i and i^1 come from words i and i^1.
func Normal(dst []float32, k Key, offset uint64, mean, stddev float32) {
	put := func(at uint64, z float64) {
		if i := at - offset; at >= offset && i < uint64(len(dst)) {
			dst[i] = f32vec.Flush(float32(float64(mean) + float64(z*float64(stddev))))
		}
	}
	for at := offset &^ 3; at < offset+uint64(len(dst)); at += 4 {
		b := k.Block(at / 4)
		z0, z1 := normals(b[0], b[1])
		z2, z3 := normals(b[2], b[3])
		put(at, z0)
		put(at+1, z1)
		put(at+2, z2)
		put(at+3, z3)
	}
}

// TruncatedNormal fills dst with normal numbers of that mean and standard deviation, those beyond two standard
// deviations drawn again (Keras' truncated_normal). Element i is the first that is near enough of the normal numbers made of blocks
// 0, 1, ... of its own sub-sequence, k.Derive(i).
func TruncatedNormal(dst []float32, k Key, offset uint64, mean, stddev float32) {
	for i := range dst {
		own := k.Derive(offset + uint64(i))
		dst[i] = f32vec.Flush(float32(float64(mean) + float64(within(own, 2)*float64(stddev))))
	}
}

// within returns the first of k's normal numbers that is at most limit in magnitude.
func within(k Key, limit float64) float64 {
	for j := uint64(0); ; j++ {
		b := k.Block(j)
		for h := 0; h < 4; h += 2 {
			z0, z1 := normals(b[h], b[h+1])
			if math.Abs(z0) <= limit {
				return z0
			}
			if math.Abs(z1) <= limit {
				return z1
			}
		}
	}
}

// Permutation returns the numbers 0..n-1 in an order that depends on k alone.
func Permutation(n int, k Key) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	Shuffle(p, k)
	return p
}

// Shuffle puts p into an order that depends on k and len(p) alone (Fisher and Yates, in the form of Durstenfeld): for i from
// len(p)-1 down to 1, element i is exchanged with element Below(i, i+1).
func Shuffle[T any](p []T, k Key) {
	// The places are drawn some at a time: both numbers of a block are used, and the exchanges, whose
	// addresses are then known, need not wait for each other's memory.
	var places [256]int
	for i := len(p) - 1; i > 0; {
		n := 0
		for ; n < len(places) && n < i; n++ {
			at := uint64(i - n)
			b := k.Block(at / 2)
			hi, _ := bits.Mul64(uint64(b[at%2*2])|uint64(b[at%2*2+1])<<32, at+1)
			places[n] = int(hi)
			if at%2 == 1 && n+1 < len(places) && n+1 < i { // at-1 is even, and has the other half of the block
				n++
				hi, _ = bits.Mul64(uint64(b[0])|uint64(b[1])<<32, at)
				places[n] = int(hi)
			}
		}
		for _, j := range places[:n] {
			p[i], p[j] = p[j], p[i]
			i--
		}
	}
}
