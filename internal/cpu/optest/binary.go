package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var binaries = map[string]func(a, b float64) float64{
	"add":          func(a, b float64) float64 { return a + b },
	"sub":          func(a, b float64) float64 { return a - b },
	"mul":          func(a, b float64) float64 { return a * b },
	"div":          func(a, b float64) float64 { return a / b },
	"max":          math.Max,
	"min":          math.Min,
	"pow":          math.Pow,
	"mod":          func(a, b float64) float64 { return a - b*math.Floor(a/b) },
	"floor_divide": func(a, b float64) float64 { return math.Floor(a / b) },
	"arctan2":      math.Atan2,
	"nextafter":    func(a, b float64) float64 { return float64(math.Nextafter32(float32(a), float32(b))) },
	"gammainc":     gammaIntegral,
	"and":          func(a, b float64) float64 { return float64(int32(a) & int32(b)) },
	"or":           func(a, b float64) float64 { return float64(int32(a) | int32(b)) },
	"xor":          func(a, b float64) float64 { return float64(int32(a) ^ int32(b)) },
	"left":         func(a, b float64) float64 { return a * math.Pow(2, b) },
	"right":        func(a, b float64) float64 { return math.Floor(a / math.Pow(2, b)) },
	"gcd": func(a, b float64) float64 {
		for b != 0 {
			a, b = b, math.Mod(a, b)
		}
		return math.Abs(a)
	},
}

// gammaIntegral is ∫₀ˣ t^(a-1)·e^-t dt / Γ(a) by Simpson's rule over the logarithm of t.
func gammaIntegral(a, x float64) float64 {
	const n = 40000
	f := func(u float64) float64 { return math.Exp(a*u - math.Exp(u)) }
	lo, hi := -60/a, math.Log(x)
	h := (hi - lo) / n
	sum := f(lo) + f(hi)
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i%2)) * f(lo+float64(i)*h)
	}
	return sum * h / 3 / math.Gamma(a)
}

// stretched is t at the indices of a tensor of a shape that t is stretched to.
func stretched(t Tensor, shape []int) []float64 {
	out := make([]float64, op.Spec{Shape: shape}.Elems())
	for k := range out {
		at, r, step := 0, k, 1
		for i := len(shape) - 1; i >= 0; i-- {
			if j := i - len(shape) + len(t.Shape); j >= 0 {
				if t.Shape[j] > 1 {
					at += r % shape[i] * step
				}
				step *= t.Shape[j]
			}
			r /= shape[i]
		}
		out[k] = t.V[at]
	}
	return out
}

func binaryWant(fn string) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		shape, err := op.Broadcast(in[0].Shape, in[1].Shape)
		if err != nil {
			panic(err)
		}
		a, b := stretched(in[0], shape), stretched(in[1], shape)
		for i := range a {
			a[i] = binaries[fn](a[i], b[i])
		}
		return [][]float64{a}
	}
}

var _ = Add(binaryCases()...)

