package dsl

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The transcendental functions are computed in 256 bits and rounded to float64 once. Package math would
// give other last bits on other processors, and the same file has to mean the same run.

const precision = 256

func bigFloat(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func wide() *big.Float { return new(big.Float).SetPrec(precision) }

var ln2 = func() *big.Float {
	// ln 2 = 2 atanh(1/3)
	return wide().Mul(bigFloat(2), atanh(wide().Quo(bigFloat(1), bigFloat(3))))
}()

// atanh sums the series of atanh for |x| <= 1/3.
func atanh(x *big.Float) *big.Float {
	sum, power, square := wide().Set(x), wide().Set(x), wide().Mul(x, x)
	for k := 3; ; k += 2 {
		power.Mul(power, square)
		term := wide().Quo(power, bigFloat(float64(k)))
		if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-precision {
			return sum
		}
		sum.Add(sum, term)
	}
}

// bigLog is the natural logarithm of x > 0.
func bigLog(x *big.Float) *big.Float {
	m := wide()
	exp := x.MantExp(m) // m in [1/2, 1)
	if m.Cmp(bigFloat(math.Sqrt2/2)) < 0 {
		m.Mul(m, bigFloat(2))
		exp--
	}
	one := bigFloat(1)
	r := atanh(wide().Quo(wide().Sub(m, one), wide().Add(m, one)))
	r.Mul(r, bigFloat(2))
	return r.Add(r, wide().Mul(ln2, bigFloat(float64(exp))))
}

// bigExp is e to the power of x, for |x| below about 1e6.
func bigExp(x *big.Float) *big.Float {
	k, _ := wide().Quo(x, ln2).Int64()
	r := wide().Sub(x, wide().Mul(ln2, bigFloat(float64(k))))
	const halvings = 8
	r.SetMantExp(r, -halvings)
	sum, term := bigFloat(1), bigFloat(1)
	for n := 1; n < 200; n++ {
		term.Mul(term, r)
		term.Quo(term, bigFloat(float64(n)))
		if term.Sign() == 0 || term.MantExp(nil) < -precision {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(k))
}

// rounded is the float64 nearest to x as a value, or an error where it has none.
func rounded(x *big.Float) (cty.Value, error) {
	f, _ := x.Float64()
	if math.IsInf(f, 0) {
		return cty.NilVal, errors.New("the result is beyond the largest number, about 1.8e308")
	}
	return cty.NumberFloatVal(f), nil
}

func asWide(v cty.Value) (*big.Float, error) {
	f := v.AsBigFloat()
	if f.IsInf() {
		return nil, errors.New("the number is infinite")
	}
	return wide().Set(f), nil
}

func numberFunc(params []string, f func(x []*big.Float) (cty.Value, error)) function.Function {
	spec := &function.Spec{Type: function.StaticReturnType(cty.Number)}
	for _, p := range params {
		spec.Params = append(spec.Params, function.Parameter{Name: p, Type: cty.Number})
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		x := make([]*big.Float, len(args))
		for i, a := range args {
			var err error
			if x[i], err = asWide(a); err != nil {
				return cty.NilVal, function.NewArgError(i, err)
			}
		}
		return f(x)
	}
	return function.New(spec)
}

var expFunc = numberFunc([]string{"num"}, func(x []*big.Float) (cty.Value, error) { return exponential(x[0]) })

func exponential(x *big.Float) (cty.Value, error) {
	switch f, _ := x.Float64(); {
	case f > 710:
		return cty.NilVal, errors.New("the result is beyond the largest number, about 1.8e308")
	case f < -750:
		return cty.Zero, nil
	}
	return rounded(bigExp(x))
}

var sqrtFunc = numberFunc([]string{"num"}, func(x []*big.Float) (cty.Value, error) {
	if x[0].Sign() < 0 {
		return cty.NilVal, function.NewArgErrorf(0, "a negative number has no square root")
	}
	return rounded(wide().Sqrt(x[0]))
})

var logFunc = numberFunc([]string{"num", "base"}, func(x []*big.Float) (cty.Value, error) {
	if x[0].Sign() <= 0 {
		return cty.NilVal, function.NewArgErrorf(0, "only a number above 0 has a logarithm")
	}
	if x[1].Sign() <= 0 || x[1].Cmp(bigFloat(1)) == 0 {
		return cty.NilVal, function.NewArgErrorf(1, "the base of a logarithm is above 0 and not 1")
	}
	return rounded(wide().Quo(bigLog(x[0]), bigLog(x[1])))
})

var powFunc = numberFunc([]string{"num", "power"}, func(x []*big.Float) (cty.Value, error) {
	base, power := x[0], x[1]
	negative := false
	switch {
	case power.Sign() == 0:
		return cty.NumberIntVal(1), nil
	case base.Sign() == 0 && power.Sign() < 0:
		return cty.NilVal, errors.New("0 has no negative powers")
	case base.Sign() == 0:
		return cty.Zero, nil
	case base.Sign() < 0:
		if !power.IsInt() {
			return cty.NilVal, fmt.Errorf("a negative number has no power of %s", power.Text('g', 6))
		}
		n, _ := power.Int(nil)
		negative = n.Bit(0) == 1
		base = wide().Neg(base)
	}
	if n, exact := power.Int64(); exact == big.Exact && power.IsInt() && n >= -1100 && n <= 1100 {
		r := integerPower(base, n)
		if negative {
			r.Neg(r)
		}
		return rounded(r)
	}
	v, err := exponential(wide().Mul(power, bigLog(base)))
	if err == nil && negative {
		v = v.Negate()
	}
	return v, err
})

// integerPower multiplies, so that powers of whole numbers are exact.
func integerPower(base *big.Float, n int64) *big.Float {
	invert := n < 0
	if invert {
		n = -n
	}
	r, b := bigFloat(1), wide().Set(base)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			r.Mul(r, b)
		}
		b.Mul(b, b)
	}
	if invert {
		r.Quo(bigFloat(1), r)
	}
	return r
}

var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		numbers, err := elements(args[0], cty.Number)
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		if len(numbers) == 0 {
			return cty.NilVal, function.NewArgErrorf(0, "the list is empty, which has no sum")
		}
		sum := numbers[0]
		for _, n := range numbers[1:] {
			if !sum.IsKnown() || !n.IsKnown() {
				sum = cty.UnknownVal(cty.Number)
				continue
			}
			if sum.AsBigFloat().IsInf() || n.AsBigFloat().IsInf() {
				return cty.NilVal, function.NewArgErrorf(0, "the list holds an infinite number")
			}
			sum = sum.Add(n)
		}
		return sum, nil
	},
})
