package cpu_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// TestEmbeddingReportsIndices looks up what a table has not got: the run says where, later steps do not
// run, and the next run with good indices is as if nothing had been.
func TestEmbeddingReportsIndices(t *testing.T) {
	g := op.NewGraph(op.Float32)
	indices, table := g.Input("i", op.Int32, 2, 2), g.Input("t", op.Float32, 3, 1)
	w := g.Input("w", op.Float32, 1, 1)
	y := g.Apply(op.Dense{}, g.Apply(op.Embedding{Layer: "words"}, indices, table), w)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	m := &cpu.Machine{Pool: cpu.NewPool(1), ISA: isa.Generic}
	defer m.Close()
	p, err := plan.New(plan.Options{Keep: []*op.Node{y}, IsState: func(n string) bool { return n != "i" }, Scratch: m.Scratch})
	if err != nil {
		t.Fatal(err)
	}
	state := map[string][]float32{"t": {10, 11, 12}, "w": {2}}
	prog, err := cpu.Compile[float32](p, m, &cpu.Arena{}, func(name string) ([]float32, error) { return state[name], nil })
	if err != nil {
		t.Fatal(err)
	}
	in, err := prog.Buf(indices)
	if err != nil {
		t.Fatal(err)
	}
	out, err := prog.Buf(y)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &cpu.Context{}
	for _, bad := range []int32{3, -1, 1 << 30} {
		copy(out.F, []float32{-7, -7, -7, -7})
		copy(in.I, []int32{0, 1, bad, 9})
		err := prog.Run(ctx)
		var at *op.IndexError
		if !errors.As(err, &at) || at.Index != float64(bad) || at.Position[0] != 1 || at.Position[1] != 0 {
			t.Errorf("index %d: the error is %v (%+v)", bad, err, at)
		} else if !strings.Contains(err.Error(), "layer words") || !strings.Contains(err.Error(), "0 to 2") {
			t.Errorf("index %d: the error %q lacks the layer or the rows", bad, err)
		}
		if out.F[0] != -7 {
			t.Errorf("index %d: a later step ran", bad)
		}
	}
	copy(in.I, []int32{2, 0, 1, 2})
	if err := prog.Run(ctx); err != nil || out.F[0] != 24 || out.F[3] != 24 {
		t.Errorf("after the errors: %v, %v", out.F, err)
	}
}
