package cpu

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32gelu"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(unary[float32], unary[float64]).rowwise(rowByRow).overwrites(unaryInPlace)
	_ = register(unaryGrad[float32], unaryGrad[float64]).rowwise(rowByRow).overwrites(unaryInPlace)
)

// formula is a function of op.Unary and its derivative, in float64, which is good for both types. y
// or x is 0 where the function's derivative does not need it (see op.Functions).
//
// Products are converted before they are added to: Go may fuse them otherwise.
type formula struct {
	value func(x float64, u *op.Unary) float64
	slope func(x, y float64, u *op.Unary) float64
}

const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717

	sqrtHalf    = 0.70710678118654752440
	invSqrt2Pi  = 0.39894228040143267794
	sqrt2OverPi = 0.79788456080286535588
	geluCubic   = 0.044715
	invSqrtPi   = 0.56418958354775628695
)

var formulas = map[string]formula{
	"neg":        {func(x float64, _ *op.Unary) float64 { return -x }, func(_, _ float64, _ *op.Unary) float64 { return -1 }},
	"abs":        {func(x float64, _ *op.Unary) float64 { return math.Abs(x) }, func(x, _ float64, _ *op.Unary) float64 { return sign(x) }},
	"square":     {func(x float64, _ *op.Unary) float64 { return x * x }, func(x, _ float64, _ *op.Unary) float64 { return 2 * x }},
	"sqrt":       {func(x float64, _ *op.Unary) float64 { return math.Sqrt(x) }, func(_, y float64, _ *op.Unary) float64 { return 0.5 / y }},
	"rsqrt":      {func(x float64, _ *op.Unary) float64 { return 1 / math.Sqrt(x) }, func(_, y float64, _ *op.Unary) float64 { return -0.5 * y * y * y }},
	"reciprocal": {func(x float64, _ *op.Unary) float64 { return 1 / x }, func(_, y float64, _ *op.Unary) float64 { return -y * y }},
	"exp":        {func(x float64, _ *op.Unary) float64 { return f32vec.Exp64(x) }, func(_, y float64, _ *op.Unary) float64 { return y }},
	"expm1":      {func(x float64, _ *op.Unary) float64 { return f32vec.Expm164(x) }, func(_, y float64, _ *op.Unary) float64 { return y + 1 }},
	"log":        {func(x float64, _ *op.Unary) float64 { return f32vec.Log64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / x }},
	"log1p":      {func(x float64, _ *op.Unary) float64 { return f32vec.Log1p64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / (1 + x) }},
	"sign":       {func(x float64, _ *op.Unary) float64 { return sign(x) }, func(_, _ float64, _ *op.Unary) float64 { return 0 }},
	"affine":     {func(x float64, u *op.Unary) float64 { return float64(u.A*x) + u.B }, func(_, _ float64, u *op.Unary) float64 { return u.A }},
	"clip":       {func(x float64, u *op.Unary) float64 { return clip(x, u.A, u.B) }, func(x, _ float64, u *op.Unary) float64 { return inside(x, u.A, u.B) }},
	"pow":        {func(x float64, u *op.Unary) float64 { return f32vec.Pow64(x, u.A) }, powSlope},
	"sin":        {func(x float64, _ *op.Unary) float64 { return f32vec.Sin64(x) }, func(x, _ float64, _ *op.Unary) float64 { return f32vec.Cos64(x) }},
	"cos":        {func(x float64, _ *op.Unary) float64 { return f32vec.Cos64(x) }, func(x, _ float64, _ *op.Unary) float64 { return -f32vec.Sin64(x) }},

	"tan":        {func(x float64, _ *op.Unary) float64 { return f32vec.Tan64(x) }, func(_, y float64, _ *op.Unary) float64 { return 1 + float64(y*y) }},
	"sinh":       {func(x float64, _ *op.Unary) float64 { return f32vec.Sinh64(x) }, func(x, _ float64, _ *op.Unary) float64 { return f32vec.Cosh64(x) }},
	"cosh":       {func(x float64, _ *op.Unary) float64 { return f32vec.Cosh64(x) }, func(x, _ float64, _ *op.Unary) float64 { return f32vec.Sinh64(x) }},
	"arcsin":     {func(x float64, _ *op.Unary) float64 { return f32vec.Asin64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / math.Sqrt((1-x)*(1+x)) }},
	"arccos":     {func(x float64, _ *op.Unary) float64 { return f32vec.Acos64(x) }, func(x, _ float64, _ *op.Unary) float64 { return -1 / math.Sqrt((1-x)*(1+x)) }},
	"arctan":     {func(x float64, _ *op.Unary) float64 { return f32vec.Atan64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / (1 + float64(x*x)) }},
	"arcsinh":    {func(x float64, _ *op.Unary) float64 { return f32vec.Asinh64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / math.Sqrt(1+float64(x*x)) }},
	"arccosh":    {func(x float64, _ *op.Unary) float64 { return f32vec.Acosh64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / math.Sqrt((x-1)*(x+1)) }},
	"arctanh":    {func(x float64, _ *op.Unary) float64 { return f32vec.Atanh64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 1 / ((1 - x) * (1 + x)) }},
	"cbrt":       {func(x float64, _ *op.Unary) float64 { return f32vec.Cbrt64(x) }, func(_, y float64, _ *op.Unary) float64 { return 1 / (3 * y * y) }},
	"erf":        {func(x float64, _ *op.Unary) float64 { return f32vec.Erf64(x) }, func(x, _ float64, _ *op.Unary) float64 { return 2 * invSqrtPi * f32vec.Exp64(-x*x) }},
	"erfinv":     {func(x float64, _ *op.Unary) float64 { return f32vec.Erfinv64(x) }, func(_, y float64, _ *op.Unary) float64 { return f32vec.Exp64(y*y) / (2 * invSqrtPi) }},
	"floor":      {func(x float64, _ *op.Unary) float64 { return math.Floor(x) }, flat},
	"ceil":       {func(x float64, _ *op.Unary) float64 { return math.Ceil(x) }, flat},
	"round":      {func(x float64, _ *op.Unary) float64 { return math.RoundToEven(x) }, flat},
	"trunc":      {func(x float64, _ *op.Unary) float64 { return math.Trunc(x) }, flat},
	"isnan":      {func(x float64, _ *op.Unary) float64 { return when(x != x, 1, 0) }, flat},
	"isinf":      {func(x float64, _ *op.Unary) float64 { return when(math.IsInf(x, 0), 1, 0) }, flat},
	"isfinite":   {func(x float64, _ *op.Unary) float64 { return when(x-x == 0, 1, 0) }, flat},
	"signbit":    {func(x float64, _ *op.Unary) float64 { return when(math.Signbit(x), 1, 0) }, flat},
	"i0":         {func(x float64, _ *op.Unary) float64 { return bessel(0, x) }, func(x, _ float64, _ *op.Unary) float64 { return bessel(1, x) }},
	"relu":       {func(x float64, _ *op.Unary) float64 { return relu64(x) }, func(_, y float64, _ *op.Unary) float64 { return when(y > 0, 1, 0) }},
	"relu6":      {func(x float64, _ *op.Unary) float64 { return clip(x, 0, 6) }, func(x, _ float64, _ *op.Unary) float64 { return relu6Slope(x) }},
	"leaky_relu": {func(x float64, u *op.Unary) float64 { return when(x >= 0, x, u.A*x) }, func(x, _ float64, u *op.Unary) float64 { return when(x >= 0, 1, u.A) }},
	"bent_relu":  {bentRelu, bentReluSlope},
	"elu": {
		func(x float64, u *op.Unary) float64 { return elu(x, u.A) },
		func(x, y float64, u *op.Unary) float64 { return when(x > 0, 1, y+u.A) },
	},
	"selu": {
		func(x float64, _ *op.Unary) float64 { return seluScale * elu(x, seluAlpha) },
		func(x, y float64, _ *op.Unary) float64 { return when(x > 0, seluScale, y+seluScale*seluAlpha) },
	},
	"celu": {
		func(x float64, u *op.Unary) float64 { return max(x, 0) + float64(u.A*f32vec.Expm164(min(x, 0)/u.A)) },
		func(x, _ float64, u *op.Unary) float64 { return f32vec.Exp64(min(x, 0) / u.A) },
	},
	"gelu": {
		func(x float64, _ *op.Unary) float64 { return x * normalCDF(x) },
		func(x, _ float64, _ *op.Unary) float64 {
			return normalCDF(x) + float64(x*(invSqrt2Pi*f32vec.Exp64(-0.5*x*x)))
		},
	},
	"gelu_tanh": {
		func(x float64, _ *op.Unary) float64 { return 0.5 * x * (1 + f32vec.Tanh64(geluArg(x))) },
		func(x, _ float64, _ *op.Unary) float64 {
			t := f32vec.Tanh64(geluArg(x))
			inner := sqrt2OverPi * (1 + float64(3*geluCubic*x*x))
			return float64(0.5*(1+t)) + float64(0.5*x*(1-float64(t*t))*inner)
		},
	},
	"sigmoid":  {func(x float64, _ *op.Unary) float64 { return f32vec.Sigmoid64(x) }, func(_, y float64, _ *op.Unary) float64 { return y * (1 - y) }},
	"tanh":     {func(x float64, _ *op.Unary) float64 { return f32vec.Tanh64(x) }, func(_, y float64, _ *op.Unary) float64 { return 1 - float64(y*y) }},
	"softplus": {func(x float64, _ *op.Unary) float64 { return f32vec.Softplus64(x) }, func(x, _ float64, _ *op.Unary) float64 { return f32vec.Sigmoid64(x) }},
	"softsign": {
		func(x float64, _ *op.Unary) float64 { return x / (1 + math.Abs(x)) },
		func(x, _ float64, _ *op.Unary) float64 { d := 1 + math.Abs(x); return 1 / (d * d) },
	},
	"silu": {
		func(x float64, _ *op.Unary) float64 { return x * f32vec.Sigmoid64(x) },
		func(x, _ float64, _ *op.Unary) float64 {
			s := f32vec.Sigmoid64(x)
			return s * (1 + float64(x*(1-s)))
		},
	},
	"mish": {
		func(x float64, _ *op.Unary) float64 { return x * f32vec.Tanh64(f32vec.Softplus64(x)) },
		func(x, _ float64, _ *op.Unary) float64 {
			t := f32vec.Tanh64(f32vec.Softplus64(x))
			return t + float64(x*(1-float64(t*t))*f32vec.Sigmoid64(x))
		},
	},
	"log_sigmoid": {func(x float64, _ *op.Unary) float64 { return -f32vec.Softplus64(-x) }, func(x, _ float64, _ *op.Unary) float64 { return f32vec.Sigmoid64(-x) }},
	"hard_sigmoid": {
		func(x float64, _ *op.Unary) float64 { return clip(x+3, 0, 6) / 6 },
		func(x, _ float64, _ *op.Unary) float64 { return relu6Slope(x+3) / 6 },
	},
	"hard_silu": {
		func(x float64, _ *op.Unary) float64 { return x * (clip(x+3, 0, 6) / 6) },
		func(x, _ float64, _ *op.Unary) float64 {
			return clip(x+3, 0, 6)/6 + float64(x*(relu6Slope(x+3)/6))
		},
	},
	"hard_tanh":   {func(x float64, _ *op.Unary) float64 { return clip(x, -1, 1) }, func(x, _ float64, _ *op.Unary) float64 { return when(x >= -1 && x <= 1, 1, 0) }},
	"hard_shrink": {func(x float64, u *op.Unary) float64 { return when(math.Abs(x) > u.A, x, 0) }, func(x, _ float64, u *op.Unary) float64 { return when(math.Abs(x) > u.A, 1, 0) }},
	"soft_shrink": {
		func(x float64, u *op.Unary) float64 { return when(x > u.A, x-u.A, when(x < -u.A, x+u.A, 0)) },
		func(x, _ float64, u *op.Unary) float64 { return when(math.Abs(x) > u.A, 1, 0) },
	},
	"tanh_shrink": {
		func(x float64, _ *op.Unary) float64 { return x - f32vec.Tanh64(x) },
		func(x, _ float64, _ *op.Unary) float64 { t := f32vec.Tanh64(x); return t * t },
	},
	"threshold": {func(x float64, u *op.Unary) float64 { return when(x > u.A, x, u.B) }, func(x, _ float64, u *op.Unary) float64 { return when(x > u.A, 1, 0) }},
	"squareplus": {
		func(x float64, u *op.Unary) float64 { return (x + math.Sqrt(float64(x*x)+u.A)) / 2 },
		func(x, _ float64, u *op.Unary) float64 { return (1 + x/math.Sqrt(float64(x*x)+u.A)) / 2 },
	},
	"sparse_plus": {func(x float64, _ *op.Unary) float64 {
		return when(x <= -1, 0, when(x >= 1, x, (x+1)*(x+1)/4))
	}, func(x, _ float64, _ *op.Unary) float64 { return when(x <= -1, 0, when(x >= 1, 1, (x+1)/2)) }},
	"sparse_sigmoid": {
		func(x float64, _ *op.Unary) float64 { return 0.5 * clip(x+1, 0, 2) },
		func(x, _ float64, _ *op.Unary) float64 { return 0.5 * inside(x+1, 0, 2) },
	},
}

