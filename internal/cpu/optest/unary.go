package optest

import (
	"fmt"
	"math"
	"sort"

	"github.com/dlrun/dlrun/builder/op"
)

// unary is the reference of a function of op.Unary, and where to try it: away from its kinks, where
// finite differences say nothing.
type unary struct {
	f       func(x float64) float64
	at      []float64
	a, b, c float64
}

// around are points on both sides of 0, small, middling and large.
var around = []float64{-12, -7.5, -4, -2.25, -1.5, -0.75, -0.3, -0.01, 0.02, 0.4, 0.875, 1.25, 2.5, 3.75, 5, 9}

var above = []float64{0.01, 0.2, 0.5, 0.9, 1.1, 1.75, 3, 8, 25}

var inner = []float64{-0.9, -0.75, -0.4, -0.01, 0.02, 0.3, 0.625, 0.875}

// steps are points away from whole numbers and halves.
var steps = []float64{-7.3, -2.7, -1.3, -0.2, 0.3, 0.8, 2.3, 4.7}

func sigmoid(x float64) float64  { return 1 / (1 + math.Exp(-x)) }
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
func clip(x, lo, hi float64) float64 {
	return math.Min(math.Max(x, lo), hi)
}

func elu(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	return alpha * math.Expm1(x)
}

// besselIntegral is the mean of e^(x·cos θ) over half a circle, which the trapezoidal rule gives exactly.
func besselIntegral(x float64) float64 {
	const n = 200
	sum := (math.Exp(x) + math.Exp(-x)) / 2
	for i := 1; i < n; i++ {
		sum += math.Exp(x * math.Cos(math.Pi*float64(i)/n))
	}
	return sum / n
}

func keep(c bool, x, other float64) float64 {
	if c {
		return x
	}
	return other
}

