package f32cell

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// ulps is how far got is from want, in units of the last place of a float32 of want's size.
func ulps(got float32, want float64) float64 {
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

func TestFunctionsErrAFewUlps(t *testing.T) {
	for name, f := range map[string]struct {
		f     func(float32) float32
		ref   func(float64) float64
		least float64
	}{
		"sigmoid": {Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, -87},
		"tanh":    {Tanh, math.Tanh, -100},
	} {
		worst, at := 0.0, float32(0)
		try := func(x float32) {
			if u := ulps(f.f(x), f.ref(float64(x))); u > worst {
				worst, at = u, x
			}
		}
		for k := range 400_000 {
			try(float32(f.least + float64(k)*(100-f.least)/400_000))
			try(float32(float64(k-200_000) * 2e-5))
		}
		for e := -126; e < 7; e++ {
			for _, m := range []float64{1, 1.0001, 1.3, 1.7, -1.2} {
				if x := m * math.Ldexp(1, e); x > f.least {
					try(float32(x))
				}
			}
		}
		t.Logf("%s: %.3f ulp at %g", name, worst, at)
		if worst > 3 {
			t.Errorf("%s: error of %.3f ulp at %g: got %g, want %g", name, worst, at, f.f(at), f.ref(float64(at)))
		}
	}
}

func TestSpecialArguments(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct{ got, want float32 }{
		{Sigmoid(0), 0.5},
		{Sigmoid(float32(math.Copysign(0, -1))), 0.5},
		{Sigmoid(inf), 1},
		{Sigmoid(-inf), Sigmoid(-87)},
		{Sigmoid(100), 1},
		{Tanh(0), 0},
		{Tanh(inf), 1},
		{Tanh(-inf), -1},
		{Tanh(50), 1},
		{Tanh(-50), -1},
	} {
		if c.got != c.want {
			t.Errorf("got %g, want %g", c.got, c.want)
		}
	}
	if x := Sigmoid(-inf); x <= 0 || x > 2e-38 {
		t.Errorf("Sigmoid(-Inf) = %g", x)
	}
	for _, x := range []float32{Sigmoid(nan), Tanh(nan)} {
		if math.Float32bits(x) != 0x7fc00000 {
			t.Errorf("a function of NaN has the bits %#x", math.Float32bits(x))
		}
	}
}

var sentinel = math.Float32frombits(0x7fabcdef)

// fenced is n values between sentinels, and a function that tells whether they are untouched.
func fenced(n int, fill func() float32) ([]float32, func() bool) {
	const fence = 20
	all := make([]float32, n+2*fence)
	for i := range all {
		all[i] = sentinel
		if i >= fence && i < fence+n {
			all[i] = fill()
		}
	}
	return all[fence : fence+n : fence+n], func() bool {
		for i, v := range all {
			if (i < fence || i >= fence+n) && math.Float32bits(v) != math.Float32bits(sentinel) {
				return false
			}
		}
		return true
	}
}

// kernels are the functions of the package: how many parts each operand has, and which of them may be one.
var kernels = map[string]struct {
	parts []int
	same  [2]int
	run   func(i isa.ISA, x [][]float32)
}{
	"lstm":           {[]int{4, 4, 1, 1}, [2]int{0, 1}, func(i isa.ISA, x [][]float32) { LSTM(i, x[0], x[1], x[2], x[3]) }},
	"lstm.grad":      {[]int{4, 4, 1, 1, 1}, [2]int{}, func(i isa.ISA, x [][]float32) { LSTMGrad(i, x[0], x[1], x[2], x[3], x[4]) }},
	"gru":            {[]int{3, 3, 1, 1}, [2]int{0, 1}, func(i isa.ISA, x [][]float32) { GRU(i, x[0], x[1], x[2], x[3]) }},
	"rnn":            {[]int{1, 1}, [2]int{0, 1}, func(i isa.ISA, x [][]float32) { RNN(i, x[0], x[1]) }},
	"rnn.grad":       {[]int{1, 1, 1}, [2]int{}, func(i isa.ISA, x [][]float32) { RNNGrad(i, x[0], x[1], x[2]) }},
	"gru.reset":      {[]int{3, 3, 1, 1}, [2]int{0, 1}, func(i isa.ISA, x [][]float32) { GRUReset(i, x[0], x[1], x[2], x[3]) }},
	"gru.state":      {[]int{3, 1}, [2]int{}, func(i isa.ISA, x [][]float32) { GRUState(i, x[0], x[1]) }},
	"gru.state.grad": {[]int{3, 3, 1, 1}, [2]int{}, func(i isa.ISA, x [][]float32) { GRUStateGrad(i, x[0], x[1], x[2], x[3]) }},
	"gru.reset.grad": {[]int{1, 1, 1, 1, 1}, [2]int{}, func(i isa.ISA, x [][]float32) { GRUResetGrad(i, x[0], x[1], x[2], x[3], x[4]) }},
	"gru.grad":       {[]int{4, 3, 1, 1, 1}, [2]int{}, func(i isa.ISA, x [][]float32) { GRUGrad(i, x[0], x[1], x[2], x[3], x[4]) }},
}

func TestEveryInstructionSetHasTheSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	fills := map[string]func() float32{
		"normal": func() float32 { return float32(r.NormFloat64()) },
		"large":  func() float32 { return float32(r.NormFloat64() * 60) },
		"tiny":   func() float32 { return float32(r.NormFloat64()) * 0x1p-124 },
		"special": func() float32 {
			s := []float32{0, 1, -1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), math.MaxFloat32, 0x1p-126, -88, 9.2}
			return s[r.IntN(len(s))]
		},
	}
	for name, k := range kernels {
		for kind, fill := range fills {
			for n := range 70 {
				for _, together := range []bool{false, true} {
					if together && k.same == [2]int{} {
						continue
					}
					var start [][]float32
					for _, p := range k.parts {
						x, _ := fenced(p*n, fill)
						start = append(start, x)
					}
					var want [][]float32
					for _, i := range isa.All() {
						var x [][]float32
						var intact []func() bool
						for _, s := range start {
							at := -1
							c, ok := fenced(len(s), func() float32 { at++; return s[at] })
							x, intact = append(x, c), append(intact, ok)
						}
						if together {
							x[k.same[0]] = x[k.same[1]]
						}
						k.run(i, x)
						for _, ok := range intact {
							if !ok() {
								t.Fatalf("%s of %d %s values on %v: wrote around an operand", name, n, kind, i)
							}
						}
						if want == nil {
							want = x
						}
						if err := differ(x, want); err != nil {
							t.Fatalf("%s of %d %s values on %v: %v", name, n, kind, i, err)
						}
					}
				}
			}
		}
	}
}

