package optest

import (
	"math"
	"slices"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// Device is another executor, of float32, that the table is run on.
type Device interface {
	// Options say how plans for it are made: what it can do, not what is wanted.
	Options() plan.Options
	// Run fills its arena with the byte given, sets inputs, runs the plan once and returns its arena as it then is, and what values are kept.
	Run(p *plan.Plan, keep []*op.Node, fill byte, inputs map[*op.Node][]float64) (arena []byte, kept [][]float64, err error)
}

// CheckOn runs a case in float32 on a device: its results and gradients are those of the CPU in float64, by tolerance; they have the same bits in
// a second run, and in memory that is used again as planned; nothing outside values is written, and no input is changed that the operation
// does not say it changes. An error of the device's that the case ends with is returned, as where it has no kernel.
func CheckOn(t testing.TB, c Case, d Device) error {
	t.Helper()
	in, w := c.values(), c.weights(t)
	wt64, err := c.graph(dtype[float64](), false)
	if err != nil {
		t.Fatal(err)
	}
	want := once[float64](t, wt64, in, w, 1, isa.Generic, guarded)
	wt, err := c.graph(dtype[float32](), false)
	if err != nil {
		t.Fatal(err)
	}
	base, err := onDevice(t, d, wt, in, w, guarded)
	if err != nil {
		return err
	}
	for _, l := range []layout{guarded, planned} {
		again, err := onDevice(t, d, wt, in, w, l)
		if err != nil {
			return err
		}
		for i := range base {
			if e := differ(again[i], base[i]); e >= 0 {
				t.Errorf("another run, %s: element %d is %g, was %g", keptName(wt, i), e, again[i][e], base[i][e])
			}
		}
	}
	// As in check32: what is 0 but for rounding is held against the gradients of the other inputs too.
	most, nOut, nKept := 0.0, len(wt.outs), len(wt.kept())
	for _, g := range want[nOut:nKept] {
		most = max(most, largest(g))
	}
	for i := range want {
		scale := 0.0
		if i >= nOut && i < nKept {
			scale = most / 10
		}
		close32(t, keptName(wt, i)+" on the device", base[i], want[i], max(or(c.Tol32, 1e-5), 2e-5), scale)
	}
	return nil
}

// Kinds are the operations that a case runs, forward and backward.
func (c *Case) Kinds() ([]string, error) {
	has, err := c.kinds()
	var out []string
	for k := range has {
		out = append(out, k)
	}
	slices.Sort(out)
	return out, err
}

// Title names a case in a test.
func (c *Case) Title() string { return c.title() }

func onDevice(t testing.TB, d Device, wt *weighted, in []Tensor, w []float64, l layout) ([][]float64, error) {
	t.Helper()
	keep := slices.Clone(wt.kept())
	for _, i := range wt.mutates {
		keep = append(keep, wt.in[i])
	}
	o := d.Options()
	o.Keep, o.Also, o.IsState = keep, wt.markers, func(string) bool { return false }
	p, err := plan.New(o)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench[float32]{w: wt, plan: p, arena: &cpu.Arena{}}
	if l == guarded {
		b.spread()
	}
	inputs := map[*op.Node][]float64{}
	for i, n := range wt.in {
		if _, ok := p.Value(n); ok {
			inputs[n] = in[i].V
		}
	}
	if _, ok := p.Value(wt.weights); ok {
		inputs[wt.weights] = w
	}
	mem, kept, err := d.Run(p, keep, sentinel, inputs)
	if err != nil || l == planned {
		return kept, err
	}
	b.arena.Reserve(p.Arena)
	copy(b.arena.Bytes(), mem)
	if err := b.checkGuards(); err != nil {
		t.Error(err)
	}
	for i, n := range wt.in {
		k, ok := p.Value(n)
		if !ok || slices.Contains(wt.mutates, i) {
			continue
		}
		if e := changed(mem[p.Values[k].Offset:], in[i].V, p.Values[k].Spec.DType == op.Int32); e >= 0 {
			t.Errorf("input %d was changed at element %d", i, e)
		}
	}
	return kept, nil
}

// changed is the first element in memory that is not as given, or -1.
func changed(mem []byte, want []float64, ints bool) int {
	for i, x := range want {
		bits := uint32(mem[4*i]) | uint32(mem[4*i+1])<<8 | uint32(mem[4*i+2])<<16 | uint32(mem[4*i+3])<<24
		same := bits == math.Float32bits(float32(x)) || math.IsNaN(x)
		if ints {
			same = int32(bits) == int32(x)
		}
		if !same {
			return i
		}
	}
	return -1
}
