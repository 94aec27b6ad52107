//go:build cuda

package cuda_test

import (
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/gpu"
	_ "github.com/dlrun/dlrun/gpu/cuda"
	"github.com/dlrun/dlrun/internal/plan"
)

// open is the device that tests run on: a GPU, or the emulated one that DLRUN_LIBCUDA names. Without either they are skipped.
func open(t testing.TB) *gpu.Device {
	t.Helper()
	if err := gpu.Check("cuda"); err != nil {
		t.Skip(err)
	}
	d, err := gpu.Open("cuda")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// device runs the table of op cases.
type device struct {
	*gpu.Device
	precision gpu.Precision
}

func (d device) Options() plan.Options { return plan.Options{Scratch: d.Scratch, Apart: true} }

func (d device) Run(p *plan.Plan, keep []*op.Node, fill byte, inputs map[*op.Node][]float64) ([]byte, [][]float64, error) {
	if err := d.FillArena(fill, p.Arena); err != nil {
		return nil, nil, err
	}
	prog, err := d.Compile(gpu.CompileOptions{Plan: p, Keep: keep, Precision: d.precision})
	if err != nil {
		return nil, nil, err
	}
	for n, v := range inputs {
		b, err := prog.InputBuf(n)
		if err != nil {
			return nil, nil, err
		}
		for i, x := range v {
			if b.I != nil {
				b.I[i] = int32(x)
			} else {
				b.F[i] = float32(x)
			}
		}
	}
	if err := prog.Run(seed, step); err != nil {
		return nil, nil, err
	}
	var kept [][]float64
	for _, n := range keep {
		b, err := prog.Buf(n)
		if err != nil {
			return nil, nil, err
		}
		v := make([]float64, len(b.F)+len(b.I))
		for i, x := range b.F {
			v[i] = float64(x)
		}
		for i, x := range b.I {
			v[i] = float64(x)
		}
		kept = append(kept, v)
	}
	mem, err := d.Arena()
	return mem, kept, err
}
