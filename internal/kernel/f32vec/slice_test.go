package f32vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var sentinel = math.Float32frombits(0x7fabcdef)

// fenced returns a copy of x that lies between sentinels, and a function that tells whether they are untouched.
func fenced(x []float32) ([]float32, func() bool) {
	const fence = 20
	all := make([]float32, len(x)+2*fence)
	for i := range all {
		all[i] = sentinel
	}
	copy(all[fence:], x)
	return all[fence : fence+len(x) : fence+len(x)], func() bool {
		for i, v := range all {
			if (i < fence || i >= fence+len(x)) && math.Float32bits(v) != math.Float32bits(sentinel) {
				return false
			}
		}
		return true
	}
}

func sameBits(a, b []float32) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d elements, want %d", len(a), len(b))
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return fmt.Errorf("element %d of %d is %x (%#x), want %x (%#x)", i, len(a), a[i], math.Float32bits(a[i]), b[i], math.Float32bits(b[i]))
		}
	}
	return nil
}

var slices = map[string]func(i isa.ISA, dst, src []float32){
	"exp": ExpSlice, "expm1": Expm1Slice, "log": LogSlice, "log1p": Log1pSlice, "tanh": TanhSlice, "sigmoid": SigmoidSlice,
	"softplus": SoftplusSlice, "erf": ErfSlice, "erfc": ErfcSlice, "sin": SinSlice, "cos": CosSlice,
}

func TestSlicesEqualScalars(t *testing.T) {
	if len(slices) != len(functions) {
		t.Fatalf("%d slice functions, %d scalar functions", len(slices), len(functions))
	}
	for _, f := range functions {
		args := arguments(f.lo, f.hi, 30000)
		want := make([]float32, len(args))
		for i, x := range args {
			want[i] = f.f(x)
		}
		for _, i := range isa.All() {
			check := func(src, want []float32, inPlace bool) {
				x, intact := fenced(src)
				dst, intactDst := x, intact
				if !inPlace {
					dst, intactDst = fenced(make([]float32, len(src)))
				}
				slices[f.name](i, dst, x)
				if err := sameBits(dst, want); err != nil {
					t.Fatalf("%s on %v: %v", f.name, i, err)
				}
				if !intact() || !intactDst() {
					t.Fatalf("%s on %v wrote around its slices of %d", f.name, i, len(src))
				}
			}
			check(args, want, false)
			check(args, want, true)
			for n := range 70 {
				at := 7 * n
				check(args[at:at+n], want[at:at+n], n%2 == 0)
			}
		}
	}
}

func TestPowSlice(t *testing.T) {
	x, y := arguments(0, 10, 500), arguments(-10, 10, 500)
	dst := make([]float32, len(x))
	PowSlice(isa.Detect(), dst, x, y)
	for i := range x {
		if want := Pow(x[i], y[i]); math.Float32bits(dst[i]) != math.Float32bits(want) {
			t.Fatalf("element %d is %g, want %g", i, dst[i], want)
		}
	}
}

// A sweep under test gets n-element operands, changes some of them and is compared with a loop over single elements.
type sweep struct {
	name     string
	operands int
	run      func(i isa.ISA, x [][]float32)
	want     func(x []float32) // one element of each operand
}

var adamArgs = AdamArgs{Alpha: 0.01, OneMinusBeta1: 1 - 0.9, OneMinusBeta2: 1 - 0.999, Epsilon: 1e-7}

func adamWant(x []float32, vhat bool, p AdamArgs) {
	w, m, v, g := &x[0], &x[1], &x[2], x[3]
	if p.Decay != 0 {
		*w = *w - float32(*w*p.Decay)
	}
	d := g - *m
	*m = Flush(*m + float32(d*p.OneMinusBeta1))
	g2 := float32(g * g)
	d = g2 - *v
	*v = Flush(*v + float32(d*p.OneMinusBeta2))
	r := *v
	if vhat {
		if x[4] > r {
			r = Flush(x[4])
		}
		x[4] = r
	}
	num := float32(*m * p.Alpha)
	*w = Flush(*w - num/(float32(math.Sqrt(float64(r)))+p.Epsilon))
}

