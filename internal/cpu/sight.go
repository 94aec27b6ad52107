package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// sight is which keys the queries of an attention may attend to, bound to memory.
type sight[T Float] struct {
	op.Sight
	isa            isa.ISA
	heads, t, s    int
	keys           []maskOf[T] // the same for all queries
	queries        []maskOf[T] // the same for all keys
	pairs          []maskOf[T]
	drop           op.Dropout
	keep           float64
	factor         float32
	key            philox.Key
	empty, largest T // the score of a hidden key, and the logarithm stored for a query without keys
}

// maskOf is a mask: 0 hides. An axis that it does not have has a stride of 0.
type maskOf[T Float] struct {
	f      []T
	i      []int32
	stride [4]int
}

func newSight[T Float](o op.Sight, is isa.ISA, masks []Buf[T], heads, t, s int) *sight[T] {
	v := &sight[T]{Sight: o, isa: is, heads: heads, t: t, s: s, drop: o.Dropout(), keep: 1 - o.Rate, empty: T(math.Inf(-1)), largest: T(math.Inf(1))}
	if v.keep > 0 {
		v.factor = float32(1 / v.keep)
	}
	for _, m := range masks {
		k := maskOf[T]{f: m.F, i: m.I}
		size := 1
		for a := 3; a >= 0; a-- {
			if m.Shape[a] > 1 {
				k.stride[a] = size
			}
			size *= m.Shape[a]
		}
		switch {
		case m.Shape[2] == 1:
			v.keys = append(v.keys, k)
		case m.Shape[3] == 1:
			v.queries = append(v.queries, k)
		default:
			v.pairs = append(v.pairs, k)
		}
	}
	return v
}

func (m *maskOf[T]) hides(b, h, t, s int) bool {
	at := b*m.stride[0] + h*m.stride[1] + t*m.stride[2] + s*m.stride[3]
	if m.i != nil {
		return m.i[at] == 0
	}
	return m.f[at] == 0
}

// span is the keys from lo up to, but without, hi: those near enough to query t, and not after it
// where that is asked for.
func (v *sight[T]) span(t int) (lo, hi int) {
	hi = v.s
	if v.Causal {
		hi = min(hi, t+1)
	}
	if v.Window > 0 {
		lo = max(0, t-v.Window+1)
		hi = min(hi, t+v.Window)
	}
	return min(lo, hi), hi
}

// spans is the keys that one of the queries t0 to t1-1 reaches.
func (v *sight[T]) spans(t0, t1 int) (lo, hi int) {
	lo, _ = v.span(t0)
	_, hi = v.span(t1 - 1)
	return min(lo, hi), hi
}

// reach is the queries from lo up to, but without, hi that reach one of the keys s0 to s1-1.
func (v *sight[T]) reach(s0, s1 int) (lo, hi int) {
	hi = v.t
	if v.Causal {
		lo = s0
	}
	if v.Window > 0 {
		lo = max(lo, s0-v.Window+1)
		hi = min(hi, s1-1+v.Window)
	}
	return min(lo, hi), max(0, hi)
}

// blind tells whether a mask hides all keys from a query.
func (v *sight[T]) blind(b, h, t int) bool {
	for i := range v.queries {
		if v.queries[i].hides(b, h, t, 0) {
			return true
		}
	}
	return false
}

// keyBias sets dst to what is added to the scores of keys s0, s0+1, ...: 0, or the score of a hidden
// key.
func (v *sight[T]) keyBias(dst []T, b, h, s0 int) {
	clear(dst)
	for i := range v.keys {
		for j := range dst {
			if v.keys[i].hides(b, h, 0, s0+j) {
				dst[j] = v.empty
			}
		}
	}
}

// hide gives the keys that query t may not attend to the score of a hidden key. row is the scores of
// keys s0, s0+1, ....
func (v *sight[T]) hide(row []T, b, h, t, s0 int) {
	lo, hi := v.seen(row, b, h, t, s0)
	for i := range row[:lo] {
		row[i] = v.empty
	}
	for i := hi; i < len(row); i++ {
		row[i] = v.empty
	}
	v.hideBy(v.keys, row[:hi], b, h, t, s0, lo)
}

// seen is the part of a row of scores, of the keys s0, s0+1, ..., outside of which query t may attend to none. Within it, those that a mask
// of pairs hides get the score of a hidden key, and those that one of keys alone hides are left as they are.
func (v *sight[T]) seen(row []T, b, h, t, s0 int) (lo, hi int) {
	lo, hi = v.span(t)
	if len(v.queries) > 0 && v.blind(b, h, t) {
		return 0, 0
	}
	lo, hi = min(max(lo-s0, 0), len(row)), min(max(hi-s0, 0), len(row))
	if len(v.pairs) > 0 {
		v.hideBy(v.pairs, row[:hi], b, h, t, s0, lo)
	}
	return lo, hi
}

func (v *sight[T]) hideBy(masks []maskOf[T], row []T, b, h, t, s0, lo int) {
	for i := range masks {
		m := &masks[i]
		for j := lo; j < len(row); j++ {
			if m.hides(b, h, t, s0+j) {
				row[j] = v.empty
			}
		}
	}
}

// begin takes the random sequence of the step at hand.
func (v *sight[T]) begin(c *Context) {
	if v.Rate > 0 {
		v.key = c.stream(v.drop)
	}
}

// factors sets dst to what dropout multiplies the weights of query t and keys s0, s0+1, ... by.
func (v *sight[T]) factors(dst []T, b, h, t, s0 int) {
	at := uint64(b*v.heads+h)*uint64(v.t) + uint64(t)
	bernoulli(v.isa, dst, v.key, at*uint64(v.s)+uint64(s0), v.keep, v.factor)
}

// softmax replaces the scores of a row by their exponentials over the sum, and returns the logarithm
// of that sum; of a row in which every key is hidden it makes zeros and returns largest.
func (v *sight[T]) softmax(row []T) T {
	m := rowMax(v.isa, row)
	if m == v.empty {
		clear(row)
		return v.largest
	}
	for i, x := range row {
		row[i] = x - m
	}
	expRow(v.isa, row)
	sum := sumLanes(v.isa, row)
	for i, x := range row {
		row[i] = flush(x / sum)
	}
	return m + logOf(sum)
}

// again makes of the scores of a row what softmax made of them when it returned l.
func (v *sight[T]) again(row []T, l T) {
	for i, x := range row {
		row[i] = x - l
	}
	expRow(v.isa, row)
}

func logOf[T Float](x T) T {
	if is32[T]() {
		return T(f32vec.Log(float32(x)))
	}
	return T(f32vec.Log64(float64(x)))
}