func binaryCases() []Case {
	shapes := [][2][]int{
		{{3, 7}, {3, 7}},
		{{5, 1}, {5, 9}},
		{{}, {2, 3}},
		{{2, 3, 4}, {4}},
		{{2, 3, 4}, {3, 1}},
		{{2, 1, 4, 1}, {2, 3, 1, 5}},
		{{3, 1300}, {3, 1}}, // rows longer than what is repeated at a time
	}
	var out []Case
	for _, fn := range []string{"add", "sub", "mul", "div", "max", "min", "pow", "mod", "floor_divide", "arctan2", "gammainc"} {
		for k, s := range shapes {
			for _, turned := range []bool{false, true} {
				a, b := Floats(s[0]...), Floats(s[1]...)
				if turned {
					a, b = b, a
				}
				if fn == "max" || fn == "min" { // apart from each other: finite differences need room
					a, b = grid(a, 0), grid(b, 0.125)
				}
				switch fn {
				case "div":
					b = b.From(0.5, 2)
				case "pow":
					a, b = a.From(0.25, 3), b.From(-2, 2)
				case "mod", "floor_divide":
					a, b = grid(a.From(-1, 1), 0.0625), b.From(0.64, 0.66)
				case "gammainc":
					if k > 0 { // the reference is slow
						continue
					}
					a, b = a.From(0.5, 6), b.From(0.25, 9)
				case "arctan2":
					b = b.From(-2, -0.25)
				}
				out = append(out, Case{
					Name: fmt.Sprintf("%s %v %v", fn, a.Shape, b.Shape),
					Def:  op.Binary{Fn: fn}, In: []Arg{a, b}, Want: binaryWant(fn), Tol32: 1e-5,
				})
				if k == 0 {
					break
				}
			}
		}
	}
	for _, fn := range []string{"add", "sub", "mul", "max", "min", "mod", "floor_divide", "and", "or", "xor", "left", "right", "gcd"} {
		a, b := Ints(9, 4, 5), Ints(9, 5)
		a.Lo, b.Lo, b.Hi = -9, 1, 5
		out = append(out, Case{Name: fn + " of integers", Def: op.Binary{Fn: fn}, In: []Arg{a, b}, NoGrad: []int{0, 1}, Want: binaryWant(fn)})
	}
	return append(out,
		Case{Name: "integers by 0", Def: op.Binary{Fn: "floor_divide"}, In: []Arg{Ints(9, 2), Ints(1, 2)}, NoGrad: []int{0, 1}, Want: func([]Tensor) [][]float64 { return [][]float64{{0, 0}} }},
		Case{Name: "integers modulo 0", Def: op.Binary{Fn: "mod"}, In: []Arg{Ints(9, 2), Ints(1, 2)}, NoGrad: []int{0, 1}, Want: func([]Tensor) [][]float64 { return [][]float64{{0, 0}} }},
		Case{
			Name: "powers of 0", Def: op.BinaryGrad{Binary: op.Binary{Fn: "pow"}}, In: []Arg{Floats(3).Values(0, 0, 3), Floats(3).Values(2, 0, 0), Floats(3).Values(1, 1, 1)},
			Want: func([]Tensor) [][]float64 { return [][]float64{{0, 0, 0}, {0, 0, math.Log(3)}} },
		},
		Case{Name: "nextafter", Def: op.Binary{Fn: "nextafter"}, In: []Arg{Floats(2, 5), Floats(5)}, Want: binaryWant("nextafter"), NoGrad: []int{0, 1}},
		Case{Name: "add of several tasks", Def: op.Binary{Fn: "add"}, In: []Arg{Floats(4, 9000), Floats(9000)}, Want: binaryWant("add")},
		Case{Name: "max of a long row", Def: op.Binary{Fn: "max"}, In: []Arg{grid(Floats(2, 20000), 0), grid(Floats(2, 1), 0.125)}, Want: binaryWant("max")},
		Case{Name: "square", Build: func(g *op.Graph, in []*op.Node) []*op.Node {
			return []*op.Node{g.Apply(op.Binary{Fn: "mul"}, in[0], in[0])}
		}, In: []Arg{Floats(2, 5)}, Want: func(in []Tensor) [][]float64 {
			return [][]float64{in[0].Map(func(x float64) float64 { return x * x })}
		}},
		Case{
			Name: "max, equal elements share",
			Def:  op.BinaryGrad{Binary: op.Binary{Fn: "max"}},
			In:   []Arg{Floats(3).Values(1, 2, 3), Floats(3).Values(1, 3, 2), Floats(3).Values(4, 5, 6)},
			Want: func([]Tensor) [][]float64 { return [][]float64{{2, 0, 6}, {2, 5, 0}} },
		},
		Case{
			Name: "min, equal elements share",
			Def:  op.BinaryGrad{Binary: op.Binary{Fn: "min"}},
			In:   []Arg{Floats(3).Values(1, 2, 3), Floats(1).Values(2), Floats(3).Values(4, 5, 6)},
			Want: func([]Tensor) [][]float64 { return [][]float64{{4, 2.5, 0}, {0, 2.5, 6}} },
		},
	)
}

// grid sets values that are a shift away from multiples of ¼.
func grid(a Arg, shift float64) Arg {
	v := make([]float64, op.Spec{Shape: a.Shape}.Elems())
	for i := range v {
		v[i] = float64((i*7+3)%9-4)/4 + shift
	}
	return a.Values(v...)
}

var _ = Add(broadcastCases()...)

func broadcastCases() []Case {
	var out []Case
	for _, s := range [][2][]int{{{4}, {3, 4}}, {{2, 1}, {2, 5}}, {{}, {3}}, {{1, 3, 1}, {2, 3, 2}}, {{5}, {5}}} {
		for _, a := range []Arg{Floats(s[0]...), Ints(9, s[0]...)} {
			out = append(out, Case{
				Name: fmt.Sprintf("%v to %v, integer %v", s[0], s[1], a.IsInt), Def: op.BroadcastTo{To: s[1]}, In: []Arg{a},
				Want:   func(in []Tensor) [][]float64 { return [][]float64{stretched(in[0], s[1])} },
				NoGrad: ints(a),
			})
		}
	}
	return out
}

// ints are the inputs that are integers, which have no gradient.
func ints(args ...Arg) []int {
	var out []int
	for i, a := range args {
		if a.IsInt {
			out = append(out, i)
		}
	}
	return out
}