func sweeps() []sweep {
	adamW := adamArgs
	adamW.Decay = 0.004
	return []sweep{
		{"Add", 3, func(i isa.ISA, x [][]float32) { Add(i, x[0], x[1], x[2]) }, func(x []float32) { x[0] = Flush(x[1] + x[2]) }},
		{"Sub", 3, func(i isa.ISA, x [][]float32) { Sub(i, x[0], x[1], x[2]) }, func(x []float32) { x[0] = Flush(x[1] - x[2]) }},
		{"Mul", 3, func(i isa.ISA, x [][]float32) { Mul(i, x[0], x[1], x[2]) }, func(x []float32) { x[0] = Flush(x[1] * x[2]) }},
		{"Mul in place", 2, func(i isa.ISA, x [][]float32) { Mul(i, x[0], x[0], x[1]) }, func(x []float32) { x[0] = Flush(x[0] * x[1]) }},
		{"Scale", 2, func(i isa.ISA, x [][]float32) { Scale(i, x[0], -0.3, x[1]) }, func(x []float32) { x[0] = Flush(-0.3 * x[1]) }},
		{"Axpy", 2, func(i isa.ISA, x [][]float32) { Axpy(i, x[0], 0.7, x[1]) }, func(x []float32) {
			p := float32(0.7 * x[1])
			x[0] = Flush(x[0] + p)
		}},
		{"SGD", 2, func(i isa.ISA, x [][]float32) { SGD(i, x[0], x[1], 0.1) }, func(x []float32) {
			p := float32(0.1 * x[1])
			x[0] = Flush(x[0] - p)
		}},
		{"Relu", 2, func(i isa.ISA, x [][]float32) { Relu(i, x[0], x[1]) }, func(x []float32) {
			x[0] = Flush(x[1])
			if x[1] < 0 {
				x[0] = 0
			}
		}},
		{"ReluGrad", 3, func(i isa.ISA, x [][]float32) { ReluGrad(i, x[0], x[1], x[2]) }, func(x []float32) {
			x[0] = 0
			if x[1] > 0 {
				x[0] = Flush(x[2])
			}
		}},
		{"ScaledReluGrad", 3, func(i isa.ISA, x [][]float32) { ScaledReluGrad(i, x[0], x[1], x[2], 1.3) }, func(x []float32) {
			x[0] = 0
			if x[1] > 0 {
				x[0] = Flush(1.3 * x[2])
			}
		}},
		{"Momentum", 3, func(i isa.ISA, x [][]float32) { Momentum(i, x[0], x[1], x[2], 0.1, 0.9, false) }, func(x []float32) {
			a, b := float32(0.9*x[1]), float32(0.1*x[2])
			x[1] = Flush(a - b)
			x[0] = Flush(x[0] + x[1])
		}},
		{"Nesterov", 3, func(i isa.ISA, x [][]float32) { Momentum(i, x[0], x[1], x[2], 0.1, 0.9, true) }, func(x []float32) {
			a, b := float32(0.9*x[1]), float32(0.1*x[2])
			x[1] = Flush(a - b)
			a = float32(0.9 * x[1])
			x[0] = Flush(x[0] + (a - b))
		}},
		{"Adam", 4, func(i isa.ISA, x [][]float32) { Adam(i, x[0], x[1], x[2], nil, x[3], adamArgs) }, func(x []float32) { adamWant(x, false, adamArgs) }},
		{"AdamW", 4, func(i isa.ISA, x [][]float32) { Adam(i, x[0], x[1], x[2], nil, x[3], adamW) }, func(x []float32) { adamWant(x, false, adamW) }},
		{"AMSGrad", 5, func(i isa.ISA, x [][]float32) { Adam(i, x[0], x[1], x[2], x[4], x[3], adamArgs) }, func(x []float32) { adamWant(x, true, adamArgs) }},
	}
}

func TestSweeps(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	value := func() float32 {
		switch r.IntN(12) {
		case 0:
			return math.Float32frombits(r.Uint32())
		case 1:
			return math.Float32frombits(r.Uint32()&0x807fffff | uint32(r.IntN(3))<<23)
		case 2:
			return []float32{0, inf32, -inf32, float32(math.Copysign(0, -1))}[r.IntN(4)]
		}
		return float32(r.NormFloat64())
	}
	for _, s := range sweeps() {
		for n := range 100 {
			if n > 70 {
				n = 1000 + n
			}
			in := make([][]float32, s.operands)
			want := make([][]float32, s.operands)
			for k := range in {
				in[k] = make([]float32, n)
				for j := range in[k] {
					in[k][j] = value()
				}
				want[k] = append([]float32(nil), in[k]...)
			}
			el := make([]float32, s.operands)
			for j := range n {
				for k := range el {
					el[k] = want[k][j]
				}
				s.want(el)
				for k := range el {
					want[k][j] = el[k]
				}
			}
			for _, i := range isa.All() {
				x := make([][]float32, s.operands)
				intact := make([]func() bool, s.operands)
				for k := range x {
					x[k], intact[k] = fenced(in[k])
				}
				s.run(i, x)
				for k := range x {
					if err := sameBits(x[k], want[k]); err != nil {
						t.Fatalf("%s on %v, operand %d: %v", s.name, i, k, err)
					}
					if !intact[k]() {
						t.Fatalf("%s on %v, operand %d of %d: wrote around it", s.name, i, k, n)
					}
				}
			}
		}
	}
}

func TestSweepsRefuseDifferentLengths(t *testing.T) {
	a, b := make([]float32, 9), make([]float32, 8)
	for name, f := range map[string]func(){
		"Add":     func() { Add(isa.Detect(), a, a, b) },
		"Exp":     func() { ExpSlice(isa.Detect(), b, a) },
		"Adam":    func() { Adam(isa.Detect(), a, a, a, b, a, adamArgs) },
		"BiasAdd": func() { BiasAdd(isa.Detect(), a, a, b) },
		"Dot":     func() { DotLanes(isa.Detect(), a, b) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s accepted slices of different length", name)
				}
			}()
			f()
		}()
	}
}

func TestBiasAdd(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, i := range isa.All() {
		for cols := 1; cols < 40; cols++ {
			src, bias := make([]float32, 3*cols), make([]float32, cols)
			for k := range src {
				src[k] = float32(r.NormFloat64())
			}
			for k := range bias {
				bias[k] = float32(r.NormFloat64())
			}
			dst := make([]float32, 3*cols)
			BiasAdd(i, dst, src, bias)
			for k := range dst {
				if want := src[k] + bias[k%cols]; dst[k] != want {
					t.Fatalf("%v, %d columns: element %d is %g, want %g", i, cols, k, dst[k], want)
				}
			}
		}
	}
}
