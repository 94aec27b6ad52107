package cpu

import (
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// fixed is a product with one matrix B for many small A, C[rows,n] = A·op(B) with op(B) [k,n]: f32gemm.Packed for float32, a plain
// loop for float64. B is bound for a run by pack.
type fixed[T Float] struct {
	plan   *f32gemm.Packed // nil for float64
	n, k   int
	trans  bool
	b      []T
	ldb    int
	packed []T
	below  []T // further rows of B, kBelow of them, or nil
	kBelow int
}

// newFixed plans products of about that many rows.
func newFixed[T Float](i isa.ISA, rows, n, k int, trans bool) *fixed[T] {
	f := &fixed[T]{n: n, k: k, trans: trans}
	if is32[T]() {
		f.plan = f32gemm.NewPacked(i, rows, n, k, trans)
	}
	return f
}

// memory is how many elements the packed B takes.
func (f *fixed[T]) memory() int {
	if f.plan == nil {
		return 0
	}
	return padded(f.plan.Len())
}

// bind says where B is, and the memory for its packed form; the rest of that memory is returned.
func (f *fixed[T]) bind(b []T, ldb int, memory []T) []T {
	f.b, f.ldb = b, ldb
	f.packed = memory[:f.memory()]
	return memory[f.memory():]
}

// parts is into how many tasks packing B can be cut.
func (f *fixed[T]) parts() int {
	if f.plan == nil {
		return 0
	}
	return f.plan.Panels()
}

// pack does one of them.
func (f *fixed[T]) pack(part int) {
	f.plan.PackPart(f32(f.packed), part, 0, f.k-f.kBelow, f32(f.b), f.ldb)
	if f.below != nil {
		f.plan.PackPart(f32(f.packed), part, f.k-f.kBelow, f.k, f32(f.below), f.ldb)
	}
}

// times sets c, or with add adds to c, the product of a and B, plus bias where it is not nil.
func (f *fixed[T]) times(c []T, ldc int, a []T, lda, rows int, add bool, bias []T) {
	if f.plan != nil {
		f.plan.Multiply(f32(c), ldc, f32(a), lda, rows, f32(f.packed), add, f32(bias))
		return
	}
	for r := range rows {
		row, x := c[r*ldc:][:f.n], a[r*lda:][:f.k]
		if !add {
			clear(row)
		}
		for p, v := range x {
			if f.trans {
				for j := range row {
					row[j] += T(v * f.b[j*f.ldb+p])
				}
				continue
			}
			for j, w := range f.b[p*f.ldb:][:f.n] {
				row[j] += T(v * w)
			}
		}
		for j, v := range bias {
			row[j] += v
		}
	}
}
