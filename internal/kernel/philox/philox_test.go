package philox

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// The known answers of Random123, tests/kat_vectors, philox4x32 10.
func TestKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := Uint32x4(c.key, c.ctr); got != c.want {
			t.Errorf("Uint32x4(%#x, %#x) = %#x, want %#x", c.key, c.ctr, got, c.want)
		}
	}
}

var key = NewKey(42).Derive(3).Derive(7)

var fills = map[string]func(dst []float32, k Key, offset uint64){
	"uniform":          func(d []float32, k Key, o uint64) { Uniform(d, k, o, -1, 3) },
	"normal":           func(d []float32, k Key, o uint64) { Normal(d, k, o, 2, 0.5) },
	"truncated normal": func(d []float32, k Key, o uint64) { TruncatedNormal(d, k, o, 2, 0.5) },
	"bernoulli":        func(d []float32, k Key, o uint64) { Bernoulli(isa.Detect(), d, k, o, 0.3, 4) },
}

// A part of a sequence is the same whether it is made alone or with the rest.
func TestFillsCanBeCutAnywhere(t *testing.T) {
	for name, fill := range fills {
		for _, base := range []uint64{0, 1, 6, 1<<32 - 9, 1 << 40} {
			whole := make([]float32, 41)
			fill(whole, key, base)
			for lo := range 12 {
				for n := range 18 {
					part := make([]float32, n)
					fill(part, key, base+uint64(lo))
					if !slices.Equal(part, whole[lo:lo+n]) {
						t.Fatalf("%s: %d elements from %d are %v, as part of all they are %v", name, n, base+uint64(lo), part, whole[lo:lo+n])
					}
				}
			}
		}
	}
}

// The moments and the range of each distribution, from 200,000 elements: the limits are five standard errors wide.
func TestMoments(t *testing.T) {
	// A standard normal cut at 2 has the variance 1 - 4 pdf(2)/(cdf(2) - cdf(-2)).
	cut := 1 - 4*math.Exp(-2)/math.Sqrt(2*math.Pi)/math.Erf(math.Sqrt2)
	for name, c := range map[string]struct{ mean, variance, lo, hi float64 }{
		"uniform":          {1, 16. / 12, -1, 3},
		"normal":           {2, 0.25, -1.5, 5.5},
		"truncated normal": {2, 0.25 * cut, 1, 3},
		"bernoulli":        {1.2, 0.3 * 0.7 * 16, 0, 4},
	} {
		const n = 200000
		x := make([]float32, n)
		fills[name](x, key, 5)
		var sum, squares, lag float64
		for i, v := range x {
			d := float64(v) - c.mean
			sum += d
			squares += d * d
			if i > 0 {
				lag += d * (float64(x[i-1]) - c.mean)
			}
			if float64(v) < c.lo || float64(v) > c.hi {
				t.Fatalf("%s: element %d is %g, outside %g..%g", name, i, v, c.lo, c.hi)
			}
		}
		if e := 5 * math.Sqrt(c.variance/n); math.Abs(sum/n) > e {
			t.Errorf("%s: the mean is off by %g, more than %g", name, sum/n, e)
		}
		if math.Abs(squares/n/c.variance-1) > 5*math.Sqrt(3./n) {
			t.Errorf("%s: the variance is %g, want %g", name, squares/n, c.variance)
		}
		if math.Abs(lag/n/c.variance) > 5/math.Sqrt(n) {
			t.Errorf("%s: neighbours correlate by %g", name, lag/n/c.variance)
		}
	}
}

func TestNormalTails(t *testing.T) {
	const n = 400000
	x := make([]float32, n)
	Normal(x, key, 0, 0, 1)
	for _, c := range []struct{ z, p float64 }{{0.5, 0.30853754}, {1, 0.15865525}, {2, 0.02275013}, {3, 0.00134990}} {
		up, down := 0, 0
		for _, v := range x {
			if float64(v) > c.z {
				up++
			}
			if float64(v) < -c.z {
				down++
			}
		}
		e := 5 * math.Sqrt(c.p*n)
		if math.Abs(float64(up)-c.p*n) > e || math.Abs(float64(down)-c.p*n) > e {
			t.Errorf("%d above %g and %d below -%g, want %g", up, c.z, down, c.z, c.p*n)
		}
	}
}

func TestBernoulliEnds(t *testing.T) {
	x := make([]float32, 1000)
	Bernoulli(isa.Detect(), x, key, 0, 1, 2)
	if slices.Contains(x, 0) {
		t.Error("an element is 0 with p = 1")
	}
	Bernoulli(isa.Detect(), x, key, 0, 0, 2)
	if slices.Contains(x, 2) {
		t.Error("an element is kept with p = 0")
	}
}

