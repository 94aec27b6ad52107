package f32gelu

import "github.com/dlrun/dlrun/internal/kernel/isa"

// valuesVec, gradsVec and bothVec do the first elements and return how many.

func valuesVec(i isa.ISA, y, x []float32) int {
	switch i {
	case isa.AVX512:
		if n := len(y) &^ 15; n > 0 {
			valuesAVX512(&y[0], &x[0], n)
			return n
		}
	case isa.AVX2:
		if n := len(y) &^ 7; n > 0 {
			valuesAVX2(&y[0], &x[0], n)
			return n
		}
	}
	return 0
}

func gradsVec(i isa.ISA, dx, x, dy []float32) int {
	switch i {
	case isa.AVX512:
		if n := len(dx) &^ 15; n > 0 {
			gradsAVX512(&dx[0], &x[0], &dy[0], n)
			return n
		}
	case isa.AVX2:
		if n := len(dx) &^ 7; n > 0 {
			gradsAVX2(&dx[0], &x[0], &dy[0], n)
			return n
		}
	}
	return 0
}

func bothVec(i isa.ISA, y, d, x []float32) int {
	switch i {
	case isa.AVX512:
		if n := len(y) &^ 15; n > 0 {
			bothAVX512(&y[0], &d[0], &x[0], n)
			return n
		}
	case isa.AVX2:
		if n := len(y) &^ 7; n > 0 {
			bothAVX2(&y[0], &d[0], &x[0], n)
			return n
		}
	}
	return 0
}
