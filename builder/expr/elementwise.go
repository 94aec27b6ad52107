package expr

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

// pointwise are the functions of one tensor, element by element, that are one operation without
// parameters: Keras' name, the operation, what it computes.
var pointwise = [][3]string{
	{"arccos", "arccos", "Arc cosine, in radians."},
	{"arccosh", "arccosh", "Inverse hyperbolic cosine."},
	{"arcsin", "arcsin", "Arc sine, in radians."},
	{"arcsinh", "arcsinh", "Inverse hyperbolic sine."},
	{"arctan", "arctan", "Arc tangent, in radians."},
	{"arctanh", "arctanh", "Inverse hyperbolic tangent."},
	{"cbrt", "cbrt", "Cube root."},
	{"cos", "cos", "Cosine of radians."},
	{"cosh", "cosh", "Hyperbolic cosine."},
	{"erf", "erf", "Error function."},
	{"erfinv", "erfinv", "Inverse of the error function."},
	{"exp", "exp", "e to the power x."},
	{"expm1", "expm1", "e to the power x, less 1."},
	{"i0", "i0", "The modified Bessel function of the first kind, of order 0."},
	{"hard_sigmoid", "hard_sigmoid", "relu6(x + 3) / 6."},
	{"hard_silu", "hard_silu", "x times hard_sigmoid(x)."},
	{"hard_tanh", "hard_tanh", "x cut to -1 to 1."},
	{"log", "log", "Natural logarithm."},
	{"log1p", "log1p", "Natural logarithm of 1 + x."},
	{"log_sigmoid", "log_sigmoid", "Logarithm of the sigmoid."},
	{"reciprocal", "reciprocal", "1 / x."},
	{"relu", "relu", "x where positive, else 0."},
	{"relu6", "relu6", "x cut to 0 to 6."},
	{"rsqrt", "rsqrt", "1 / √x."},
	{"selu", "selu", "Scaled exponential linear unit."},
	{"sigmoid", "sigmoid", "1 / (1 + e^-x)."},
	{"silu", "silu", "x times sigmoid(x)."},
	{"sin", "sin", "Sine of radians."},
	{"sinh", "sinh", "Hyperbolic sine."},
	{"softplus", "softplus", "ln(1 + e^x)."},
	{"softsign", "softsign", "x / (1 + |x|)."},
	{"sparse_plus", "sparse_plus", "0 up to -1, x from 1 on, (x + 1)²/4 between."},
	{"sparse_sigmoid", "sparse_sigmoid", "(x + 1)/2 cut to 0 to 1."},
	{"sqrt", "sqrt", "Square root."},
	{"tan", "tan", "Tangent of radians."},
	{"tanh", "tanh", "Hyperbolic tangent."},
	{"tanh_shrink", "tanh_shrink", "x - tanh(x)."},
}