var unaries = map[string][]unary{
	"neg":        {{f: func(x float64) float64 { return -x }}},
	"abs":        {{f: math.Abs}},
	"square":     {{f: func(x float64) float64 { return x * x }}},
	"sqrt":       {{f: math.Sqrt, at: above}},
	"rsqrt":      {{f: func(x float64) float64 { return 1 / math.Sqrt(x) }, at: above[1:]}},
	"reciprocal": {{f: func(x float64) float64 { return 1 / x }, at: []float64{-3, -1.5, -0.5, 0.4, 1, 7}}},
	"exp":        {{f: math.Exp, at: around[2:]}},
	"expm1":      {{f: math.Expm1, at: around[2:]}},
	"log":        {{f: math.Log, at: above[1:]}},
	"log1p":      {{f: math.Log1p, at: []float64{-0.75, -0.5, -0.01, 0.01, 0.5, 3, 20}}},
	"sign":       {{f: func(x float64) float64 { return math.Copysign(1, x) }}},
	"affine": {
		{f: func(x float64) float64 { return 1.75*x - 0.5 }, a: 1.75, b: -0.5},
		{f: func(x float64) float64 { return -3 * x }, a: -3},
	},
	"clip": {{f: func(x float64) float64 { return clip(x, -1, 2) }, a: -1, b: 2}},
	"pow": {
		{f: func(x float64) float64 { return x * x * x }, a: 3},
		{f: func(x float64) float64 { return math.Pow(x, 0.7) }, a: 0.7, at: above},
		{f: func(x float64) float64 { return 1 }, a: 0},
	},
	"sin":        {{f: math.Sin}},
	"cos":        {{f: math.Cos}},
	"tan":        {{f: math.Tan, at: inner}},
	"sinh":       {{f: math.Sinh}},
	"cosh":       {{f: math.Cosh}},
	"arcsin":     {{f: math.Asin, at: inner}},
	"arccos":     {{f: math.Acos, at: inner}},
	"arctan":     {{f: math.Atan}},
	"arcsinh":    {{f: math.Asinh}},
	"arccosh":    {{f: math.Acosh, at: []float64{1.25, 1.5, 2, 3.75, 20}}},
	"arctanh":    {{f: math.Atanh, at: inner}},
	"cbrt":       {{f: math.Cbrt}},
	"erf":        {{f: math.Erf}},
	"signbit":    {{f: func(x float64) float64 { return keep(math.Signbit(x), 1, 0) }, at: []float64{-2, -0.5, 0.5, 3}}},
	"i0":         {{f: besselIntegral, at: around}},
	"erfinv":     {{f: math.Erfinv, at: inner}},
	"floor":      {{f: math.Floor, at: steps}},
	"ceil":       {{f: math.Ceil, at: steps}},
	"round":      {{f: math.RoundToEven, at: steps}},
	"trunc":      {{f: math.Trunc, at: steps}},
	"isnan":      {{f: func(float64) float64 { return 0 }}},
	"isinf":      {{f: func(float64) float64 { return 0 }}},
	"isfinite":   {{f: func(float64) float64 { return 1 }}},
	"relu":       {{f: func(x float64) float64 { return math.Max(x, 0) }}},
	"relu6":      {{f: func(x float64) float64 { return clip(x, 0, 6) }}},
	"leaky_relu": {{f: func(x float64) float64 { return keep(x >= 0, x, 0.2*x) }, a: 0.2}},
	"bent_relu": {
		{f: func(x float64) float64 { return math.Max(x, 0) }, b: math.Inf(1)},
		{f: func(x float64) float64 { return clip(x, 0, 4.5) }, b: 4.5},
		{f: func(x float64) float64 { return keep(x > 0, clip(x, 0, 6), 0.1*x) }, a: 0.1, b: 6},
		{f: func(x float64) float64 { return keep(x > 1, clip(x, 0, 4), 0.3*(x-1)) }, a: 0.3, b: 4, c: 1},
		{f: func(x float64) float64 { return keep(x > 1, x, 0) }, b: math.Inf(1), c: 1},
	},
	"elu": {{f: func(x float64) float64 { return elu(x, 1) }, a: 1}, {f: func(x float64) float64 { return elu(x, 0.5) }, a: 0.5}},
	"selu": {{f: func(x float64) float64 {
		return 1.0507009873554805 * elu(x, 1.6732632423543772)
	}}},
	"celu":         {{f: func(x float64) float64 { return math.Max(x, 0) + 2*math.Expm1(math.Min(x, 0)/2) }, a: 2}},
	"gelu":         {{f: func(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }}},
	"gelu_tanh":    {{f: func(x float64) float64 { return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))) }}},
	"sigmoid":      {{f: sigmoid}},
	"tanh":         {{f: math.Tanh}},
	"softplus":     {{f: softplus}},
	"softsign":     {{f: func(x float64) float64 { return x / (1 + math.Abs(x)) }}},
	"silu":         {{f: func(x float64) float64 { return x * sigmoid(x) }}},
	"mish":         {{f: func(x float64) float64 { return x * math.Tanh(softplus(x)) }}},
	"log_sigmoid":  {{f: func(x float64) float64 { return -softplus(-x) }}},
	"hard_sigmoid": {{f: func(x float64) float64 { return clip(x/6+0.5, 0, 1) }}},
	"hard_silu":    {{f: func(x float64) float64 { return x * clip(x/6+0.5, 0, 1) }}},
	"hard_tanh":    {{f: func(x float64) float64 { return clip(x, -1, 1) }}},
	"hard_shrink":  {{f: func(x float64) float64 { return keep(math.Abs(x) > 0.5, x, 0) }, a: 0.5}},
	"soft_shrink":  {{f: func(x float64) float64 { return math.Copysign(math.Max(math.Abs(x)-0.5, 0), x) }, a: 0.5}},
	"tanh_shrink":  {{f: func(x float64) float64 { return x - math.Tanh(x) }}},
	"threshold":    {{f: func(x float64) float64 { return keep(x > 0.7, x, -3) }, a: 0.7, b: -3}},
	"squareplus":   {{f: func(x float64) float64 { return (x + math.Sqrt(x*x+4)) / 2 }, a: 4}},
	"sparse_plus":  {{f: func(x float64) float64 { return keep(x <= -1, 0, keep(x >= 1, x, (x+1)*(x+1)/4)) }}},
	"sparse_sigmoid": {{f: func(x float64) float64 {
		return clip((x+1)/2, 0, 1)
	}}},
}

