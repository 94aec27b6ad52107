package gpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(bindDense, "Bias", "Relu", "Dropped")
	_ = register(bindDenseGrad, "Bias", "Relu", "Dropped")
)

type gemmParams struct {
	a, b, bias, c Ptr
	lda, ldb, ldc int64
	sa, sb, sc    [2]int64
	part          int64
	m, n, k       int32
	batch1        int32
	parts, kPart  int32
	relu          int32
	alpha         float32
}

// product is C = alpha·A·B (+ bias), then relu: A is m x k or, transposed, stored as k x m; of a batch there are batch[0] x batch[1].
type product struct {
	a, b, c       Ptr
	ta, tb        bool
	m, n, k       int
	lda, ldb, ldc int
	batch         [2]int
	sa, sb, sc    [2]int
	bias          Ptr
	relu          bool
	alpha         float32
	whole         bool // k is not cut
}

// matrices is a product of dense matrices.
func matrices(a, b, c Ptr, m, n, k int, ta, tb bool) product {
	p := product{a: a, b: b, c: c, ta: ta, tb: tb, m: m, n: n, k: k, lda: k, ldb: n, ldc: n, batch: [2]int{1, 1}, alpha: 1}
	if ta {
		p.lda = m
	}
	if tb {
		p.ldb = k
	}
	return p
}

// longest is how long a chain of multiply-adds may be where there are few results for a device to work on.
const (
	longest    = 1024
	fewResults = 1 << 16
	mostParts  = 64
)

// parts cuts k where there are few results: into how many, and how long each is.
func parts(results, k int) (count, part int) {
	if results >= fewResults || k <= longest {
		return 1, max(1, k)
	}
	count = min(mostParts, (k+longest-1)/longest, fewResults/results+1)
	part = (k + count - 1) / count
	part = (part + 15) &^ 15
	return (k + part - 1) / part, part
}

type joinParams struct {
	parts, bias, out Ptr
	n                int64
	count, units     int32
	relu             int32
	alpha            float32
}

// multiply launches a product.
func (b *Bound) multiply(p product) {
	if p.m == 0 || p.n == 0 || p.batch[0]*p.batch[1] == 0 {
		return
	}
	if b.library(p) {
		return
	}
	batch := p.batch[0] * p.batch[1]
	count, part := 1, max(1, p.k)
	if batch == 1 && p.ldc == p.n && !p.whole {
		count, part = parts(p.m*p.n, p.k)
	}
	g := gemmParams{
		a: p.a, b: p.b, bias: p.bias, c: p.c, lda: int64(p.lda), ldb: int64(p.ldb), ldc: int64(p.ldc), m: int32(p.m), n: int32(p.n), k: int32(p.k),
		batch1: int32(p.batch[1]), parts: int32(count), kPart: int32(part), alpha: p.alpha,
	}
	for i := range 2 {
		g.sa[i], g.sb[i], g.sc[i] = int64(p.sa[i]), int64(p.sb[i]), int64(p.sc[i])
	}
	if p.relu {
		g.relu = 1
	}
	if count > 1 {
		g.c, g.part = b.temporary(count*p.m*p.n), int64(p.m*p.n)
	}
	side, name := 64, "_64"
	if p.m*p.n*batch >= 1<<20 && min(p.m, p.n) >= 128 {
		side, name = 128, "_128"
	}
	if b.precision != Float32 {
		side, name = 64, b.precision.suffix()
	}
	letter := func(t bool) string {
		if t {
			return "t"
		}
		return "n"
	}
	grid := [3]int{(p.n + side - 1) / side, (p.m + side - 1) / side, batch * count}
	launch(b, "gemm_"+letter(p.ta)+letter(p.tb)+name, grid, threads, g)
	if count > 1 {
		b.join(g.c, p.c, p.m*p.n, count, p)
	}
}

// join adds the parts of a product.
func (b *Bound) join(from, to Ptr, n, count int, p product) {
	j := joinParams{parts: from, bias: p.bias, out: to, n: int64(n), count: int32(count), units: int32(p.n), alpha: p.alpha}
	if p.relu {
		j.relu = 1
	}
	each(b, "join", n, j)
}

func denseSizes(o *op.Op) (rows, in, units int) {
	w := o.In[1].Shape
	return o.In[0].Elems() / max(1, w[0]), w[0], w[1]
}

func bindDense(d op.Dense, b *Bound) error {
	rows, in, units := denseSizes(b.Op)
	if (rows+63)/64 > 65535 {
		return b.unsupported("%d rows", rows)
	}
	p := matrices(b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr, rows, units, in, false, false)
	p.relu = d.Relu
	if d.Bias {
		p.bias = b.In[2].Ptr
	}
	if d.Dropped == nil {
		b.multiply(p)
		return nil
	}
	p.c = b.temporary(rows * units)
	b.multiply(p)
	return b.dropout(*d.Dropped, Mem{p.c, b.Out[0].Spec}, b.Out[0].Ptr)
}

type maskParams struct {
	y, dy, dz Ptr
	n         int64
}

// reluMask is dy where y is above 0.
func (b *Bound) reluMask(y, dy Ptr, n int) Ptr {
	dz := b.temporary(n)
	each(b, "relu_mask", n, maskParams{y, dy, dz, int64(n)})
	return dz
}

func bindDenseGrad(d op.DenseGrad, b *Bound) error {
	rows, in, units := denseSizes(b.Op)
	if (rows+63)/64 > 65535 {
		return b.unsupported("%d rows", rows)
	}
	dz := b.In[3].Ptr
	if d.Dropped != nil {
		dz = b.temporary(rows * units)
		if err := b.dropout(*d.Dropped, b.In[3], dz); err != nil {
			return err
		}
	}
	if d.Relu {
		dz = b.reluMask(b.In[2].Ptr, dz, rows*units)
	}
	if !b.Out[0].Unread() {
		b.multiply(matrices(dz, b.In[1].Ptr, b.Out[0].Ptr, rows, in, units, false, true))
	}
	if !b.Out[1].Unread() {
		b.multiply(matrices(b.In[0].Ptr, dz, b.Out[1].Ptr, in, units, rows, true, false))
	}
	if d.Bias && !b.Out[2].Unread() {
		b.columnSums(dz, b.Out[2].Ptr, rows, units)
	}
	return nil
}
