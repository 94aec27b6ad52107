package f32vec

import "github.com/dlrun/dlrun/internal/kernel/isa"

func vecActivate(i isa.ISA, f act, dst, x []float32, p [2]float32) int {
	n := octets(i, len(dst))
	if n == 0 {
		return 0
	}
	switch f {
	case actClip:
		clipAVX2(&dst[0], &x[0], n, &p[0])
	case actHardSigmoid:
		hardSigmoidAVX2(&dst[0], &x[0], n, &p[0])
	case actHardSilu:
		hardSiluAVX2(&dst[0], &x[0], n, &p[0])
	default:
		return 0
	}
	return n
}

func vecActivateGrad(i isa.ISA, f act, dx, x, dy []float32, p [2]float32) int {
	n := octets(i, len(dx))
	if n == 0 {
		return 0
	}
	switch f {
	case actClip:
		insideAVX2(&dx[0], &x[0], &dy[0], n, &p[0])
	case actBelow:
		belowAVX2(&dx[0], &x[0], &dy[0], n, &p[0])
	case actHardSigmoid:
		hardSigmoidGradAVX2(&dx[0], &x[0], &dy[0], n, &p[0])
	case actHardSilu:
		hardSiluGradAVX2(&dx[0], &x[0], &dy[0], n, &p[0])
	case actSigmoid:
		sigmoidGradAVX2(&dx[0], &x[0], &dy[0], n, &p[0])
	case actTanh:
		tanhGradAVX2(&dx[0], &x[0], &dy[0], n, &p[0])
	default:
		return 0
	}
	return n
}

func vecSiluGrad(i isa.ISA, dx, x, dy []float32) int {
	n := octets(i, len(dx))
	if n > 0 {
		siluGradAVX2(&dx[0], &x[0], &dy[0], n)
	}
	return n
}
