// Package philox makes random numbers by counting: the number at an index is a function of a key and the index, so there is no state
// to save or to race for, and any part of a sequence can be made by any worker.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC'11). A Key names one sequence; Derive makes the key of a sub-sequence, so that a key can be made for (seed, stream, epoch,
// example, op) step by step. Block j of a sequence is the four uint32 that Philox makes of the key and the counter j;
// each kind of fill says which words its element i uses.
package philox

import "math/bits"

const (
	mul0, mul1   = 0xd2511f53, 0xcd9e8d57
	weyl0, weyl1 = 0x9e3779b9, 0xbb67ae85
)

// Uint32x4 returns the four words that Philox4x32-10 makes of a key and a counter.
func Uint32x4(key [2]uint32, ctr [4]uint32) [4]uint32 {
	k0, k1 := key[0], key[1]
	c0, c1, c2, c3 := ctr[0], ctr[1], ctr[2], ctr[3]
	// Two rounds at a time, so that the words need not change places.
	for range 5 {
		p, q := mul0*uint64(c0), mul1*uint64(c2)
		c0, c1, c2, c3 = uint32(q>>32)^c1^k0, uint32(q), uint32(p>>32)^c3^k1, uint32(p)
		k0 += weyl0
		k1 += weyl1
		p, q = mul0*uint64(c0), mul1*uint64(c2)
		c0, c1, c2, c3 = uint32(q>>32)^c1^k0, uint32(q), uint32(p>>32)^c3^k1, uint32(p)
		k0 += weyl0
		k1 += weyl1
	}
	return [4]uint32{c0, c1, c2, c3}
}

// Key names a sequence of random numbers: Philox's key, and the upper half of its counter.
type Key struct {
	Key     [2]uint32
	Counter [2]uint32
}

// NewKey returns the key of a seed.
func NewKey(seed uint64) Key {
	return Key{Key: [2]uint32{uint32(seed), uint32(seed >> 32)}}
}

// deriveTag keeps what Derive draws apart from the blocks of the sequence itself.
const deriveTag = 0x64726c6e

// Derive returns the key of the sub-sequence id: a sequence that has nothing to do with k's own, nor with that of
// another id, nor with those derived from another key.
func (k Key) Derive(id uint64) Key {
	w := Uint32x4([2]uint32{k.Key[0] ^ deriveTag, k.Key[1]}, [4]uint32{uint32(id), uint32(id >> 32), k.Counter[0], k.Counter[1]})
	return Key{Key: [2]uint32{w[0], w[1]}, Counter: [2]uint32{w[2], w[3]}}
}

// Block returns words 4j to 4j+3 of k's sequence.
func (k Key) Block(j uint64) [4]uint32 {
	return Uint32x4(k.Key, [4]uint32{uint32(j), uint32(j >> 32), k.Counter[0], k.Counter[1]})
}

// Uint32 returns word i of k's sequence.
func (k Key) Uint32(i uint64) uint32 {
	b := k.Block(i / 4)
	return b[i%4]
}

// Uint64 returns words 2i and 2i+1 of k's sequence as one number, the first as the lower half.
func (k Key) Uint64(i uint64) uint64 {
	b := k.Block(i / 2)
	h := i % 2 * 2
	return uint64(b[h]) | uint64(b[h+1])<<32
}

// Below returns a number in 0..n-1 made of words 2i and 2i+1: the upper half of their product with n. Its bias is below n / 2**64.
func (k Key) Below(i, n uint64) uint64 {
	hi, _ := bits.Mul64(k.Uint64(i), n)
	return hi
}
