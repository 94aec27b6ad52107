package optest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// Run checks each case in a subtest.
func Run(t *testing.T, cs ...Case) {
	t.Helper()
	for _, c := range cs {
		t.Run(c.title(), func(t *testing.T) { Check(t, c) })
	}
}

// Check puts a case through everything:
//
//   - float64 results agree with the reference, and float32 results with those in float64;
//   - gradients by Gorgonia's Grad agree with finite differences, in float64;
//   - results have the same bits for 1, 2 and 3 workers and for every instruction set;
//   - and in memory that is used again as planned, and when only one of the results is read;
//   - nothing outside values is written, no value is read before it is written, and no input is
//     changed that the op does not say it changes;
//   - no float32 result is denormal;
//   - a run allocates nothing.
func Check(t testing.TB, c Case) {
	t.Helper()
	in := c.values()
	w := c.weights(t)
	got, grads := check64(t, &c, in, w)
	check32(t, &c, in, w, got, grads)
}

func (c *Case) weights(t testing.TB) []float64 {
	t.Helper()
	wt, err := c.graph(dtype[float64](), false)
	if err != nil {
		t.Fatal(err)
	}
	if wt.weights == nil {
		return nil
	}
	rng := rand.New(rand.NewPCG(uint64(len(c.Name)), 2))
	out := make([]float64, wt.weights.Shape()[0])
	for i := range out {
		out[i] = float64(float32(0.25 + rng.Float64()))
		if rng.IntN(2) == 0 {
			out[i] = -out[i]
		}
	}
	return out
}

// once runs once on a machine of its own and returns what is kept.
func once[T cpu.Float](t testing.TB, wt *weighted, in []Tensor, w []float64, workers int, i isa.ISA, l layout) [][]float64 {
	t.Helper()
	m := machine(workers, i)
	defer m.Close()
	b, err := newBench[T](wt, wt.kept(), m, l)
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.run(in, w)
	if err != nil {
		t.Fatalf("%v, %d workers, %v: %v", dtype[T](), workers, i, err)
	}
	return out
}

// check64 checks results and gradients in float64 and returns both: outputs and changed inputs, and
// the gradients by input.
func check64(t testing.TB, c *Case, in []Tensor, w []float64) (got, grads [][]float64) {
	t.Helper()
	wt, err := c.graph(dtype[float64](), false)
	if err != nil {
		t.Fatal(err)
	}
	all := once[float64](t, wt, in, w, 1, isa.Generic, guarded)
	for _, workers := range []int{2, 3} {
		sameBits(t, wt, fmt.Sprintf("float64, %d workers", workers), once[float64](t, wt, in, w, workers, isa.Detect(), guarded), all)
	}
	nOut := len(wt.outs)
	nKept := len(wt.kept())
	got = append(append(got, all[:nOut]...), all[nKept:]...)
	grads = make([][]float64, len(in))
	k := nOut
	for i, n := range wt.grads {
		if n != nil {
			grads[i] = all[k]
			k++
		}
	}
	switch {
	case c.Want != nil:
		want := c.Want(in)
		if len(want) != len(got) {
			t.Fatalf("the reference has %d results, the op %d", len(want), len(got))
		}
		for i := range want {
			if want[i] != nil {
				close64(t, resultName(wt, i), got[i], want[i], or(c.Tol, 1e-11))
			}
		}
	case c.Def != nil:
		t.Fatalf("the case has no reference")
	}
	if wt.grads != nil {
		checkGradients(t, c, in, w, grads)
	}
	return got, grads
}

// sampled is how many elements of an input are moved for finite differences; fewer where each takes
// long.
const (
	sampled      = 60
	sampledLarge = 12
	large        = 10000 // elements of the output
)

