package optest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func TestCases(t *testing.T) { Run(t, Cases()...) }

func TestEveryKernelHasACase(t *testing.T) {
	kinds, err := Untested()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		t.Errorf("%s has a kernel and no case: add one in internal/cpu/optest", k)
	}
}

// recorder takes the errors of a check that has to fail.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Errorf(f string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(f, a...)) }
func (r *recorder) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
func (r *recorder) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (r *recorder) has(t *testing.T, what string) {
	t.Helper()
	if !strings.Contains(strings.Join(r.errors, "\n"), what) {
		t.Errorf("no error says %q: %q", what, r.errors)
	}
}

// TestCheckFindsMistakes gives the harness what is wrong.
func TestCheckFindsMistakes(t *testing.T) {
	right := Case{Name: "right", Def: op.Dense{}, In: []Arg{Floats(2, 3), Floats(3, 2)}, Want: dense(op.Dense{})}
	r := &recorder{TB: t}
	if Check(r, right); r.errors != nil {
		t.Errorf("errors of a right case: %q", r.errors)
	}

	wrong := right
	wrong.Want = func(in []Tensor) [][]float64 {
		out := dense(op.Dense{})(in)
		out[0][3] += 1e-9
		return out
	}
	r = &recorder{TB: t}
	Check(r, wrong)
	r.has(t, "output 0, element 3")

	in := right.values()
	weights := right.weights(t)
	_, grads := check64(t, &right, in, weights)
	grads[1][2] += 1e-4
	r = &recorder{TB: t}
	checkGradients(r, &right, in, weights, grads)
	r.has(t, "gradient of input 1, element 2")
}

// TestGuardsFindStrayWrites changes memory as a kernel that runs past its buffer would.
func TestGuardsFindStrayWrites(t *testing.T) {
	c := Case{Name: "stray", Def: op.Dense{}, In: []Arg{Floats(2, 3), Floats(3, 2)}}
	m := machine(1, isa.Generic)
	defer m.Close()
	w, err := c.graph(op.Float32, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBench[float32](w, w.outs, m, guarded)
	if err != nil {
		t.Fatal(err)
	}
	in := c.values()
	if _, err := b.run(in, nil); err != nil {
		t.Fatal(err)
	}
	out, err := b.prog.Buf(w.outs[0])
	if err != nil {
		t.Fatal(err)
	}
	mem := b.arena.Bytes()
	for _, g := range b.gaps {
		for _, i := range []int{g[0], g[1] - 1} {
			if g[0] == g[1] {
				continue
			}
			mem[i] = 0
			if err := b.checkGuards(); err == nil {
				t.Errorf("a write to byte %d, between values, was not seen", i)
			}
			mem[i] = sentinel
		}
	}
	out.F[0] = 7
	if err := b.checkGuards(); err != nil {
		t.Errorf("a write to the output: %v", err)
	}
	a, err := b.prog.Buf(w.in[0])
	if err != nil {
		t.Fatal(err)
	}
	a.F[4]++
	if err := b.checkInputs(in); err == nil || !strings.Contains(err.Error(), "input 0 was changed at element 4") {
		t.Errorf("a changed input: %v", err)
	}
}