func init() {
	for _, p := range pointwise {
		function("ops::"+p[0], "x", p[2], func(c *call) any { return unary(p[1], c.tensor("x")) })
	}
	alias("ops::silu", "ops::swish")
	alias("ops::hard_silu", "ops::hard_swish")
	for _, p := range [][3]string{
		{"ceil", "ceil", "The next whole number above."},
		{"floor", "floor", "The next whole number below."},
		{"trunc", "trunc", "x without its fraction."},
	} {
		function("ops::"+p[0], "x", p[2], func(c *call) any { return unary(p[1], c.tensor("x")) })
	}
	for _, p := range [][3]string{
		{"isnan", "isnan", "Whether it is not a number."},
		{"isinf", "isinf", "Whether it is infinite."},
		{"isfinite", "isfinite", "Whether it is a finite number."},
	} {
		function("ops::"+p[0], "x", p[2], func(c *call) any { t := unary(p[1], c.tensor("x")); t.Kind = Bool; return t })
	}
	for _, p := range [][3]string{
		{"add", "add", "x1 + x2."},
		{"subtract", "sub", "x1 - x2."},
		{"multiply", "mul", "x1 · x2."},
		{"divide", "div", "x1 / x2."},
		{"maximum", "max", "The larger of the two."},
		{"minimum", "min", "The smaller of the two."},
		{"mod", "mod", "What is left of x1 / x2, of x2's sign."},
		{"floor_divide", "floor_divide", "x1 / x2, rounded down."},
		{"power", "pow", "x1 to the power x2."},
		{"arctan2", "arctan2", "Angle of the point (x2, x1), in radians."},
		{"nextafter", "nextafter", "The float32 next to x1 on the way to x2."},
	} {
		function("ops::"+p[0], "x1, x2", p[2], func(c *call) any { return binary(p[1], c.tensor("x1"), c.tensor("x2")) })
	}
	alias("ops::divide", "ops::true_divide")
	for _, p := range [][2]string{
		{"equal", "Whether the two are equal."},
		{"not_equal", "Whether the two differ."},
		{"less", "Whether x1 < x2."},
		{"less_equal", "Whether x1 ≤ x2."},
		{"greater", "Whether x1 > x2."},
		{"greater_equal", "Whether x1 ≥ x2."},
	} {
		function("ops::"+p[0], "x1, x2", p[1], func(c *call) any { return compare(p[0], c.tensor("x1"), c.tensor("x2")) })
	}
}

func negative(x *Tensor) *Tensor {
	if x.Kind == Float {
		return unary("neg", x)
	}
	return binary("sub", constantOf(Int, nil, 0), x)
}

func absolute(x *Tensor) *Tensor {
	if x.Kind == Float {
		return unary("abs", x)
	}
	return binary("max", x, negative(x))
}

func logAddExp(a, b *Tensor) *Tensor {
	a, b = a.as(Float), b.as(Float)
	return binary("add", binary("max", a, b), unary("softplus", negative(absolute(binary("sub", a, b)))))
}

func number(v float64) *Tensor { return constantOf(Float, nil, v) }

