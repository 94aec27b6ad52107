package f32winograd

import "github.com/dlrun/dlrun/internal/kernel/f32vec"

// The points and what follows from them; asm/transform.go has the same.
const (
	a, b = 0.75, 1.5

	na = 2 * a * a * (a*a - b*b)
	nb = 2 * b * b * (b*b - a*a)
)

// kind is a transform: along each axis, in elements to out.
type kind struct {
	id       int
	in, out  int
	line     func(x, y *[Size]float32)
	activate bool // whether bias and floor apply
	settle   bool
}

var (
	input      = &kind{id: 0, in: Size, out: Size, line: inputLine}
	output     = &kind{id: 1, in: Size, out: Tile, line: outputLine, activate: true, settle: true}
	gradient   = &kind{id: 2, in: Tile, out: Size, line: gradientLine}
	kernel     = &kind{id: 3, in: Taps, out: Size, line: kernelLine}
	kernelGrad = &kind{id: 4, in: Size, out: Taps, line: kernelGradLine, settle: true}
)

func inputLine(x, y *[Size]float32) {
	for k := range 2 {
		y[k] = f32vec.FMA(a*a*b*b, x[k], f32vec.FMA(-(a*a+b*b), x[2+k], x[4+k]))
	}
	y[2], y[3] = plusMinus(f32vec.FMA(-b*b, x[2], x[4]), f32vec.FMA(-b*b, x[1], x[3]), a)
	y[4], y[5] = plusMinus(f32vec.FMA(-a*a, x[2], x[4]), f32vec.FMA(-a*a, x[1], x[3]), b)
}

// plusMinus is e + p o and e - p o.
func plusMinus(e, o, p float32) (float32, float32) { return f32vec.FMA(p, o, e), f32vec.FMA(-p, o, e) }

func outputLine(x, y *[Size]float32) {
	s, d, r, e := x[2]+x[3], x[2]-x[3], x[4]+x[5], x[4]-x[5]
	y[0] = x[0] + s + r
	y[1] = f32vec.FMA(b, e, float32(a*d))
	y[2] = f32vec.FMA(b*b, r, float32(a*a*s))
	y[3] = f32vec.FMA(b*b*b, e, float32(a*a*a*d)) + x[1]
}

func gradientLine(x, y *[Size]float32) {
	y[0], y[1] = x[0], x[3]
	y[2], y[3] = plusMinus(f32vec.FMA(a*a, x[2], x[0]), f32vec.FMA(a*a, x[3], x[1]), a)
	y[4], y[5] = plusMinus(f32vec.FMA(b*b, x[2], x[0]), f32vec.FMA(b*b, x[3], x[1]), b)
}

func kernelLine(x, y *[Size]float32) {
	y[0], y[1] = float32(1/(a*a*b*b)*x[0]), x[2]
	y[2], y[3] = plusMinus(f32vec.FMA(a*a/na, x[2], float32(1/na*x[0])), x[1], a/na)
	y[4], y[5] = plusMinus(f32vec.FMA(b*b/nb, x[2], float32(1/nb*x[0])), x[1], b/nb)
}

func kernelGradLine(x, y *[Size]float32) {
	s, d, r, e := x[2]+x[3], x[2]-x[3], x[4]+x[5], x[4]-x[5]
	y[0] = f32vec.FMA(1/nb, r, f32vec.FMA(1/na, s, float32(1/(a*a*b*b)*x[0])))
	y[1] = f32vec.FMA(b/nb, e, float32(a/na*d))
	y[2] = f32vec.FMA(b*b/nb, r, f32vec.FMA(a*a/na, s, x[1]))
}

// transformGeneric is the plain Go twin of the transforms.
func transformGeneric(k *kind, j *Job) {
	for i, from := range j.From.Pos {
		for c := range j.Width {
			var m, t [Size][Size]float32
			var x, y [Size]float32
			for col := range k.in {
				for row := range k.in {
					x[row] = j.From.Data[from+row*j.From.Line+col*j.From.Cell+c]
				}
				k.line(&x, &y)
				for row := range k.out {
					m[row][col] = y[row]
				}
			}
			for row := range k.out {
				k.line(&m[row], &t[row])
			}
			for row := range k.out {
				if k.out == Size && j.Groups>>(row/2)&1 == 0 {
					continue
				}
				for col, v := range t[row][:k.out] {
					if k.activate {
						if v += j.Bias[c]; v < j.Floor {
							v = j.Floor
						}
					}
					if k.settle {
						v = f32vec.Flush(v)
					}
					j.To.Data[j.To.Pos[i]+row*j.To.Line+col*j.To.Cell+c] = v
				}
			}
		}
	}
}

// multiplyGeneric is the plain Go twin of the product's kernels.
func multiplyGeneric(p *Product) {
	rowStep, kStep := p.LDA, 1
	if p.Transposed {
		rowStep, kStep = 1, p.LDA
	}
	var acc [16]float64 // each a float32, in float64 because that is what the next multiply-add wants
	for r := range p.Rows {
		sum := acc[:p.Width]
		clear(sum)
		for k := range p.Depth {
			x := p.A[r*rowStep+k*kStep]
			row := p.B[k*p.LDB:][:p.Width]
			for j, s := range sum {
				q := float64(x) * float64(row[j]) // exact
				v := q + s
				if f32vec.OneRounding(v) {
					sum[j] = float64(float32(v))
				} else {
					sum[j] = float64(f32vec.RoundOdd(q, s, v))
				}
			}
		}
		to := p.Dst[r*p.LDD:][:p.Width]
		for j, s := range sum {
			v := float32(s)
			if p.Load {
				v = to[j] + v
			}
			to[j] = v
		}
	}
}