var _ = Add(unaryCases()...)

func unaryCases() []Case {
	var out []Case
	names := make([]string, 0, len(unaries))
	for n := range unaries {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		for k, u := range unaries[n] {
			at := u.at
			if at == nil {
				at = around
			}
			in := make([]float64, 3*len(at)+1) // not a whole number of vectors
			for i := range in {
				in[i] = float64(float32(at[i%len(at)] * (1 - 0.003*float64(i/len(at)))))
			}
			out = append(out, Case{
				Name: fmt.Sprintf("%s %d", n, k+1),
				Def:  op.Unary{Fn: n, A: u.a, B: u.b, C: u.c},
				In:   []Arg{Floats(len(in)).Values(in...)},
				Want: func(in []Tensor) [][]float64 { return [][]float64{in[0].Map(u.f)} },
			})
		}
	}
	for _, k := range kinks {
		ones := make([]float64, len(k.x))
		for i := range ones {
			ones[i] = 1
		}
		in := []Arg{Floats(len(k.x)).Values(k.x...), Floats(len(k.x)).Values(ones...)}
		if op.Functions[k.u.Fn].Y { // all of these kinks are at 0, where y is 0 too
			in = append(in[:1], in...)
		}
		if !op.Functions[k.u.Fn].X {
			in = in[1:]
		}
		out = append(out, Case{
			Name: k.u.Fn + ", derivative at its kinks", Def: op.UnaryGrad{Unary: k.u}, In: in,
			Want: func([]Tensor) [][]float64 { return [][]float64{k.want} },
		})
	}
	return append(out, Case{
		Name: "of several tasks",
		Def:  op.Unary{Fn: "tanh"},
		In:   []Arg{Floats(3, 12345).From(-3, 3)},
		Want: func(in []Tensor) [][]float64 { return [][]float64{in[0].Map(math.Tanh)} },
	})
}

// kinks are the derivatives of JAX at the points where two branches meet.
var kinks = []struct {
	u       op.Unary
	x, want []float64
}{
	{op.Unary{Fn: "abs"}, []float64{0}, []float64{0}},
	{op.Unary{Fn: "relu"}, []float64{0}, []float64{0}},
	{op.Unary{Fn: "relu6"}, []float64{0, 6}, []float64{0, 0}},
	{op.Unary{Fn: "leaky_relu", A: 0.25}, []float64{0}, []float64{1}},
	{op.Unary{Fn: "bent_relu", B: 4}, []float64{0, 4}, []float64{0, 0.5}},
	{op.Unary{Fn: "bent_relu", A: 0.25, B: 4, C: 1}, []float64{1, 4}, []float64{0, 0.5}},
	{op.Unary{Fn: "bent_relu", B: 6}, []float64{0, 6}, []float64{0, 0}},
	{op.Unary{Fn: "elu", A: 0.5}, []float64{0}, []float64{0.5}},
	{op.Unary{Fn: "celu", A: 0.5}, []float64{0}, []float64{1}},
	{op.Unary{Fn: "clip", A: -1, B: 2}, []float64{-1, 2}, []float64{0.5, 0.5}},
	{op.Unary{Fn: "hard_sigmoid"}, []float64{-3, 3}, []float64{0, 0}},
	{op.Unary{Fn: "hard_silu"}, []float64{-3, 3}, []float64{0, 1}},
	{op.Unary{Fn: "hard_tanh"}, []float64{-1, 1}, []float64{1, 1}},
	{op.Unary{Fn: "hard_shrink", A: 0.5}, []float64{-0.5, 0.5}, []float64{0, 0}},
	{op.Unary{Fn: "soft_shrink", A: 0.5}, []float64{-0.5, 0.5}, []float64{0, 0}},
	{op.Unary{Fn: "threshold", A: 0.5}, []float64{0.5}, []float64{0}},
	{op.Unary{Fn: "sparse_plus"}, []float64{-1, 1}, []float64{0, 1}},
	{op.Unary{Fn: "sparse_sigmoid"}, []float64{-1, 1}, []float64{0.25, 0.25}},
}
