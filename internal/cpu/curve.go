package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// curve is an activation inside a recurrent cell, whose derivative follows from its value.
type curve[T Float] struct {
	value func(y, x []T) // y = f(x); both may be the same
	slope func(d, y []T) // d = f'(x), given y = f(x); both may be the same
}

// slopes are the derivatives by the value y, of the functions that op.CheckCurve allows. What relu6, hard_sigmoid and hard_tanh have
// reached their bounds with is not seen in y: their derivative is 0 there.
var slopes = map[string]func(y float64, u *op.Unary) float64{
	"relu":         func(y float64, _ *op.Unary) float64 { return when(y > 0, 1, 0) },
	"relu6":        func(y float64, _ *op.Unary) float64 { return relu6Slope(y) },
	"leaky_relu":   func(y float64, u *op.Unary) float64 { return when(y >= 0, 1, u.A) },
	"elu":          func(y float64, u *op.Unary) float64 { return when(y > 0, 1, y+u.A) },
	"selu":         func(y float64, _ *op.Unary) float64 { return when(y > 0, seluScale, y+seluScale*seluAlpha) },
	"sigmoid":      func(y float64, _ *op.Unary) float64 { return y * (1 - y) },
	"tanh":         func(y float64, _ *op.Unary) float64 { return 1 - float64(y*y) },
	"softplus":     func(y float64, _ *op.Unary) float64 { return -f32vec.Expm164(-y) },
	"log_sigmoid":  func(y float64, _ *op.Unary) float64 { return -f32vec.Expm164(y) },
	"softsign":     func(y float64, _ *op.Unary) float64 { d := 1 - math.Abs(y); return d * d },
	"exp":          func(y float64, _ *op.Unary) float64 { return y },
	"hard_sigmoid": func(y float64, _ *op.Unary) float64 { return when(y > 0 && y < 1, 1.0/6, 0) },
	"hard_tanh":    func(y float64, _ *op.Unary) float64 { return when(y > -1 && y < 1, 1, 0) },
}

func newCurve[T Float](i isa.ISA, u op.Unary) curve[T] {
	if u.Fn == "" {
		return curve[T]{
			value: func(y, x []T) {
				for k, v := range x {
					y[k] = flush(v)
				}
			},
			slope: func(d, _ []T) { fill(d, 1) },
		}
	}
	if is32[T]() {
		u = inFloat32(u)
	}
	f, s := formulas[u.Fn].value, slopes[u.Fn]
	c := curve[T]{
		value: func(y, x []T) {
			for k, v := range x {
				y[k] = flush(T(f(float64(v), &u)))
			}
		},
		slope: func(d, y []T) {
			for k, v := range y {
				d[k] = flush(T(s(float64(v), &u)))
			}
		},
	}
	if is32[T]() {
		switch u.Fn {
		case "tanh", "sigmoid", "relu", "exp": // those whose y may be x
			v := sweeps[u.Fn].value
			c.value = func(y, x []T) { v(i, f32(y), f32(x), &u) }
		}
	}
	switch u.Fn {
	case "tanh":
		c.slope = func(d, y []T) {
			for k, v := range y {
				d[k] = 1 - T(v*v)
			}
		}
	case "sigmoid":
		c.slope = func(d, y []T) {
			for k, v := range y {
				d[k] = flush(T(v * (1 - v)))
			}
		}
	}
	return c
}

// usualCurves tells whether a cell is one of package f32cell's: of float32, with Keras' activations.
func usualCurves[T Float](r op.Recurrent) bool {
	return usualCurve[T](r.Activation) && r.Gate == op.Unary{Fn: "sigmoid"}
}

// usualCurve is that for a cell without gates.
func usualCurve[T Float](activation op.Unary) bool {
	return is32[T]() && activation == op.Unary{Fn: "tanh"}
}
