package f32gemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// crew is a Runner of several goroutines that take tasks in no particular order.
type crew int

func (c crew) Workers() int { return int(c) }

func (c crew) For(n int, f func(task, worker int)) {
	tasks := make(chan int, n)
	for _, t := range rand.Perm(n) {
		tasks <- t
	}
	close(tasks)
	var wg sync.WaitGroup
	for w := range int(c) {
		wg.Go(func() {
			for t := range tasks {
				f(t, w)
			}
		})
	}
	wg.Wait()
}

// sentinel surrounds every buffer: a NaN that spoils what reads it and shows where it was overwritten.
var sentinel = math.Float32frombits(0x7fabcdef)

const fence = 40

// fenced is a matrix between sentinels, which also fill the gaps between its rows.
type fenced struct {
	all        []float32
	rows, cols int
	ld         int
}

func newFenced(rows, cols, gap int, fill func() float32) *fenced {
	f := &fenced{rows: rows, cols: cols, ld: max(1, cols+gap)}
	f.all = make([]float32, 2*fence+rows*f.ld)
	for i := range f.all {
		f.all[i] = sentinel
	}
	for r := range rows {
		for c := range cols {
			f.all[fence+r*f.ld+c] = fill()
		}
	}
	return f
}

// data is the matrix from its first element to its last, without the last gap: a reader beyond it is caught by check's bounds.
func (f *fenced) data() []float32 {
	if f.rows == 0 || f.cols == 0 {
		return nil
	}
	n := (f.rows-1)*f.ld + f.cols
	return f.all[fence : fence+n : fence+n]
}

func (f *fenced) at(r, c int) float32 { return f.all[fence+r*f.ld+c] }

// intact reports whether everything outside the matrix is as it was made.
func (f *fenced) intact() bool {
	for i, v := range f.all {
		r, c := (i-fence)/f.ld, (i-fence)%f.ld
		if i >= fence && r < f.rows && c < f.cols {
			continue
		}
		if math.Float32bits(v) != math.Float32bits(sentinel) {
			return false
		}
	}
	return true
}

type problem struct {
	m, n, k        int
	transA, transB bool
	gap            int
	accumulate     bool
	bias, relu     bool
}

// operands are the inputs of a problem, and the C it starts from.
type operands struct {
	a, b, c *fenced
	bias    []float32
}

func (q problem) operands(fill func() float32) operands {
	var o operands
	if q.transA {
		o.a = newFenced(q.k, q.m, q.gap, fill)
	} else {
		o.a = newFenced(q.m, q.k, q.gap, fill)
	}
	if q.transB {
		o.b = newFenced(q.n, q.k, q.gap, fill)
	} else {
		o.b = newFenced(q.k, q.n, q.gap, fill)
	}
	o.c = newFenced(q.m, q.n, q.gap, fill)
	if q.bias {
		o.bias = make([]float32, q.n)
		for i := range o.bias {
			o.bias[i] = fill()
		}
	}
	return o
}

// want computes the contract of the package comment, one element at a time.
func (q problem) want(o operands) []float32 {
	var out []float32
	for i := range q.m {
		for j := range q.n {
			c := o.c.at(i, j)
			for p := 0; p == 0 || p < q.k; p += KC {
				s := float32(0)
				for k := p; k < min(q.k, p+KC); k++ {
					var a, b float32
					if q.transA {
						a = o.a.at(k, i)
					} else {
						a = o.a.at(i, k)
					}
					if q.transB {
						b = o.b.at(j, k)
					} else {
						b = o.b.at(k, j)
					}
					s = f32vec.FMA(a, b, s)
				}
				switch {
				case p > 0:
					c = f32vec.Flush(c) + s
				case q.accumulate:
					c += s
				default:
					c = s
				}
			}
			if q.bias {
				c += o.bias[j]
			}
			if q.relu && c < 0 {
				c = 0
			}
			out = append(out, f32vec.Flush(c))
		}
	}
	return out
}

// got runs the problem on a copy of C and reports what went wrong, if anything.
func (q problem) got(o operands, i isa.ISA, r par.Runner) ([]float32, error) {
	c := &fenced{all: append([]float32(nil), o.c.all...), rows: o.c.rows, cols: o.c.cols, ld: o.c.ld}
	p := New(i, q.m, q.n, q.k, q.transA, q.transB)
	scratch := newFenced(1, p.Scratch(r.Workers()), 0, func() float32 { return sentinel })
	after := make([]float32, q.m*q.n) // C as After finds it, each element once
	e := Epilogue{Bias: o.bias, Relu: q.relu, After: func(row0, row1, col0, col1 int) {
		for i := row0; i < row1; i++ {
			for j := col0; j < col1; j++ {
				after[i*q.n+j] += c.at(i, j)
			}
		}
	}}
	p.RunEpilogue(r, o.a.data(), o.a.ld, o.b.data(), o.b.ld, c.data(), c.ld, scratch.data(), q.accumulate, e)
	for name, f := range map[string]*fenced{"A": o.a, "B": o.b, "C": c, "scratch": scratch} {
		if !f.intact() {
			return nil, fmt.Errorf("wrote around %s", name)
		}
	}
	var out []float32
	for r := range q.m {
		for j := range q.n {
			v := c.at(r, j)
			if out = append(out, v); v == v && after[r*q.n+j] != v {
				return nil, fmt.Errorf("After found %v at %d,%d", after[r*q.n+j], r, j)
			}
		}
	}
	return out, nil
}

