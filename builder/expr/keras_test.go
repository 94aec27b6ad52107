package expr

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

// vectors is testdata/keras.json, which internal/parity/gen/ops.py writes.
type vectors struct {
	Inputs map[string]struct {
		Shape  []int
		Int    bool
		Values []float64
	}
	Cases []struct {
		Expression string
		Kind       Kind
		Shape      []int
		Values     []any
	}
}

func read(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/keras.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestKeras builds every expression and holds results against keras.ops, gradients against finite
// differences, and bits against other numbers of workers and instruction sets.
func TestKeras(t *testing.T) {
	v := read(t)
	for _, c := range v.Cases {
		t.Run(strings.ReplaceAll(c.Expression, "/", "÷"), func(t *testing.T) {
			text, flat := strings.CutPrefix(c.Expression, "!")
			names := map[string]cty.Value{}
			for n := range v.Inputs {
				names[n] = cty.StringVal("tensor " + n)
			}
			var used []string
			leaves := map[string]*Tensor{}
			given := func(x cty.Value) (*Tensor, bool) {
				if !x.IsKnown() || x.IsNull() || x.Type() != cty.String || !strings.HasPrefix(x.AsString(), "tensor ") {
					return nil, false
				}
				n := strings.TrimPrefix(x.AsString(), "tensor ")
				if leaves[n] == nil {
					in := v.Inputs[n]
					spec := shape.Spec{DType: shape.Float32, Known: true}
					if in.Int {
						spec.DType = shape.Int32
					}
					if strings.ToLower(n) == n {
						spec.Shape = in.Shape[1:]
					}
					leaves[n] = Leaf(len(used), n, spec)
					if strings.ToLower(n) != n { // without a batch
						leaves[n].Shape = nil
						for _, d := range in.Shape {
							leaves[n].Shape = append(leaves[n].Shape, Size(d))
						}
					}
					used = append(used, n)
				}
				return leaves[n], true
			}
			e, diags := hclsyntax.ParseExpression([]byte(text), "x.hcl", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			got, diags := Compile(e, &hcl.EvalContext{Variables: names}, given)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if !got.Known || len(got.Tensors) != 1 {
				t.Fatalf("compiled to %d tensors, known %v", len(got.Tensors), got.Known)
			}
			y := got.Tensors[0]
			if s := y.Shape.at(3); !slices.Equal(s, c.Shape) {
				t.Fatalf("the shape is %v, want %v", s, c.Shape)
			}
			if y.Kind != c.Kind {
				t.Fatalf("the type is %s, want %s", y.Kind, c.Kind)
			}
			oc := optest.Case{Name: text, Tol: 3e-6}
			for i, n := range used {
				in := v.Inputs[n]
				a := optest.Floats(in.Shape...)
				if in.Int {
					a = optest.Ints(1, in.Shape...)
				}
				oc.In = append(oc.In, a.Values(in.Values...))
				if flat || in.Int || y.Kind != Float || n == "z" {
					oc.NoGrad = append(oc.NoGrad, i)
				}
			}
			if strings.Contains(text, "stop_gradient") {
				oc.NoGrad = []int{0}
			}
			oc.Build = func(g *op.Graph, in []*op.Node) []*op.Node {
				s := &Scope{Graph: g, Batch: 3, Anchor: in[0], Leaf: func(source any) *op.Node { return in[source.(int)] }}
				return []*op.Node{s.Build(y.Whole())}
			}
			want := make([]float64, len(c.Values))
			for i, x := range c.Values {
				switch x := x.(type) {
				case nil:
					want[i] = math.NaN()
				case string:
					want[i] = math.Inf(1)
				case float64:
					want[i] = x
				}
			}
			oc.Want = func([]optest.Tensor) [][]float64 { return [][]float64{want} }
			optest.Check(t, oc)
		})
	}
}

// TestEveryFunctionHasACase holds the functions of ops:: against the cases.
func TestEveryFunctionHasACase(t *testing.T) {
	v := read(t)
	var all strings.Builder
	for _, c := range v.Cases {
		all.WriteString(c.Expression + "\n")
	}
	for _, f := range Functions() {
		if strings.HasPrefix(f.Name, "ops::") && !strings.Contains(all.String(), f.Name+"(") && !slices.Contains(constantFunctions, f.Name) {
			t.Errorf("%s has no case in internal/parity/gen/ops.py", f.Name)
		}
		if f.Help == "" || f.Name == "" {
			t.Errorf("%s has no help", f.Name)
		}
	}
}

// constantFunctions make no tensor, or none of known values; TestRandom has them.
var constantFunctions = []string{"ops::shape", "ops::ndim", "ops::size", "ops::dtype", "ops::is_tensor", "ops::empty", "ops::empty_like", "ops::saturate_cast", "ops::image::elastic_transform"}
