package gpu

import "errors"

// Product is a product of matrices for a library: C = Alpha·A·B (+ Bias by column), then the positive part where Relu. A is M x K or, transposed,
// stored as K x M; rows lie LDA, LDB and LDC elements apart, matrices of a batch StrideA, StrideB and StrideC.
type Product struct {
	A, B, C, Bias             Ptr
	TransA, TransB, Relu      bool
	M, N, K                   int
	LDA, LDB, LDC             int
	Batch                     int
	StrideA, StrideB, StrideC int
	Alpha                     float32
	Precision                 Precision
}

// Multiplier is a Driver that may have found a library of products, which are faster than the kernels that are there without one.
type Multiplier interface {
	// Library names what was found, or says what was not. It is asked after Open.
	Library() (name string, err error)
	// Prepare makes a product ready: run gives it to a stream, also one that notes its work. An error says that the library cannot do it.
	Prepare(p *Product) (run func(s Stream) error, err error)
}

// leastProduct is from how many multiply-adds on a product is left to a library.
const leastProduct = 1 << 14

// library notes a product for the library, if there is one that it is for.
func (b *Bound) library(p product) bool {
	over := 0 // the axis of the batch
	if p.batch[0] == 1 {
		over = 1
	}
	if !b.libraries || p.batch[1-over] != 1 || p.m*p.n*max(1, p.k) < leastProduct || p.k == 0 {
		return false
	}
	b.launches = append(b.launches, call{step: b.step, product: &Product{
		A: p.a, B: p.b, C: p.c, Bias: p.bias, TransA: p.ta, TransB: p.tb, Relu: p.relu, M: p.m, N: p.n, K: p.k, LDA: p.lda, LDB: p.ldb, LDC: p.ldc,
		Batch: p.batch[over], StrideA: p.sa[over], StrideB: p.sb[over], StrideC: p.sc[over], Alpha: p.alpha, Precision: b.precision,
	}})
	return true
}

// errNoLibrary is what a make of device says that knows no library.
var errNoLibrary = errors.New("there is no library of products for this make of device")

// Library names the library of products that programs of this device use, or says why there is none.
func (d *Device) Library() (string, error) {
	if m, ok := d.driver.(Multiplier); ok {
		return m.Library()
	}
	return "", errNoLibrary
}
