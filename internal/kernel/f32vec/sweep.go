package f32vec

import "github.com/dlrun/dlrun/internal/kernel/isa"

// The sweeps below compute element by element; each operation is rounded once, none is fused, and what is
// stored is flushed (see the package comment). Destinations may be the same slice as a source, but must not
// overlap one otherwise.

// Add sets dst[i] = a[i] + b[i].
func Add(i isa.ISA, dst, a, b []float32) {
	sameLen(len(dst), len(a), len(b))
	for n := vecAdd(i, dst, a, b); n < len(dst); n++ {
		dst[n] = Flush(a[n] + b[n])
	}
}

// Sub sets dst[i] = a[i] - b[i].
func Sub(i isa.ISA, dst, a, b []float32) {
	sameLen(len(dst), len(a), len(b))
	for n := vecSub(i, dst, a, b); n < len(dst); n++ {
		dst[n] = Flush(a[n] - b[n])
	}
}

// Mul sets dst[i] = a[i] * b[i].
func Mul(i isa.ISA, dst, a, b []float32) {
	sameLen(len(dst), len(a), len(b))
	for n := vecMul(i, dst, a, b); n < len(dst); n++ {
		dst[n] = Flush(a[n] * b[n])
	}
}

// Scale sets dst[i] = alpha * x[i].
func Scale(i isa.ISA, dst []float32, alpha float32, x []float32) {
	sameLen(len(dst), len(x))
	for n := vecScale(i, dst, alpha, x); n < len(dst); n++ {
		dst[n] = Flush(alpha * x[n])
	}
}

// Axpy sets y[i] = y[i] + alpha*x[i], with the product rounded to float32 before the sum (BLAS leaves this
// open; fused it would differ).
func Axpy(i isa.ISA, y []float32, alpha float32, x []float32) {
	sameLen(len(y), len(x))
	for n := vecAxpy(i, y, alpha, x); n < len(y); n++ {
		y[n] = Flush(y[n] + float32(alpha*x[n]))
	}
}

// Relu sets dst[i] = max(x[i], 0); a NaN stays a NaN.
func Relu(i isa.ISA, dst, x []float32) {
	sameLen(len(dst), len(x))
	for n := vecRelu(i, dst, x); n < len(dst); n++ {
		dst[n] = relu(x[n])
	}
}

func relu(x float32) float32 {
	if x < 0 {
		return 0
	}
	return Flush(x)
}

// ReluGrad sets dx[i] = dy[i] where y[i] > 0, and 0 elsewhere; y is the output of Relu (its input serves as well).
func ReluGrad(i isa.ISA, dx, y, dy []float32) {
	sameLen(len(dx), len(y), len(dy))
	for n := vecReluGrad(i, dx, y, dy); n < len(dx); n++ {
		if y[n] > 0 {
			dx[n] = Flush(dy[n])
		} else {
			dx[n] = 0
		}
	}
}

// ScaledReluGrad sets dx[i] = alpha * dy[i] where y[i] > 0, and 0 elsewhere: the gradient of ReLU and of the dropout that follows it, y
// being what is left.
func ScaledReluGrad(i isa.ISA, dx, y, dy []float32, alpha float32) {
	sameLen(len(dx), len(y), len(dy))
	for n := vecScaledReluGrad(i, dx, y, dy, alpha); n < len(dx); n++ {
		if y[n] > 0 {
			dx[n] = Flush(alpha * dy[n])
		} else {
			dx[n] = 0
		}
	}
}

// BiasAdd sets dst[r, c] = src[r, c] + bias[c] for matrices of len(bias) columns without gaps.
func BiasAdd(i isa.ISA, dst, src, bias []float32) {
	sameLen(len(dst), len(src))
	c := len(bias)
	if c == 0 && len(dst) > 0 || c > 0 && len(dst)%c != 0 {
		panic("f32vec: BiasAdd: the matrix is not made of whole rows")
	}
	for at := 0; at < len(dst); at += c {
		Add(i, dst[at:at+c], src[at:at+c], bias)
	}
}