// The vector kernel makes the elements of the plain one, also where the block number passes 2**32.
func TestBernoulliIsTheSameOnEveryISA(t *testing.T) {
	for _, p := range []float64{0, 1e-9, 0.25, 0.5, 0.9, 1} {
		for _, offset := range []uint64{0, 1, 2, 3, 4, 1<<34 - 20, 1<<34 - 33, 1 << 63} {
			for n := range 200 {
				want := make([]float32, n)
				Bernoulli(isa.Generic, want, key, offset, p, 1.25)
				for _, i := range isa.All() {
					got := make([]float32, n+1)
					got[n] = 7
					Bernoulli(i, got[:n:n], key, offset, p, 1.25)
					if !slices.Equal(got[:n], want) || got[n] != 7 {
						t.Fatalf("%v, p = %g: %d elements from %d are %v, want %v", i, p, n, offset, got, want)
					}
				}
			}
		}
	}
}

// Dropout is the product with Bernoulli's factors, but for what is dropped.
func TestDropout(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, p := range []float64{0, 0.25, 0.8, 1} {
		for _, offset := range []uint64{0, 1, 2, 3, 4, 1<<34 - 33, 1 << 63} {
			for n := range 200 {
				x, factors := make([]float32, n), make([]float32, n)
				for j := range x {
					x[j] = []float32{1.5, -2, 0x1p-126, -0x1p-127, inf, 3, float32(math.NaN())}[j%7]
				}
				Bernoulli(isa.Generic, factors, key, offset, p, 0.75)
				for _, i := range isa.All() {
					for _, got := range [][]float32{make([]float32, n+1), append(slices.Clone(x), 0)} {
						got[n] = 7
						src := x
						if n > 0 && got[0] != 0 { // in place
							src = got[:n]
						}
						Dropout(i, got[:n:n], src, key, offset, p, 0.75)
						for j, f := range factors {
							want := float32(0)
							if f != 0 {
								want = f32vec.Flush(x[j] * 0.75)
							}
							if math.Float32bits(got[j]) != math.Float32bits(want) {
								t.Fatalf("%v, p = %g: element %d of %d from %d is %g, want %g", i, p, j, n, offset, got[j], want)
							}
						}
						if got[n] != 7 {
							t.Fatalf("%v: wrote behind %d elements from %d", i, n, offset)
						}
					}
				}
			}
		}
	}
}

// Keys derived along different paths give different sequences.
func TestDerivedKeysDiffer(t *testing.T) {
	seen := map[[4]uint32]string{}
	check := func(k Key, name string) {
		for j := range uint64(3) {
			b := k.Block(j)
			if old, ok := seen[b]; ok {
				t.Errorf("block %d of %s is also one of %s", j, name, old)
			}
			seen[b] = name
		}
	}
	for seed := range uint64(5) {
		k := NewKey(seed)
		check(k, fmt.Sprint(seed))
		for i := range uint64(20) {
			check(k.Derive(i), fmt.Sprint(seed, i))
			for j := range uint64(20) {
				check(k.Derive(i).Derive(j), fmt.Sprint(seed, i, j))
			}
		}
	}
}

func TestPermutation(t *testing.T) {
	for n := range 50 {
		p := Permutation(n, key)
		if !slices.Equal(p, Permutation(n, key)) {
			t.Fatalf("two permutations of %d differ", n)
		}
		slices.Sort(p)
		for i, v := range p {
			if i != v {
				t.Fatalf("the permutation of %d is not one: %v", n, p)
			}
		}
	}
	// As the definition has it, at any length.
	for _, n := range []int{2, 3, 4, 7, 255, 256, 257, 258, 511, 512, 513, 1000, 4099} {
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		for i := n - 1; i > 0; i-- {
			j := key.Below(uint64(i), uint64(i)+1)
			want[i], want[j] = want[j], want[i]
		}
		if !slices.Equal(Permutation(n, key), want) {
			t.Errorf("%d things are in another order", n)
		}
	}
	// All 24 orders of four things are about equally frequent.
	count := map[[4]int]int{}
	const n = 24000
	for i := range uint64(n) {
		count[[4]int(Permutation(4, key.Derive(i)))]++
	}
	for o, c := range count {
		if len(count) != 24 || c < 850 || c > 1150 {
			t.Fatalf("%d orders; %v came %d times of %d", len(count), o, c, n)
		}
	}
}

// These values are part of what makes a run reproducible: they must never change.
func TestValuesStay(t *testing.T) {
	for name, want := range map[string][]uint32{
		"uniform":          {0x3f476784, 0x3f8ccf22, 0xbf631994, 0x4017ed5b},
		"normal":           {0x40103869, 0x4023c19c, 0x4006686e, 0x40122002},
		"truncated normal": {0x3fbb055b, 0x40146763, 0x40028400, 0x3fe4da65},
		"bernoulli":        {0x0, 0x0, 0x40800000, 0x0},
	} {
		x := make([]float32, 4)
		fills[name](x, key, 9)
		var got []uint32
		for _, v := range x {
			got = append(got, math.Float32bits(v))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %#v, want %#v", name, got, want)
		}
	}
	if got := Permutation(8, key); !slices.Equal(got, []int{3, 5, 4, 1, 7, 0, 6, 2}) {
		t.Errorf("permutation: got %v", got)
	}
}

func BenchmarkShuffle(b *testing.B) {
	p := make([]int32, 1_000_000)
	for b.Loop() {
		Shuffle(p, key)
	}
}