func checkGradients(t testing.TB, c *Case, in []Tensor, w []float64, grads [][]float64) {
	t.Helper()
	m := machine(1, isa.Generic)
	defer m.Close()
	wt, err := c.graph(dtype[float64](), true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBench[float64](wt, wt.outs[:1], m, planned)
	if err != nil {
		t.Fatal(err)
	}
	cost := func() float64 {
		out, err := b.run(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := 0.0
		for i, y := range out[0] {
			s += y * w[i]
		}
		return s
	}
	tol, samples := or(c.TolGrad, 1e-6), sampled
	if len(w) > large {
		samples = sampledLarge
	}
	rng := rand.New(rand.NewPCG(uint64(len(c.Name)), 3))
	for i, g := range grads {
		if g == nil {
			continue
		}
		scale := 1.0
		for _, x := range g {
			scale = max(scale, math.Abs(x))
		}
		bad := 0
		for _, e := range pick(rng, len(g), samples) {
			x := in[i].V[e]
			const h = 1e-5
			in[i].V[e] = x + h
			up := cost()
			in[i].V[e] = x - h
			down := cost()
			in[i].V[e] = x
			fd := (up - down) / (2 * h)
			if !(math.Abs(fd-g[e]) <= tol*scale) && bad < 5 {
				bad++
				t.Errorf("gradient of input %d, element %d: %.10g, by finite differences %.10g", i, e, g[e], fd)
			}
		}
	}
}

// pick chooses up to n of 0..of-1.
func pick(rng *rand.Rand, of, n int) []int {
	p := rng.Perm(of)
	return p[:min(n, of)]
}

func check32(t testing.TB, c *Case, in []Tensor, w []float64, got, grads [][]float64) {
	t.Helper()
	wt, err := c.graph(dtype[float32](), false)
	if err != nil {
		t.Fatal(err)
	}
	base := once[float32](t, wt, in, w, 1, isa.Generic, guarded)
	tol := or(c.Tol32, 1e-5)
	nOut, nKept := len(wt.outs), len(wt.kept())
	for i, v := range append(append([][]float64(nil), base[:nOut]...), base[nKept:]...) {
		close32(t, resultName(wt, i)+" in float32", v, got[i], tol, 0)
	}
	// A gradient may be 0 but for rounding, as that of a bias before a softmax: its error is held against
	// the gradients of the other inputs too.
	most := 0.0
	for _, g := range grads {
		most = max(most, largest(g))
	}
	k := nOut
	for i, n := range wt.grads {
		if n != nil {
			close32(t, fmt.Sprintf("gradient of input %d in float32", i), base[k], grads[i], tol, most/10)
			k++
		}
	}
	tiny := c.tiny(in)
	tinyBase := once[float32](t, wt, tiny, w, 1, isa.Generic, guarded)
	for i, v := range tinyBase {
		if e := denormal(v); e >= 0 {
			t.Errorf("%s of tiny inputs: element %d is denormal: %g", keptName(wt, i), e, v[e])
		}
	}
	for _, is := range isa.All() {
		for workers := 1; workers <= 3; workers++ {
			l := guarded
			if workers == 1 {
				l = planned
			}
			what := fmt.Sprintf("%v, %d workers", is, workers)
			sameBits(t, wt, what, once[float32](t, wt, in, w, workers, is, l), base)
			if workers == 2 {
				sameBits(t, wt, what+", tiny inputs", once[float32](t, wt, tiny, w, workers, is, l), tinyBase)
			}
		}
	}
	checkAlone(t, c, wt, in, w, base)
	checkAllocations(t, wt, in, w)
}

// checkAlone keeps one result at a time, so that all the others have nobody who reads them.
func checkAlone(t testing.TB, c *Case, wt *weighted, in []Tensor, w []float64, base [][]float64) {
	t.Helper()
	m := machine(2, isa.Detect())
	defer m.Close()
	for i, n := range wt.kept() {
		b, err := newBench[float32](wt, wt.kept()[i:i+1], m, guarded)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := b.plan.Value(n); !ok {
			t.Fatalf("%s is not in the plan", keptName(wt, i))
		}
		for run := 1; run <= 2; run++ {
			out, err := b.run(in, w)
			if err != nil {
				t.Fatalf("%s read alone: %v", keptName(wt, i), err)
			}
			if e := differ(out[0], base[i]); e >= 0 {
				t.Errorf("%s read alone, run %d: element %d is %g, else %g", keptName(wt, i), run, e, out[0][e], base[i][e])
			}
		}
	}
}

func checkAllocations(t testing.TB, wt *weighted, in []Tensor, w []float64) {
	t.Helper()
	for _, workers := range []int{1, 2} {
		m := machine(workers, isa.Detect())
		defer m.Close()
		b, err := newBench[float32](wt, wt.kept(), m, guarded) // where inputs outlive a run
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.run(in, w); err != nil {
			t.Fatal(err)
		}
		ctx := &cpu.Context{Seed: Seed, Step: Step}
		if n := testing.AllocsPerRun(5, func() {
			if err := b.prog.Run(ctx); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("a run on %d workers allocates %g times", workers, n)
		}
	}
}

// tiny scales the float inputs towards the smallest normal float32.
func (c *Case) tiny(in []Tensor) []Tensor {
	out := append([]Tensor(nil), in...)
	for i, a := range c.In {
		if a.IsInt {
			continue
		}
		out[i].V = in[i].Map(func(x float64) float64 {
			if x *= 0x1p-124; math.Abs(x) < 0x1p-126 {
				x = 0
			}
			return float64(float32(x))
		})
	}
	return out
}

func denormal(v []float64) int {
	for i, x := range v {
		if x != 0 && math.Abs(x) < 0x1p-126 {
			return i
		}
	}
	return -1
}

// kinds are the operations that the plan of a case runs, forward and backward.
func (c *Case) kinds() (map[string]bool, error) {
	wt, err := c.graph(dtype[float32](), false)
	if err != nil {
		return nil, err
	}
	m := machine(1, isa.Generic)
	defer m.Close()
	p, err := plan.New(plan.Options{Keep: wt.kept(), Also: wt.markers, IsState: func(string) bool { return false }, Scratch: m.Scratch, Phases: m.Phases, InPlace: m.InPlace, Cached: 1})
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, s := range p.Steps {
		if s.Op != nil {
			out[s.Op.Kind()] = true
		}
	}
	if wt.weights != nil && c.Def != nil && c.Def.Kind() != "dense" {
		delete(out, "dense") // the product that makes the cost
		delete(out, "dense.grad")
	}
	return out, nil
}

// Untested lists the kinds of operations that have a kernel and that no case of the table runs.
func Untested() ([]string, error) {
	has := map[string]bool{}
	for _, c := range cases {
		ks, err := c.kinds()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.title(), err)
		}
		for k := range ks {
			has[k] = true
		}
	}
	var out []string
	for _, k := range cpu.Kinds() {
		if !has[k] {
			out = append(out, k)
		}
	}
	return out, nil
}

func resultName(wt *weighted, i int) string {
	if i < len(wt.outs) {
		return fmt.Sprintf("output %d", i)
	}
	return fmt.Sprintf("input %d afterwards", wt.mutates[i-len(wt.outs)])
}

func keptName(wt *weighted, i int) string {
	if i < len(wt.outs) {
		return resultName(wt, i)
	}
	k := len(wt.outs)
	for in, n := range wt.grads {
		if n == nil {
			continue
		}
		if k == i {
			return fmt.Sprintf("gradient of input %d", in)
		}
		k++
	}
	return resultName(wt, i-k+len(wt.outs))
}

func sameBits(t testing.TB, wt *weighted, what string, got, want [][]float64) {
	t.Helper()
	for i := range want {
		if e := differ(got[i], want[i]); e >= 0 {
			t.Errorf("%s: %s has other bits than with 1 worker and plain Go: element %d is %g, not %g", what, keptName(wt, i), e, got[i][e], want[i][e])
		}
	}
}

// differ is the first element whose bits differ, or -1.
func differ(a, b []float64) int {
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return i
		}
	}
	return -1
}