func (q problem) test(t *testing.T, fill func() float32) {
	t.Helper()
	o := q.operands(fill)
	want := q.want(o)
	for _, i := range isa.All() {
		for _, r := range []par.Runner{par.Serial{}, crew(3)} {
			got, err := q.got(o, i, r)
			if err != nil {
				t.Fatalf("%+v on %v, %d workers: %v", q, i, r.Workers(), err)
			}
			for x := range want {
				if math.Float32bits(got[x]) != math.Float32bits(want[x]) {
					t.Fatalf("%+v on %v, %d workers: element %d,%d is %x, want %x", q, i, r.Workers(), x/q.n, x%q.n, got[x], want[x])
				}
			}
		}
	}
}

func normal(r *rand.Rand) func() float32 { return func() float32 { return float32(r.NormFloat64()) } }

// transposes calls f for each way of storing A and B, and of treating C.
func transposes(f func(q problem)) {
	for x := range 8 {
		f(problem{transA: x&1 != 0, transB: x&2 != 0, accumulate: x&4 != 0})
	}
}

func TestSmallSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	fill := normal(r)
	transposes(func(q problem) {
		for m := 0; m <= 33; m++ {
			for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 23, 24, 25, 31, 32, 33} {
				q.m, q.n, q.k = m, n, r.IntN(34)
				q.gap, q.bias, q.relu = r.IntN(3), r.IntN(2) == 0, r.IntN(2) == 0
				q.test(t, fill)
			}
		}
		for k := 0; k <= 33; k++ {
			q.m, q.n, q.k = r.IntN(34), r.IntN(80), k
			q.gap, q.bias, q.relu = r.IntN(3), r.IntN(2) == 0, r.IntN(2) == 0
			q.test(t, fill)
		}
	})
}

func TestLargerSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	fill := normal(r)
	sizes := [][3]int{
		{1, 97, 513},
		{3, 64, 1025},
		{29, 131, 67},
		{61, 53, 701},
		{127, 101, 41},
		{5, 257, 1300},
		{113, 10, 512},
		{31, 96, 1024},
		{300, 1, 255},
		{97, 2, 1030},
		{75, 3, 514},
		{161, 4, 67},
		{2, 301, 130},
		{4, 99, 1026},
	}
	transposes(func(q problem) {
		for _, s := range sizes {
			q.m, q.n, q.k = s[0], s[1], s[2]
			q.gap, q.bias, q.relu = r.IntN(8), r.IntN(2) == 0, r.IntN(2) == 0
			q.test(t, fill)
		}
	})
}

// TestSpecialValues fills the operands with values whose products under- and overflow.
func TestSpecialValues(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	tiny := func() float32 {
		return math.Float32frombits(r.Uint32()&0x807fffff | uint32(r.IntN(70)+r.IntN(10)*r.IntN(10))<<23)
	}
	rare := func(p int, vs ...float32) func() float32 {
		f := normal(r)
		return func() float32 {
			if r.IntN(p) == 0 {
				return vs[r.IntN(len(vs))]
			}
			return f()
		}
	}
	inf := float32(math.Inf(1))
	fills := map[string]func() float32{
		"denormals": tiny,
		"zeros":     rare(2, 0, float32(math.Copysign(0, -1))),
		"NaN":       rare(60, math.Float32frombits(0x7f800123), math.Float32frombits(0xffc12345), 1),
		"Inf":       rare(40, inf, -inf, 0, math.MaxFloat32),
		"any bits":  func() float32 { return math.Float32frombits(r.Uint32()) },
	}
	for name, fill := range fills {
		t.Run(name, func(t *testing.T) {
			transposes(func(q problem) {
				for range 6 {
					q.m, q.n, q.k = 1+r.IntN(40), 1+r.IntN(70), 1+r.IntN(20)
					q.bias, q.relu = r.IntN(2) == 0, r.IntN(2) == 0
					q.test(t, fill)
				}
				q.m, q.n, q.k = 3, 18, KC+5
				q.test(t, fill)
			})
		})
	}
}