var (
	_ = function("ops::negative", "x", "-x.", func(c *call) any { return negative(c.tensor("x")) })
	_ = function("ops::abs", "x", "|x|; the derivative at 0 is 0.", func(c *call) any { return absolute(c.tensor("x")) })
	_ = alias("ops::abs", "ops::absolute", "ops::fabs")
	_ = function("ops::square", "x", "x².", func(c *call) any {
		if x := c.tensor("x"); x.Kind != Float {
			return binary("mul", x, x)
		}
		return unary("square", c.tensor("x"))
	})
	_ = function("ops::sign", "x", "-1, 0 or 1.", func(c *call) any {
		x := c.tensor("x")
		return unary("sign", x).as(intOr(x))
	})
	_ = function("ops::round", "x, decimals=0", "The nearest whole number, or the nearest of so many decimals; halves go to the even one.", func(c *call) any {
		scale := math.Pow10(c.integer("decimals"))
		if scale == 1 {
			return unary("round", c.tensor("x"))
		}
		return affine(unary("round", affine(c.tensor("x"), scale, 0)), 1/scale, 0)
	})
	_ = function("ops::exp2", "x", "2 to the power x.", func(c *call) any { return unary("exp", affine(c.tensor("x"), math.Ln2, 0)) })
	_ = function("ops::log2", "x", "Logarithm to the base 2.", func(c *call) any { return affine(unary("log", c.tensor("x")), 1/math.Ln2, 0) })
	_ = function("ops::log10", "x", "Logarithm to the base 10.", func(c *call) any { return affine(unary("log", c.tensor("x")), 1/math.Ln10, 0) })
	_ = function("ops::deg2rad", "x", "Degrees as radians.", func(c *call) any { return affine(c.tensor("x"), math.Pi/180, 0) })
	_ = function("ops::rad2deg", "x", "Radians as degrees.", func(c *call) any { return affine(c.tensor("x"), 180/math.Pi, 0) })
	_ = function("ops::erfc", "x", "1 less the error function.", func(c *call) any { return affine(unary("erf", c.tensor("x")), -1, 1) })
	_ = function("ops::sinc", "x", "sin(πx)/(πx), 1 at 0.", func(c *call) any {
		x := affine(c.tensor("x"), math.Pi, 0)
		zero := compare("equal", x, number(0))
		x = where(zero, number(1), x)
		return where(zero, number(1), binary("div", unary("sin", x), x))
	})
	_ = function("ops::clip", "x, x_min, x_max", "x cut to x_min to x_max.", func(c *call) any {
		x := c.tensor("x")
		lo, hi := c.tensor("x_min"), c.tensor("x_max")
		a, ok := lo.scalar()
		if b, also := hi.scalar(); ok && also && x.Kind == Float {
			return unary("clip", x, a, b)
		}
		return binary("min", binary("max", x, lo), hi)
	})
	_ = function("ops::nan_to_num", "x, nan=0.0, posinf=None, neginf=None", "Numbers in the place of NaN and infinities.", func(c *call) any {
		x := c.floats("x")
		hi, lo := float64(math.MaxFloat32), -float64(math.MaxFloat32)
		if c.given("posinf") {
			hi = c.number("posinf")
		}
		if c.given("neginf") {
			lo = c.number("neginf")
		}
		x = where(unary("isnan", x), number(c.number("nan")), x)
		x = where(compare("greater", x, number(math.MaxFloat32)), number(hi), x)
		return where(compare("less", x, number(-math.MaxFloat32)), number(lo), x)
	})
	_ = function("ops::isposinf", "x", "Whether it is +∞.", func(c *call) any { return compare("greater", c.floats("x"), number(math.MaxFloat32)) })
	_ = function("ops::isneginf", "x", "Whether it is -∞.", func(c *call) any { return compare("less", c.floats("x"), number(-math.MaxFloat32)) })
	_ = function("ops::heaviside", "x1, x2", "0 below 0, 1 above, x2 at 0.", func(c *call) any {
		x, at := c.floats("x1"), c.floats("x2")
		return where(compare("equal", x, number(0)), at, compare("greater", x, number(0)).as(Float))
	})

	_ = function("ops::elu", "x, alpha=1.0", "x where positive, else alpha·(e^x - 1).", func(c *call) any { return unary("elu", c.tensor("x"), c.number("alpha")) })
	_ = function("ops::celu", "x, alpha=1.0", "max(x, 0) + alpha·(e^(min(x, 0)/alpha) - 1).", func(c *call) any { return unary("celu", c.tensor("x"), c.number("alpha")) })
	_ = function("ops::leaky_relu", "x, negative_slope=0.2", "x where positive, else negative_slope·x.", func(c *call) any { return unary("leaky_relu", c.tensor("x"), c.number("negative_slope")) })
	_ = function("ops::gelu", "x, approximate=True", "x·Φ(x), Φ the normal distribution, or its approximation by tanh.", func(c *call) any {
		if c.truth("approximate") {
			return unary("gelu_tanh", c.tensor("x"))
		}
		return unary("gelu", c.tensor("x"))
	})
	_ = function("ops::hard_shrink", "x, threshold=0.5", "x where |x| is above the threshold, else 0.", func(c *call) any { return unary("hard_shrink", c.tensor("x"), c.number("threshold")) })
	_ = function("ops::soft_shrink", "x, threshold=0.5", "x drawn towards 0 by the threshold.", func(c *call) any { return unary("soft_shrink", c.tensor("x"), c.number("threshold")) })
	_ = function("ops::threshold", "x, threshold, default_value", "x where above the threshold, else default_value.", func(c *call) any {
		return unary("threshold", c.tensor("x"), c.number("threshold"), c.number("default_value"))
	})
	_ = function("ops::squareplus", "x, b=4", "(x + √(x² + b))/2.", func(c *call) any { return unary("squareplus", c.tensor("x"), c.number("b")) })

	_ = function("ops::divide_no_nan", "x1, x2", "x1 / x2, 0 where x2 is 0.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		zero := compare("equal", b, number(0))
		return where(zero, number(0), binary("div", a, where(zero, number(1), b)))
	})
	_ = function("ops::fmod", "x1, x2", "What is left of x1 / x2, of x1's sign.", func(c *call) any {
		a, b := c.tensor("x1"), c.tensor("x2")
		return binary("mul", binary("mod", absolute(a), absolute(b)), unary("sign", a).as(intOr(a)))
	})
	_ = function("ops::fmax", "x1, x2", "The larger of the two that is a number.", func(c *call) any { return orOther("max", c.floats("x1"), c.floats("x2")) })
	_ = function("ops::fmin", "x1, x2", "The smaller of the two that is a number.", func(c *call) any { return orOther("min", c.floats("x1"), c.floats("x2")) })
	_ = function("ops::hypot", "x1, x2", "√(x1² + x2²).", func(c *call) any {
		return unary("sqrt", binary("add", unary("square", c.tensor("x1")), unary("square", c.tensor("x2"))))
	})
	_ = function("ops::logaddexp", "x1, x2", "ln(e^x1 + e^x2).", func(c *call) any { return logAddExp(c.tensor("x1"), c.tensor("x2")) })
	_ = function("ops::logaddexp2", "x1, x2", "The logarithm to the base 2 of 2^x1 + 2^x2.", func(c *call) any {
		return affine(logAddExp(affine(c.tensor("x1"), math.Ln2, 0), affine(c.tensor("x2"), math.Ln2, 0)), 1/math.Ln2, 0)
	})
	_ = function("ops::ldexp", "x1, x2", "x1 · 2^x2.", func(c *call) any {
		return binary("mul", c.floats("x1"), binary("pow", number(2), c.floats("x2")))
	})
	_ = function("ops::isclose", "x1, x2, rtol=1e-05, atol=1e-08", "Whether |x1 - x2| ≤ atol + rtol·|x2|.", func(c *call) any {
		a, b := c.floats("x1"), c.floats("x2")
		return compare("less_equal", absolute(binary("sub", a, b)), affine(absolute(b), c.number("rtol"), c.number("atol")))
	})

	_ = function("ops::logical_and", "x1, x2", "Whether both are true.", func(c *call) any { return both(c.tensor("x1"), c.tensor("x2")) })
	_ = function("ops::logical_or", "x1, x2", "Whether one is true.", func(c *call) any { return either(c.tensor("x1"), c.tensor("x2")) })
	_ = function("ops::logical_xor", "x1, x2", "Whether one and not the other is true.", func(c *call) any {
		return compare("not_equal", c.tensor("x1").as(Bool), c.tensor("x2").as(Bool))
	})
	_ = function("ops::logical_not", "x", "Whether it is false.", func(c *call) any { return not(c.tensor("x")) })
	_ = function("ops::where", "condition, x1, x2", "x1 where the condition is true, else x2.", func(c *call) any {
		return where(c.tensor("condition"), c.tensor("x1"), c.tensor("x2"))
	})
	_ = function("ops::select", "condlist, choicelist, default=0", "Of the choices that whose condition is the first that is true, else the default.", func(c *call) any {
		conditions, choices := c.tensors("condlist"), c.tensors("choicelist")
		if len(conditions) != len(choices) {
			c.fail("choicelist", "there are %d conditions and %d choices", len(conditions), len(choices))
		}
		out := c.tensor("default")
		for i := len(choices) - 1; i >= 0; i-- {
			out = where(conditions[i], choices[i], out)
		}
		return out
	})
	_ = function("ops::cast", "x, dtype", "x as \"float32\", \"int32\" (without its fraction) or \"bool\".", func(c *call) any {
		return c.tensor("x").as(Kind(c.text("dtype", "float32", "int32", "bool")))
	})
	_ = alias("ops::cast", "ops::saturate_cast")
	_ = function("ops::stop_gradient", "variable", "The same, through which no gradient flows.", func(c *call) any { return stopGradient(c.tensor("variable")) })
	_ = function("ops::copy", "x", "The same.", func(c *call) any { return c.tensor("x") })
	_ = alias("ops::copy", "ops::real", "ops::conj", "ops::conjugate", "ops::convert_to_tensor", "ops::array")
)

