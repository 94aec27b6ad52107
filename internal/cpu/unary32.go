package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32gelu"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// sweep is a function of op.Unary over slices of float32: what is used often has vector instructions
// or a loop without calls here, the rest uses its formula. Those marked so read an element before they write it, and not after.
type sweep struct {
	inPlace bool
	value   func(i isa.ISA, y, x []float32, u *op.Unary)
	grad    func(i isa.ISA, dx, x, y, dy []float32, u *op.Unary)
}

var sweeps = map[string]sweep{
	"neg": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Scale(i, y, -1, x) },
		grad:    func(i isa.ISA, dx, _, _, dy []float32, _ *op.Unary) { f32vec.Scale(i, dx, -1, dy) },
	},
	"affine": {
		inPlace: true,
		value: func(i isa.ISA, y, x []float32, u *op.Unary) {
			a, b := float32(u.A), float32(u.B)
			if b == 0 {
				f32vec.Scale(i, y, a, x)
				return
			}
			for k, v := range x {
				y[k] = f32vec.Flush(float32(a*v) + b)
			}
		},
		grad: func(i isa.ISA, dx, _, _, dy []float32, u *op.Unary) { f32vec.Scale(i, dx, float32(u.A), dy) },
	},
	"square": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Mul(i, y, x, x) },
		grad: func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) {
			f32vec.Mul(i, dx, x, dy)
			f32vec.Scale(i, dx, 2, dx)
		},
	},
	"abs": {
		inPlace: true,
		value: func(_ isa.ISA, y, x []float32, _ *op.Unary) {
			for k, v := range x {
				y[k] = f32vec.Flush(math.Float32frombits(math.Float32bits(v) &^ (1 << 31)))
			}
		},
		grad: func(_ isa.ISA, dx, x, _, dy []float32, _ *op.Unary) {
			for k, v := range x {
				g := dy[k]
				switch {
				case v < 0:
					g = -g
				case v == 0:
					g = 0
				}
				dx[k] = f32vec.Flush(g)
			}
		},
	},
	"relu": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Relu(i, y, x) },
		grad:    func(i isa.ISA, dx, _, y, dy []float32, _ *op.Unary) { f32vec.ReluGrad(i, dx, y, dy) },
	},
	"leaky_relu": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, u *op.Unary) { f32vec.Below(i, y, x, x, float32(u.A)) },
		grad:    func(i isa.ISA, dx, x, _, dy []float32, u *op.Unary) { f32vec.Below(i, dx, x, dy, float32(u.A)) },
	},
	"relu6": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Clip(i, y, x, 0, 6) },
		grad:    func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) { f32vec.Inside(i, dx, x, dy, 0, 6) },
	},
	"clip": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, u *op.Unary) { f32vec.Clip(i, y, x, float32(u.A), float32(u.B)) },
	},
	"hard_tanh": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Clip(i, y, x, -1, 1) },
	},
	"hard_sigmoid": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.HardSigmoid(i, y, x) },
		grad:    func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) { f32vec.HardSigmoidGrad(i, dx, x, dy) },
	},
	"hard_silu": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.HardSilu(i, y, x) },
		grad:    func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) { f32vec.HardSiluGrad(i, dx, x, dy) },
	},
	"exp": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.ExpSlice(i, y, x) },
		grad:  func(i isa.ISA, dx, _, y, dy []float32, _ *op.Unary) { f32vec.Mul(i, dx, y, dy) },
	},
	"expm1": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Expm1Slice(i, y, x) },
	},
	"log": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.LogSlice(i, y, x) },
		grad: func(_ isa.ISA, dx, x, _, dy []float32, _ *op.Unary) {
			for k, v := range x {
				dx[k] = f32vec.Flush(dy[k] / v)
			}
		},
	},
	"log1p": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.Log1pSlice(i, y, x) },
	},
	"tanh": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.TanhSlice(i, y, x) },
		grad:  func(i isa.ISA, dx, _, y, dy []float32, _ *op.Unary) { f32vec.TanhGrad(i, dx, y, dy) },
	},
	"sigmoid": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.SigmoidSlice(i, y, x) },
		grad:  func(i isa.ISA, dx, _, y, dy []float32, _ *op.Unary) { f32vec.SigmoidGrad(i, dx, y, dy) },
	},
	"softplus": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { f32vec.SoftplusSlice(i, y, x) },
		grad: func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) {
			f32vec.SigmoidSlice(i, dx, x)
			f32vec.Mul(i, dx, dx, dy)
		},
	},
	"silu": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) {
			f32vec.SigmoidSlice(i, y, x)
			f32vec.Mul(i, y, y, x)
		},
		grad: func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) {
			f32vec.SigmoidSlice(i, dx, x)
			f32vec.SiluGrad(i, dx, x, dy)
		},
	},
	"gelu": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32gelu.Values(i, y, x) },
		grad:    func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) { f32gelu.Grads(i, dx, x, dy) },
	},
	"elu": {
		value: func(i isa.ISA, y, x []float32, u *op.Unary) { eluSweep(i, y, x, 1, float32(u.A)) },
		grad:  func(_ isa.ISA, dx, x, y, dy []float32, u *op.Unary) { eluGradSweep(dx, x, y, dy, 1, float32(u.A)) },
	},
	"selu": {
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) { eluSweep(i, y, x, seluScale, seluScale*seluAlpha) },
		grad: func(_ isa.ISA, dx, x, y, dy []float32, _ *op.Unary) {
			eluGradSweep(dx, x, y, dy, seluScale, seluScale*seluAlpha)
		},
	},
	"mish": {
		// With e = exp(x) and n = e·(e+2), tanh(softplus(x)) is n/(n+2).
		value: func(i isa.ISA, y, x []float32, _ *op.Unary) {
			f32vec.ExpSlice(i, y, x)
			for k, v := range x {
				if v <= mishLinear {
					e := y[k]
					n := float32(e * (e + 2))
					v *= n / (n + 2)
				}
				y[k] = f32vec.Flush(v)
			}
		},
		grad: func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) {
			f32vec.ExpSlice(i, dx, x)
			for k, v := range x {
				s := float32(1)
				if v <= mishLinear {
					e := dx[k]
					n := float32(e * (e + 2))
					d := 1 / (n + 2)
					// The square of the tangent is taken from 1 without cancellation: (1-t)(1+t) is 2d·(2n+2)d.
					s = float32(n*d) + float32(v*(float32(4*d)*float32((n+1)*d))*(e/(1+e)))
				}
				dx[k] = f32vec.Flush(dy[k] * s)
			}
		},
	},
	"gelu_tanh": {
		inPlace: true,
		value:   func(i isa.ISA, y, x []float32, _ *op.Unary) { f32gelu.TanhValues(i, y, x) },
		grad:    func(i isa.ISA, dx, x, _, dy []float32, _ *op.Unary) { f32gelu.TanhGrads(i, dx, x, dy) },
	},
}

// mishLinear is from where on mish is x to the last bit of a float32.
const mishLinear = 20

// eluSweep is scale·x above 0 and below·(eˣ-1) below.
func eluSweep(i isa.ISA, y, x []float32, scale, below float32) {
	f32vec.Expm1Slice(i, y, x)
	for k, v := range x {
		if v > 0 {
			v *= scale
		} else {
			v = below * y[k]
		}
		y[k] = f32vec.Flush(v)
	}
}

func eluGradSweep(dx, x, y, dy []float32, scale, below float32) {
	for k, v := range x {
		s := scale
		if v <= 0 {
			s = y[k] + below
		}
		dx[k] = f32vec.Flush(dy[k] * s)
	}
}
