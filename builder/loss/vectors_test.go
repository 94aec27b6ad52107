package loss

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"gorgonia.org/gorgonia"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

// vector is a loss as Keras computes it; testdata/vectors.py makes them.
type vector struct {
	Loss    string
	Args    string
	Y       []float64
	YShape  []int `json:"y_shape"`
	Int     bool
	P       []float64
	PShape  []int `json:"p_shape"`
	Weights []float64
	Want    float64
	Grad    []float64
}

func decode(t *testing.T, name, args string) Loss {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	l, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, nil, "loss")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return l
}

func TestKerasVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, v := range vectors {
		seen[v.Loss] = true
		t.Run(fmt.Sprintf("%d %s", i, v.Loss), func(t *testing.T) {
			value, grad := v.run(t, decode(t, v.Loss, v.Args))
			if !near(float64(value), v.Want, 2e-6, v.Want) {
				t.Errorf("%s %v %v: loss %.9g, Keras has %.9g", v.Args, v.YShape, v.PShape, value, v.Want)
			}
			scale := 0.0
			for _, g := range v.Grad {
				scale = max(scale, math.Abs(g))
			}
			for k, g := range v.Grad {
				if !near(float64(grad[k]), g, 4e-6, scale) {
					t.Errorf("%s %v %v: gradient %d is %.9g, in Keras %.9g", v.Args, v.YShape, v.PShape, k, grad[k], g)
				}
			}
		})
	}
	for _, name := range Registry.Names() {
		if !seen[name] && name != "crossentropy" {
			t.Errorf("loss %s has no vector: add one to testdata/vectors.py", name)
		}
	}
}

func near(got, want, rel, scale float64) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || math.Abs(got-want) <= rel*math.Abs(scale)
}

// run builds the loss as a training step does and runs it in float32.
func (v *vector) run(t *testing.T, l Loss) (float32, []float32) {
	t.Helper()
	target := shape.Spec{Shape: v.YShape[1:], DType: shape.Float32, Known: true}
	if v.Int {
		target.DType = shape.Int32
	}
	fed, err := l.Target(target, shape.Of(v.PShape[1:]...))
	if err != nil {
		t.Fatal(err)
	}
	g := op.NewGraph(op.Float32)
	ty := op.Float32
	if fed.DType == shape.Int32 {
		ty = op.Int32
	}
	y := g.Input("y", ty, fed.Shape.Batched(v.YShape[0])...)
	p := g.Input("p", op.Float32, v.PShape...)
	var w *op.Node
	if v.Weights != nil {
		w = g.Input("w", op.Float32, len(v.Weights))
	}
	total := Reduce(g, l.Build(g, y, p), w, nil, l.Reduction())
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	grads, err := gorgonia.Grad(total, p)
	if err != nil {
		t.Fatal(err)
	}
	m := &cpu.Machine{Pool: cpu.NewPool(1), ISA: isa.Detect()}
	defer m.Close()
	pl, err := plan.New(plan.Options{Keep: []*op.Node{total, grads[0]}, IsState: func(string) bool { return false }, Scratch: m.Scratch})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := cpu.Compile[float32](pl, m, new(cpu.Arena), nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := func(n *op.Node) cpu.Buf[float32] {
		b, err := prog.Buf(n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	fill := func(b cpu.Buf[float32], v []float64) {
		for i, x := range v {
			if b.I != nil {
				b.I[i] = int32(x)
			} else {
				b.F[i] = float32(x)
			}
		}
	}
	fill(buf(y), v.Y)
	fill(buf(p), v.P)
	if w != nil {
		fill(buf(w), v.Weights)
	}
	if err := prog.Run(new(cpu.Context)); err != nil {
		t.Fatal(err)
	}
	return buf(total).F[0], buf(grads[0]).F
}
