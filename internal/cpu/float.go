package cpu

import (
	"unsafe"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32cell"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// is32 tells whether T is float32. The compiler knows the answer in each instance.
func is32[T Float]() bool {
	var z T
	return unsafe.Sizeof(z) == 4
}

// f32 is x as what it is where is32 says so. It allocates nothing, which a conversion to an
// interface would.
func f32[T Float](x []T) []float32 { return *(*[]float32)(unsafe.Pointer(&x)) }

// single tells whether an operation is one of float32.
func single(o *op.Op) bool { return o.In[0].DType == op.Float32 }

// fetch brings x on its way into the cache.
func fetch[T Float](x []T) {
	if is32[T]() {
		f32cell.Fetch(f32(x))
	}
}

// flush is x as a kernel stores it: f32vec.Flush of a float32, a float64 as it is.
func flush[T Float](x T) T {
	if is32[T]() {
		return T(f32vec.Flush(float32(x)))
	}
	return x
}

// doubles is scratch memory as n float64, for sums that want the precision: 2n elements of it,
// whatever T is.
func doubles[T Float](scratch []T, n int) []float64 {
	return unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(scratch[:2*n]))), n)
}

// ints is scratch memory as n int32, one for each element of it.
func ints[T Float](scratch []T, n int) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(scratch[:n]))), n)
}

// padded rounds a number of elements up so that what follows in scratch memory is aligned.
func padded(n int) int { return (n + 15) &^ 15 }