// TestSeveralPasses takes more of B than is packed at once.
func TestSeveralPasses(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	q := problem{m: 14*nearStrips + 9, n: packedBMax/4096 + 77, k: 4096 + 3}
	p := New(isa.Detect(), q.m, q.n, q.k, false, false)
	if p.Single() {
		t.Fatalf("%+v takes one pass", q)
	}
	o := q.operands(normal(r))
	got, err := q.got(o, isa.Detect(), crew(3))
	if err != nil {
		t.Fatal(err)
	}
	// A few rows are enough, each as a problem of its own.
	for _, i := range []int{0, 13, 14, q.m - 1} {
		one := problem{m: 1, n: q.n, k: q.k}
		oo := operands{a: newFenced(1, q.k, 0, func() float32 { return 0 }), b: o.b, c: newFenced(1, q.n, 0, func() float32 { return 0 })}
		copy(oo.a.data(), o.a.data()[i*o.a.ld:][:q.k])
		for j, w := range one.want(oo) {
			if got[i*q.n+j] != w {
				t.Fatalf("row %d: got %v, want %v", i, got[i*q.n+j], w)
			}
		}
	}
}

// TestBind runs two products together.
func TestBind(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	fill := normal(r)
	for _, i := range isa.All() {
		for _, sizes := range [][2]problem{
			{{m: 128, n: 70, k: 40, transB: true}, {m: 70, n: 40, k: 128, transA: true}},
			{{m: 5, n: 300, k: 600}, {m: 300, n: 600, k: 5, transA: true}},
			{{m: 0, n: 4, k: 4}, {m: 1, n: 1, k: 1}},
			{{m: 300, n: 2, k: 40}, {m: 70, n: 3, k: 300, transA: true}},
			{{m: 3, n: 200, k: 40, transA: true, transB: true}, {m: 70, n: 1, k: 300}},
		} {
			var got, want [2][]float32
			var packs, products []func(worker int)
			for x, q := range sizes {
				o := q.operands(fill)
				p := New(i, q.m, q.n, q.k, q.transA, q.transB)
				want[x] = append([]float32(nil), o.c.data()...)
				p.Run(crew(2), o.a.data(), o.a.ld, o.b.data(), o.b.ld, want[x], o.c.ld, make([]float32, p.Scratch(2)), false)
				got[x] = append([]float32(nil), o.c.data()...)
				n, m := p.Bind(3, o.a.data(), o.a.ld, o.b.data(), o.b.ld, got[x], o.c.ld, make([]float32, p.Scratch(3)), false, Epilogue{})
				for t := range n {
					packs = append(packs, func(worker int) { p.Pack(t, worker) })
				}
				for t := range m {
					products = append(products, func(worker int) { p.Product(t, worker) })
				}
				defer p.Release()
			}
			crew(3).For(len(packs), func(task, worker int) { packs[task](worker) })
			crew(3).For(len(products), func(task, worker int) { products[task](worker) })
			for x := range want {
				for e := range want[x] {
					if math.Float32bits(got[x][e]) != math.Float32bits(want[x][e]) {
						t.Fatalf("%+v on %v: element %d is %v, want %v", sizes[x], i, e, got[x][e], want[x][e])
					}
				}
			}
		}
	}
}

func TestRunRefusesShortBuffers(t *testing.T) {
	p := New(isa.Detect(), 5, 7, 3, false, true)
	full := func() [4][]float32 {
		return [4][]float32{make([]float32, 15), make([]float32, 21), make([]float32, 35), make([]float32, p.Scratch(1))}
	}
	try := func(x [4][]float32, lda, ldb, ldc int, bias []float32) (panicked bool) {
		defer func() { panicked = recover() != nil }()
		p.RunEpilogue(par.Serial{}, x[0], lda, x[1], ldb, x[2], ldc, x[3], false, Epilogue{Bias: bias})
		return false
	}
	if try(full(), 3, 3, 7, make([]float32, 7)) {
		t.Error("refused buffers of the right size")
	}
	for i := range 4 {
		x := full()
		x[i] = x[i][:len(x[i])-1]
		if !try(x, 3, 3, 7, nil) {
			t.Errorf("accepted a short buffer %d", i)
		}
	}
	if !try(full(), 2, 3, 7, nil) || !try(full(), 3, 2, 7, nil) || !try(full(), 3, 3, 6, nil) {
		t.Error("accepted a leading dimension smaller than a row")
	}
	if !try(full(), 3, 3, 7, make([]float32, 6)) {
		t.Error("accepted a short bias")
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	for _, i := range isa.All() {
		p := New(i, 40, 50, 60, false, false)
		a, b, c := make([]float32, 2400), make([]float32, 3000), make([]float32, 2000)
		scratch := make([]float32, p.Scratch(1))
		if n := testing.AllocsPerRun(5, func() {
			p.Run(par.Serial{}, a, 60, b, 50, c, 50, scratch, false)
		}); n != 0 {
			t.Errorf("%v: %v allocations in a Run", i, n)
		}
	}
}