func differ(got, want [][]float32) error {
	for o := range want {
		for e, w := range want[o] {
			if math.Float32bits(got[o][e]) != math.Float32bits(w) {
				return fmt.Errorf("operand %d, element %d is %x, want %x", o, e, got[o][e], w)
			}
		}
	}
	return nil
}

func TestNothingIsAllocated(t *testing.T) {
	for name, k := range kernels {
		var x [][]float32
		for _, p := range k.parts {
			x = append(x, make([]float32, p*37))
		}
		for _, i := range isa.All() {
			if n := testing.AllocsPerRun(5, func() { k.run(i, x) }); n != 0 {
				t.Errorf("%s on %v allocates %g times", name, i, n)
			}
		}
	}
}

func TestOperandsOfOneLength(t *testing.T) {
	for name, k := range kernels {
		for short := range k.parts {
			var x [][]float32
			for o, p := range k.parts {
				n := 8 * p
				if o == short {
					n--
				}
				x = append(x, make([]float32, n))
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s accepts a short operand %d", name, short)
					}
				}()
				k.run(isa.Detect(), x)
			}()
		}
	}
}

func BenchmarkKernels(b *testing.B) {
	const n = 128
	for name, k := range kernels {
		var x [][]float32
		for _, p := range k.parts {
			x = append(x, make([]float32, p*n))
		}
		for _, i := range isa.All() {
			b.Run(fmt.Sprintf("%s/%v", name, i), func(b *testing.B) {
				for b.Loop() {
					k.run(i, x)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/n, "ns/unit")
			})
		}
	}
}
