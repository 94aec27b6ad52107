package f32vec

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of the vec functions does, by vector instructions, the first elements of a sweep and returns how many; the
// sweep's own loop does the rest. Most sweeps are bound by memory, so AVX-512 runs them in their AVX2 form.

// octets returns the part of n elements that an AVX2 sweep does.
func octets(i isa.ISA, n int) int {
	if i == isa.Generic {
		return 0
	}
	return n &^ 7
}

// functions of package asm: they do whole vectors and return how many elements they have done.
func kernel(i isa.ISA, op op, dst, src *float32, n int) int {
	if i == isa.AVX512 {
		switch op {
		case opExp:
			return expAVX512(dst, src, n)
		case opExpm1:
			return expm1AVX512(dst, src, n)
		case opLog:
			return logAVX512(dst, src, n)
		case opTanh:
			return tanhAVX512(dst, src, n)
		case opSigmoid:
			return sigmoidAVX512(dst, src, n)
		case opErf:
			return erfAVX512(dst, src, n)
		}
		return 0
	}
	switch op {
	case opExp:
		return expAVX2(dst, src, n)
	case opExpm1:
		return expm1AVX2(dst, src, n)
	case opLog:
		return logAVX2(dst, src, n)
	case opTanh:
		return tanhAVX2(dst, src, n)
	case opSigmoid:
		return sigmoidAVX2(dst, src, n)
	case opErf:
		return erfAVX2(dst, src, n)
	}
	return 0
}

func vecUnary(i isa.ISA, op op, dst, src []float32) int {
	if i == isa.Generic || op == opNone {
		return 0
	}
	lanes := 8
	if i == isa.AVX512 {
		lanes = 16
	}
	n := len(dst) &^ (lanes - 1)
	done := 0
	for done < n {
		done += kernel(i, op, &dst[done], &src[done], n-done)
		if done < n {
			// Only the logarithm leaves a vector to the scalar function.
			for end := done + lanes; done < end; done++ {
				dst[done] = Log(src[done])
			}
		}
	}
	return done
}

func vecAdd(i isa.ISA, dst, a, b []float32) int {
	n := octets(i, len(dst))
	if n > 0 {
		addAVX2(&dst[0], &a[0], &b[0], n)
	}
	return n
}

func vecSub(i isa.ISA, dst, a, b []float32) int {
	n := octets(i, len(dst))
	if n > 0 {
		subAVX2(&dst[0], &a[0], &b[0], n)
	}
	return n
}

func vecMul(i isa.ISA, dst, a, b []float32) int {
	n := octets(i, len(dst))
	if n > 0 {
		mulAVX2(&dst[0], &a[0], &b[0], n)
	}
	return n
}

func vecScale(i isa.ISA, dst []float32, alpha float32, x []float32) int {
	n := octets(i, len(dst))
	if n > 0 {
		scaleAVX2(&dst[0], &x[0], n, alpha)
	}
	return n
}

func vecAxpy(i isa.ISA, y []float32, alpha float32, x []float32) int {
	n := octets(i, len(y))
	if n > 0 {
		axpyAVX2(&y[0], &x[0], n, alpha)
	}
	return n
}

func vecRelu(i isa.ISA, dst, x []float32) int {
	n := octets(i, len(dst))
	if n > 0 {
		reluAVX2(&dst[0], &x[0], n)
	}
	return n
}

func vecReluGrad(i isa.ISA, dx, y, dy []float32) int {
	n := octets(i, len(dx))
	if n > 0 {
		reluGradAVX2(&dx[0], &y[0], &dy[0], n)
	}
	return n
}

func vecSum(i isa.ISA, x []float32, l *[sumLanes]float32) int {
	n := octets(i, len(x)) &^ (sumLanes - 1)
	if n > 0 {
		sumAVX2(&l[0], &x[0], n)
	}
	return n
}

func vecDot(i isa.ISA, x, y []float32, l *[sumLanes]float32) int {
	n := octets(i, len(x)) &^ (sumLanes - 1)
	if n > 0 {
		dotAVX2(&l[0], &x[0], &y[0], n)
	}
	return n
}

// vecMax raises m to the first elements of x.
func vecMax(i isa.ISA, x []float32, m *float32) int {
	n := octets(i, len(x))
	if n > 0 {
		var l [8]float32
		for k := range l {
			l[k] = *m
		}
		largestAVX2(&l[0], &x[0], n)
		for _, v := range l {
			*m = maxNaN(*m, v)
		}
	}
	return n
}

// vecColSum sets the first of dst to the sums of their columns over rows of src, ld apart.
func vecColSum(i isa.ISA, dst, src []float32, ld, rows int) int {
	if i == isa.Generic || rows == 0 {
		return 0
	}
	if len(dst) == 64 {
		colSum64AVX2(&dst[0], &src[0], uintptr(4*ld), rows)
		return 64
	}
	j := 0
	for ; j+8 <= len(dst); j += 8 {
		colSum8AVX2(&dst[j], &src[j], uintptr(4*ld), rows)
	}
	return j
}

func vecMomentum(i isa.ISA, w, m, g []float32, lr, momentum float32, nesterov bool) int {
	n := octets(i, len(w))
	switch {
	case n == 0:
	case nesterov:
		nesterovAVX2(&w[0], &m[0], &g[0], n, lr, momentum)
	default:
		momentumAVX2(&w[0], &m[0], &g[0], n, lr, momentum)
	}
	return n
}

func vecScaledReluGrad(i isa.ISA, dx, y, dy []float32, alpha float32) int {
	n := octets(i, len(dx))
	if n > 0 {
		scaledReluGradAVX2(&dx[0], &y[0], &dy[0], n, alpha)
	}
	return n
}

// vecAdam does whole vectors of AVX-512 and then of AVX2: divisions and roots, not memory, are what Adam waits for.
func vecAdam(i isa.ISA, w, m, v, vhat, g []float32, p *AdamArgs) int {
	done := 0
	if i == isa.AVX512 {
		done = len(w) &^ 15
		switch {
		case done == 0:
		case vhat != nil:
			amsgradAVX512(&w[0], &m[0], &v[0], &vhat[0], &g[0], done, &p.Alpha)
		default:
			adamAVX512(&w[0], &m[0], &v[0], &g[0], done, &p.Alpha)
		}
	}
	n := octets(i, len(w)-done)
	switch {
	case n == 0:
	case vhat != nil:
		amsgradAVX2(&w[done], &m[done], &v[done], &vhat[done], &g[done], n, &p.Alpha)
	default:
		adamAVX2(&w[done], &m[done], &v[done], &g[done], n, &p.Alpha)
	}
	return done + n
}
