package cpu

import (
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// gemm is a product of matrices of one shape, C[m,n] = op(A)·op(B) with op(A) [m,k] and op(B) [k,n],
// where op transposes or not: package f32gemm for float32, a plain loop for float64.
type gemm[T Float] struct {
	plan           *f32gemm.Plan
	m, n, k        int
	transA, transB bool

	pack    func(t, worker int) // of the plan
	product func(t, worker int)
	task    func(t, worker int)
	a, b, c []T
	bias    []T
	lda     int
	ldb     int
	ldc     int
	add     bool
	relu    bool
}

func newGemm[T Float](i isa.ISA, m, n, k int, transA, transB bool) *gemm[T] {
	g := &gemm[T]{m: m, n: n, k: k, transA: transA, transB: transB}
	if is32[T]() {
		g.plan = f32gemm.New(i, m, n, k, transA, transB)
		g.pack, g.product = g.plan.Pack, g.plan.Product
	}
	g.task = g.row
	return g
}

// scratch is how many elements of scratch memory run wants.
func (g *gemm[T]) scratch(workers int) int {
	if g.plan != nil {
		return g.plan.Scratch(workers)
	}
	return 0
}

// keep says that b will not change from now on.
func (g *gemm[T]) keep() {
	if g.plan != nil {
		g.plan.Keep()
	}
}

// operands of a run: the matrices and the distances between their rows.
type operands[T Float] struct {
	a, b, c       []T
	lda, ldb, ldc int
	bias          []T  // added to each row, or nil
	add           bool // to what is in c
	relu          bool
	after         func(row0, row1, col0, col1 int) // called for each part of c that is done, or nil
}

func f32epilogue[T Float](o operands[T]) f32gemm.Epilogue {
	return f32gemm.Epilogue{Bias: f32(o.bias), Relu: o.relu, After: o.after}
}

func (g *gemm[T]) run(r par.Runner, o operands[T], scratch []T) {
	if g.plan != nil {
		g.plan.RunEpilogue(r, f32(o.a), o.lda, f32(o.b), o.ldb, f32(o.c), o.ldc, f32(scratch), o.add, f32epilogue(o))
		return
	}
	g.a, g.b, g.c, g.lda, g.ldb, g.ldc, g.bias, g.add, g.relu = o.a, o.b, o.c, o.lda, o.ldb, o.ldc, o.bias, o.add, o.relu
	r.For(g.m, g.task)
	if o.after != nil {
		o.after(0, g.m, 0, g.n)
	}
}

// row computes one row of C.
func (g *gemm[T]) row(i, _ int) {
	c := g.c[i*g.ldc:][:g.n]
	if !g.add {
		clear(c)
	}
	for p := range g.k {
		at := i*g.lda + p
		if g.transA {
			at = p*g.lda + i
		}
		x := g.a[at]
		if g.transB {
			for j := range c {
				c[j] += T(x * g.b[j*g.ldb+p])
			}
			continue
		}
		for j, y := range g.b[p*g.ldb:][:g.n] {
			c[j] += T(x * y)
		}
	}
	for j := range c {
		if g.bias != nil {
			c[j] += g.bias[j]
		}
		if g.relu && c[j] < 0 {
			c[j] = 0
		}
	}
}
