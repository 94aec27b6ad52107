package regularizer_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

func decode(t *testing.T, name, args string) (regularizer.Regularizer, hcl.Diagnostics) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	r, _, diags := schema.Resolve(regularizer.Registry, name, hcl.Range{}, f.Body, nil, "regularizer")
	return r, diags
}

// The penalties are those of Keras 3.15.1 on JAX, of this matrix.
var matrix = optest.Floats(2, 3).Values(0.5, -1.25, 2, 1.5, 0.25, -0.75)

func TestPenalties(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range []struct {
		name, args string
		want       float64
	}{
		{"l1", "", 0.0625},
		{"l1", "l1 = 2", 12.5},
		{"l2", "", 0.086875},
		{"l1_l2", "", 0},
		{"l1_l2", "l1 = 0.1", 0.625},
		{"l1l2", "l1 = 0.1\nl2 = 0.3", 3.23125},
		{"orthogonal_regularizer", "", 0.0025991329457610846},
		{"orthogonal_regularizer", "factor = 2\nmode = \"columns\"", 0.7653691172599792},
	} {
		tested[regularizer.Registry.Full(c.name)] = true
		t.Run(c.name+" "+c.args, func(t *testing.T) {
			r, diags := decode(t, c.name, c.args)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			optest.Check(t, optest.Case{
				Name:  c.name,
				Build: func(g *op.Graph, in []*op.Node) []*op.Node { return []*op.Node{r.Build(g, in[0])} },
				In:    []optest.Arg{matrix},
				Want:  func([]optest.Tensor) [][]float64 { return [][]float64{{c.want}} },
				Tol:   2e-7, // Keras' numbers are float32
			})
		})
	}
	for _, n := range regularizer.Registry.Names() {
		if !tested[n] {
			t.Errorf("regularizer %s has no case here", n)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range [][2]string{{"l1", "l1 = -1"}, {"l1_l2", "l2 = -0.5"}, {"orthogonal_regularizer", `mode = "diagonals"`}} {
		if _, diags := decode(t, c[0], c[1]); !diags.HasErrors() {
			t.Errorf("%s takes %s", c[0], c[1])
		}
	}
	r, _ := decode(t, "orthogonal_regularizer", "")
	if err := r.(regularizer.Checker).Check([]int{3, 3, 8}); err == nil {
		t.Error("orthogonal_regularizer takes a kernel of rank 3")
	}
	if names := regularizer.Registry.Aliases("l1_l2"); !slices.Equal(names, []string{"l1l2"}) {
		t.Errorf("aliases of l1_l2: %v", names)
	}
}

func TestOrthogonalOfOneVector(t *testing.T) {
	r, _ := decode(t, "orthogonal_regularizer", "")
	optest.Check(t, optest.Case{
		Name:  "one row",
		Build: func(g *op.Graph, in []*op.Node) []*op.Node { return []*op.Node{r.Build(g, in[0])} },
		In:    []optest.Arg{optest.Floats(1, 3)},
		Want:  func([]optest.Tensor) [][]float64 { return [][]float64{{0}} },
	})
}
