package activation

import (
	"encoding/json"
	"math"
	"os"
	"slices"
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

// vectors are activations as Keras computes them; testdata/vectors.py makes them.
type vectors struct {
	Shape []int
	X, W  []float64 // dx is the gradient of the sum of y·w
	Cases []struct {
		Activation, Args string
		YShape           []int `json:"y_shape"`
		Y, DX            []float64
	}
}

func decode(t *testing.T, name, args string) (Activation, hcl.Diagnostics) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	a, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, nil, "activation")
	return a, diags
}

func TestKerasVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range v.Cases {
		seen[Registry.Full(c.Activation)] = true
		t.Run(c.Activation+" "+c.Args, func(t *testing.T) {
			a, diags := decode(t, c.Activation, c.Args)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			out, err := Shape(a, shape.Shape(v.Shape[1:]))
			if err != nil || !slices.Equal([]int(out), c.YShape[1:]) {
				t.Errorf("shape %v (%v), in Keras %v", out, err, c.YShape[1:])
			}
			y, dx := run(t, a, v.Shape, v.X, v.W)
			compare(t, "y", y, c.Y, v.X)
			compare(t, "dx", dx, c.DX, v.X)
		})
	}
	for _, name := range Registry.Names() {
		if !seen[name] {
			t.Errorf("activation %s has no vector: add one to testdata/vectors.py", name)
		}
	}
}

func compare(t *testing.T, what string, got []float32, want, x []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, in Keras %d", what, len(got), len(want))
	}
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 3e-6*max(1, math.Abs(w)) {
			t.Errorf("%s at x = %g: %.9g, in Keras %.9g", what, x[i], got[i], w)
		}
	}
}

// run computes a of x in float32, and the gradient of the sum of its product with w.
func run(t *testing.T, a Activation, s []int, x, w []float64) (y, dx []float32) {
	t.Helper()
	g := op.NewGraph(op.Float32)
	in := g.Input("x", op.Float32, s...)
	out := a.Build(g, in)
	if g.Err() != nil {
		t.Fatal(g.Err())
	}
	weights := g.Input("w", op.Float32, out.Shape()...)
	cost := g.Apply(op.Reduce{Fn: "sum"}, g.Apply(op.Binary{Fn: "mul"}, out, weights))
	grads, err := gorgonia.Grad(cost, in)
	if err != nil || g.Err() != nil {
		t.Fatal(err, g.Err())
	}
	m := &cpu.Machine{Pool: cpu.NewPool(1), ISA: isa.Detect()}
	defer m.Close()
	p, err := plan.New(plan.Options{Keep: []*op.Node{out, grads[0]}, IsState: func(string) bool { return false }, Scratch: m.Scratch})
	if err != nil {
		t.Fatal(err)
	}
	prog, err := cpu.Compile[float32](p, m, new(cpu.Arena), nil)
	if err != nil {
		t.Fatal(err)
	}
	buf := func(n *op.Node) []float32 {
		b, err := prog.Buf(n)
		if err != nil {
			t.Fatal(err)
		}
		return b.F
	}
	for i := range buf(in) {
		buf(in)[i] = float32(x[i])
	}
	for i := range buf(weights) {
		buf(weights)[i] = float32(w[i])
	}
	if err := prog.Run(new(cpu.Context)); err != nil {
		t.Fatal(err)
	}
	return buf(out), buf(grads[0])
}

func TestIsRelu(t *testing.T) {
	for _, c := range []struct {
		name, args string
		want       bool
	}{{"relu", "", true}, {"relu", "max_value = 6", false}, {"relu", "negative_slope = 0", true}, {"relu", "threshold = 1", false}, {"relu6", "", false}, {"linear", "", false}} {
		a, diags := decode(t, c.name, c.args)
		if diags.HasErrors() || IsRelu(a) != c.want {
			t.Errorf("IsRelu(%s %s) = %v, want %v (%v)", c.name, c.args, !c.want, c.want, diags)
		}
	}
	if IsRelu(nil) {
		t.Error("IsRelu(nil)")
	}
}

func TestRefused(t *testing.T) {
	if _, diags := decode(t, "celu", "alpha = 0"); !diags.HasErrors() {
		t.Error("celu takes alpha = 0")
	}
	for _, c := range []struct {
		name, args string
		in         shape.Shape
	}{{"glu", "", shape.Shape{4, 3}}, {"softmax", "", shape.Shape{}}, {"softmax", "axis = 0", shape.Shape{4}}, {"sparsemax", "axis = 2", shape.Shape{4}}} {
		a, diags := decode(t, c.name, c.args)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if s, err := Shape(a, c.in); err == nil {
			t.Errorf("%s %s takes %v and gives %v", c.name, c.args, c.in, s)
		}
	}
	a, _ := decode(t, "glu", "")
	if s, err := Shape(a, shape.Shape{4, shape.Unknown}); err != nil || !s.Equal(shape.Shape{4, shape.Unknown}) {
		t.Errorf("glu of an open axis: %v, %v", s, err)
	}
}