// whole joins two tensors of whole numbers.
func (c *call) whole(fn, x, y string) *Tensor {
	a, b := c.tensor(x), c.tensor(y)
	if a.Kind == Float || b.Kind == Float {
		c.fail(x, "whole numbers are wanted; ops::cast(x, \"int32\") makes them so")
	}
	return binary(fn, a.as(Int), b.as(Int))
}

func init() {
	for _, p := range [][3]string{
		{"bitwise_and", "and", "The bits that both have."},
		{"bitwise_or", "or", "The bits that one of them has."},
		{"bitwise_xor", "xor", "The bits that one of them has and not the other."},
		{"bitwise_left_shift", "left", "The bits of x moved up by y places."},
		{"bitwise_right_shift", "right", "The bits of x moved down by y places."},
	} {
		function("ops::"+p[0], "x, y", p[2], func(c *call) any { return c.whole(p[1], "x", "y") })
	}
	alias("ops::bitwise_left_shift", "ops::left_shift")
	alias("ops::bitwise_right_shift", "ops::right_shift")
	function("ops::bitwise_invert", "x", "The bits that x has not got.", func(c *call) any {
		if c.tensor("x").Kind == Float {
			c.fail("x", "whole numbers are wanted")
		}
		return binary("sub", constantOf(Int, nil, -1), c.tensor("x").as(Int))
	})
	alias("ops::bitwise_invert", "ops::bitwise_not")
	function("ops::gcd", "x1, x2", "The largest number that divides both.", func(c *call) any { return c.whole("gcd", "x1", "x2") })
	function("ops::lcm", "x1, x2", "The smallest number that both divide.", func(c *call) any {
		a, b := absolute(c.tensor("x1")), absolute(c.tensor("x2"))
		return binary("mul", binary("floor_divide", a, c.whole("gcd", "x1", "x2")), b)
	})
	function("ops::gammainc", "x1, x2", "The regularized lower incomplete gamma function P(x1, x2).", func(c *call) any {
		return binary("gammainc", c.floats("x1"), c.floats("x2"))
	})
	function("ops::signbit", "x", "Whether the sign is minus; of -0 too.", func(c *call) any {
		x := c.tensor("x")
		if x.Kind != Float {
			return compare("less", x, constantOf(Int, nil, 0))
		}
		return apply(op.Unary{Fn: "signbit"}, x.Shape, Bool, x)
	})
	function("ops::isreal", "x", "Whether there is no imaginary part: true.", func(c *call) any { return constantOf(Bool, c.tensor("x").Shape, 1) })
	function("ops::imag", "x", "The imaginary part: 0.", func(c *call) any {
		x := c.tensor("x")
		return constantOf(x.Kind, x.Shape, 0)
	})
	function("ops::angle", "x", "The angle of a number in the complex plane: 0, or π where negative.", func(c *call) any {
		x := c.tensor("x")
		return where(compare("less", x, constantOf(x.Kind, nil, 0)), number(math.Pi), constantOf(Float, nil, 0))
	})
}

// intOr is the type of a result that is whole where the tensor is.
func intOr(x *Tensor) Kind {
	if x.Kind == Float {
		return Float
	}
	return Int
}

func orOther(fn string, a, b *Tensor) *Tensor {
	return where(unary("isnan", a), b, where(unary("isnan", b), a, binary(fn, a, b)))
}
