package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

// Arguments of the losses: targets that suit the function, and predictions away from its kinks.
var (
	anything      = Floats(4, 3, 5).From(-3, 3)
	probabilities = Floats(4, 3, 5).From(0.03, 0.97)
	bits          = Ints(2, 4, 3, 5).asFloats()
)

// asFloats is the same random integers in a tensor of floats.
func (a Arg) asFloats() Arg {
	rng := 0x2545f491
	for range (op.Spec{Shape: a.Shape}).Elems() {
		rng = rng * 1103515245 % (1 << 31)
		a.Given = append(a.Given, float64(rng>>16%int(a.Hi)))
	}
	a.IsInt = false
	return a
}

func binaryCrossentropy(y, p float64) float64 {
	p = min(max(p, 1e-7), 1-1e-7)
	return -y*math.Log(p) - (1-y)*math.Log(1-p)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

var _ = Add(
	pointCase("squared", op.PointLoss{Fn: "squared"}, anything, anything, func(y, p float64) float64 { return (y - p) * (y - p) }),
	pointCase("squared over the middle axis", op.PointLoss{Fn: "squared", Axis: 1}, anything, anything, func(y, p float64) float64 { return (y - p) * (y - p) }),
	pointCase("absolute", op.PointLoss{Fn: "absolute"}, anything, anything, func(y, p float64) float64 { return math.Abs(y - p) }),
	pointCase("huber", op.PointLoss{Fn: "huber", A: 0.75}, anything, anything, func(y, p float64) float64 {
		if e := math.Abs(y - p); e > 0.75 {
			return 0.75*e - 0.75*0.75/2
		}
		return (y - p) * (y - p) / 2
	}),
	pointCase("log_cosh", op.PointLoss{Fn: "log_cosh"}, anything, anything, func(y, p float64) float64 { return math.Log(math.Cosh(p - y)) }),
	pointCase("absolute_percentage", op.PointLoss{Fn: "absolute_percentage"}, probabilities, anything, func(y, p float64) float64 { return 100 * math.Abs(y-p) / y }),
	pointCase("squared_logarithmic", op.PointLoss{Fn: "squared_logarithmic"}, probabilities, anything, func(y, p float64) float64 {
		return math.Pow(math.Log(1+max(p, 1e-7))-math.Log(1+y), 2)
	}),
	pointCase("poisson", op.PointLoss{Fn: "poisson"}, anything, probabilities, func(y, p float64) float64 { return p - y*math.Log(p+1e-7) }),
	pointCase("kl_divergence", op.PointLoss{Fn: "kl_divergence", Sum: true}, probabilities, probabilities, func(y, p float64) float64 { return y * math.Log(y/p) }),
	pointCase("hinge of 0 and 1", op.PointLoss{Fn: "hinge"}, bits, anything, func(y, p float64) float64 { return max(0, 1-(2*y-1)*p) }),
	pointCase("hinge of anything", op.PointLoss{Fn: "hinge"}, probabilities, anything, func(y, p float64) float64 { return max(0, 1-y*p) }),
	pointCase("squared_hinge", op.PointLoss{Fn: "squared_hinge"}, bits, anything, func(y, p float64) float64 { return math.Pow(max(0, 1-(2*y-1)*p), 2) }),
	pointCase("binary_crossentropy", op.PointLoss{Fn: "binary_crossentropy"}, bits, probabilities, binaryCrossentropy),
	pointCase("binary_crossentropy, smoothed", op.PointLoss{Fn: "binary_crossentropy", A: 0.2}, bits, probabilities, func(y, p float64) float64 {
		return binaryCrossentropy(0.8*y+0.1, p)
	}),
	cut(pointCase("binary_crossentropy, cut", op.PointLoss{Fn: "binary_crossentropy"}, bits, Floats(4, 3, 5).From(1.5, 2), binaryCrossentropy)),
	pointCase("binary_crossentropy from logits", op.PointLoss{Fn: "binary_logit_crossentropy", A: 0.2}, bits, anything, func(y, x float64) float64 {
		return binaryCrossentropy(0.8*y+0.1, logistic(x))
	}),
	pointCase("binary_focal", op.PointLoss{Fn: "binary_focal", B: 2, C: -1}, bits, probabilities, func(y, p float64) float64 {
		return math.Pow(1-y*p-(1-y)*(1-p), 2) * binaryCrossentropy(y, p)
	}),
	pointCase("binary_focal, balanced", op.PointLoss{Fn: "binary_focal", A: 0.1, B: 1.5, C: 0.25}, bits, probabilities, func(y, p float64) float64 {
		y = 0.9*y + 0.05
		return (0.25*y + 0.75*(1-y)) * math.Pow(1-y*p-(1-y)*(1-p), 1.5) * binaryCrossentropy(y, p)
	}),
	pointCase("binary_focal from logits", op.PointLoss{Fn: "binary_logit_focal", B: 2, C: -1}, bits, anything, func(y, x float64) float64 {
		p := logistic(x)
		return math.Pow(1-y*p-(1-y)*(1-p), 2) * binaryCrossentropy(y, p)
	}),
)

// pointCase compares over the last axis where l says no other.
func pointCase(name string, l op.PointLoss, y, p Arg, f func(y, p float64) float64) Case {
	if l.Axis == 0 {
		l.Axis = len(p.Shape) - 1
	}
	return Case{Name: name, Def: l, In: []Arg{y, p}, Tol: 1e-10, TolGrad: 1e-5, Want: func(in []Tensor) [][]float64 {
		y, p := in[0], in[1]
		out := Zeros(without(p.Shape, l.Axis)...)
		p.each(func(at []int, i int) {
			v := f(y.V[i], p.V[i])
			if !l.Sum {
				v /= float64(p.Shape[l.Axis])
			}
			out.V[out.Index(without(at, l.Axis)...)] += v
		})
		return [][]float64{out.V}
	}}
}

// cut is a case of probabilities next to 1, where 1 - 1e-7 is another number in float32.
func cut(c Case) Case { c.Tol32 = 0.05; return c }

// each calls f with the indices and the place of every element.
func (t Tensor) each(f func(at []int, i int)) {
	at := make([]int, len(t.Shape))
	for i := range t.V {
		f(at, i)
		for k := len(at) - 1; k >= 0; k-- {
			if at[k]++; at[k] < t.Shape[k] {
				break
			}
			at[k] = 0
		}
	}
}

func without(s []int, axis int) []int {
	return append(append([]int{}, s[:axis]...), s[axis+1:]...)
}