func or(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}

// close64 compares each element with its own size.
func close64(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, the reference %d", what, len(got), len(want))
	}
	bad := 0
	for i := range want {
		if got[i] == want[i] || math.IsNaN(got[i]) && math.IsNaN(want[i]) {
			continue
		}
		if !(math.Abs(got[i]-want[i]) <= tol*max(1, math.Abs(want[i]))) && bad < 5 {
			bad++
			t.Errorf("%s, element %d: %.14g, the reference says %.14g", what, i, got[i], want[i])
		}
	}
}

// close32 compares with the largest element, or with scale where that is larger, since sums cancel.
func close32(t testing.TB, what string, got, want []float64, tol, scale float64) {
	t.Helper()
	scale = max(scale, largest(want))
	bad := 0
	for i := range want {
		if got[i] == want[i] || math.IsNaN(got[i]) && math.IsNaN(want[i]) {
			continue
		}
		if !(math.Abs(got[i]-want[i]) <= tol*scale) && bad < 5 {
			bad++
			t.Errorf("%s, element %d: %.9g, in float64 %.9g", what, i, got[i], want[i])
		}
	}
}

// largest is the largest magnitude of a finite element.
func largest(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		if !math.IsInf(x, 0) {
			m = max(m, math.Abs(x))
		}
	}
	return m
}