// flat is the slope of a function of steps.
func flat(_, _ float64, _ *op.Unary) float64 { return 0 }

func when(c bool, yes, no float64) float64 {
	if c {
		return yes
	}
	return no
}

// sign keeps a NaN.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

func clip(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

// inside is the derivative of clip: ½ on a bound, where both sides of a min or max are equal.
func inside(x, lo, hi float64) float64 {
	switch {
	case x > lo && x < hi:
		return 1
	case x < lo || x > hi:
		return 0
	case x == lo || x == hi:
		return 0.5
	}
	return x
}

// relu6Slope is 0 on both bounds, unlike clip's.
func relu6Slope(x float64) float64 { return when(x > 0 && x < 6, 1, 0) }

func relu64(x float64) float64 { return max(x, 0) }

func elu(x, alpha float64) float64 { return when(x > 0, x, alpha*f32vec.Expm164(min(x, 0))) }

func normalCDF(x float64) float64 { return 0.5 * f32vec.Erfc64(-x*sqrtHalf) }

func geluArg(x float64) float64 {
	return sqrt2OverPi * (x + float64(geluCubic*x*x*x))
}

// powSlope is A·x**(A-1), and 0 for A = 0 also where x is 0.
func powSlope(x, _ float64, u *op.Unary) float64 {
	if u.A == 0 {
		return 0
	}
	return u.A * f32vec.Pow64(x, u.A-1)
}

// bentRelu follows keras/src/activations/activations.py, ReLU.static_call: above the threshold C the
// input, cut to [0, B]; less A times how far the input is below the threshold.
func bentRelu(x float64, u *op.Unary) float64 {
	y := max(x, 0)
	if u.C != 0 {
		y = when(x > u.C, x, 0)
	}
	if !math.IsInf(u.B, 1) {
		y = clip(y, 0, u.B)
	}
	return y - float64(u.A*max(u.C-x, 0))
}

func bentReluSlope(x, _ float64, u *op.Unary) float64 {
	s := when(x > u.C, 1, 0)
	switch {
	case math.IsInf(u.B, 1):
	case u.C == 0 && u.B == 6: // Keras uses relu6
		s = relu6Slope(x)
	case s != 0:
		s = inside(x, 0, u.B)
	}
	return s + when(x < u.C, u.A, 0)
}

// inFloat32 rounds the parameters, so that comparisons with them are as in float32 arithmetic, and finds what has a sweep of its own.
func inFloat32(u op.Unary) op.Unary {
	if u.Fn == "bent_relu" && u.A == 0 && u.B == 6 && u.C == 0 {
		u.Fn = "relu6"
	}
	u.A, u.B, u.C = float64(float32(u.A)), float64(float32(u.B)), float64(float32(u.C))
	return u
}

// unaryInPlace puts the result over the input or, of a gradient, rather over dy than over x or y.
func unaryInPlace(o *op.Op) [][2]int {
	u, ok := o.Def.(op.Unary)
	if !ok {
		u = o.Def.(op.UnaryGrad).Unary
	}
	if s, ok := sweeps[u.Fn]; ok && !s.inPlace {
		return nil
	}
	pairs := anyInput(o)
	slices.Reverse(pairs)
	return pairs
}

func unary[T Float](u op.Unary, b *Bound[T]) Run {
	x, y := b.In[0].F, b.Out[0].F
	f := valueOf[T](b.ISA, u)
	return b.each(func(lo, hi int) { f(y[lo:hi], x[lo:hi]) })
}

// valueOf returns the function that sets y to u's values of x.
func valueOf[T Float](i isa.ISA, u op.Unary) func(y, x []T) {
	if is32[T]() {
		u = inFloat32(u)
		if f := sweeps[u.Fn].value; f != nil {
			return func(y, x []T) { f(i, f32(y), f32(x), &u) }
		}
	}
	f := formulas[u.Fn].value
	return func(y, x []T) {
		for i, v := range x {
			y[i] = flush(T(f(float64(v), &u)))
		}
	}
}

func unaryGrad[T Float](d op.UnaryGrad, b *Bound[T]) Run {
	dx, dy := b.Out[0].F, b.In[len(b.In)-1].F
	x, y := savedBy(d.Unary, b.In)
	f := slopeOf[T](b.ISA, d.Unary)
	return b.each(func(lo, hi int) { f(dx[lo:hi], part(x, lo, hi), part(y, lo, hi), dy[lo:hi]) })
}

// savedBy is what the derivative of u is computed from, x and y, each nil where it is not needed.
func savedBy[T Float](u op.Unary, in []Buf[T]) (x, y []T) {
	k := 0
	if op.Functions[u.Fn].X {
		x, k = in[k].F, k+1
	}
	if op.Functions[u.Fn].Y {
		y = in[k].F
	}
	return x, y
}

// slopeOf returns the function that sets dx to dy times u's derivative.
func slopeOf[T Float](i isa.ISA, u op.Unary) func(dx, x, y, dy []T) {
	if is32[T]() {
		u = inFloat32(u)
		if f := sweeps[u.Fn].grad; f != nil {
			return func(dx, x, y, dy []T) { f(i, f32(dx), f32(x), f32(y), f32(dy), &u) }
		}
	}
	f := formulas[u.Fn].slope
	return func(dx, x, y, dy []T) {
		for i, v := range dy {
			var xi, yi float64
			if x != nil {
				xi = float64(x[i])
			}
			if y != nil {
				yi = float64(y[i])
			}
			dx[i] = flush(T(float64(v) * f(xi, yi, &u)))
		}
	}
}

// boths are kernels for bothOf.
var boths = map[string]func(i isa.ISA, y, d, x []float32){"gelu": f32gelu.Both, "gelu_tanh": f32gelu.TanhBoth}

// bothOf returns the function that sets y to u's values of x and d, which may be x, to its derivatives there.
func bothOf[T Float](i isa.ISA, u op.Unary) func(y, d, x []T) {
	if f := boths[u.Fn]; is32[T]() && f != nil {
		return func(y, d, x []T) { f(i, f32(y), f32(d), f32(x)) }
	}
	value, slope := formulas[u.Fn].value, formulas[u.Fn].slope
	return func(y, d, x []T) {
		for i, v := range x {
			v, s := value(float64(v), &u), slope(float64(v), 0, &u)
			y[i], d[i] = flush(T(v)), flush(T(s))
		}
	}
}

func part[T any](s []T, lo, hi int) []T {
	if s == nil {
		return nil
	}
	return s[lo:hi]
}
