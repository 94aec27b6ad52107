package constraint_test

import (
	"errors"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/builder/constraint"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/cpu/optest"
)

func decode(t *testing.T, name, args string) constraint.Constraint {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c, _, diags := schema.Resolve(constraint.Registry, name, hcl.Range{}, f.Body, nil, "constraint")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return c
}

// What a weight becomes is what Keras 3.15.1 makes of it on JAX.
func TestProjections(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range []struct {
		name, args string
		want       []float64
	}{
		{"max_norm", "", []float64{0.4999999701976776, -1.2499998807907104, 1.872658371925354, 1.4999998807907104, 0.2499999701976776, -0.702246904373169}},
		{"max_norm", "max_value = 1\naxis = 1", []float64{0.20739033818244934, -0.5184758305549622, 0.8295613527297974, 0.8846516609191895, 0.14744193851947784, -0.4423258304595947}},
		{"max_norm", "max_value = 1\naxis = -1", []float64{0.20739033818244934, -0.5184758305549622, 0.8295613527297974, 0.8846516609191895, 0.14744193851947784, -0.4423258304595947}},
		{"min_max_norm", "min_value = 1\nmax_value = 1.2\nrate = 0.5", []float64{0.43973663449287415, -1.2133482694625854, 1.5617974996566772, 1.3192099332809448, 0.24266965687274933, -0.5856740474700928}},
		{"unit_norm", "", []float64{0.3162277340888977, -0.9805805683135986, 0.936329185962677, 0.9486832022666931, 0.1961161196231842, -0.3511234521865845}},
		{"unit_norm", "axis = [0, 1]", []float64{0.1696377843618393, -0.42409446835517883, 0.6785511374473572, 0.5089133381843567, 0.08481889218091965, -0.25445666909217834}},
		{"non_neg", "", []float64{0.5, 0, 2, 1.5, 0.25, 0}},
	} {
		tested[c.name] = true
		t.Run(c.name+" "+c.args, func(t *testing.T) {
			g := op.NewGraph(op.Float32)
			n := decode(t, c.name, c.args).Build(g, g.Input("w", op.Float32, 2, 3))
			if g.Err() != nil {
				t.Fatal(g.Err())
			}
			def := n.Op().(*op.Op).Def
			if _, ok := def.(op.Mutator); !ok {
				t.Fatalf("%s does not change the weight in place", def.Kind())
			}
			optest.Check(t, optest.Case{
				Name: c.name, Def: def,
				In:   []optest.Arg{optest.Floats(2, 3).Values(0.5, -1.25, 2, 1.5, 0.25, -0.75)},
				Want: func([]optest.Tensor) [][]float64 { return [][]float64{c.want} },
				Tol:  2e-7, // Keras' numbers are float32
			})
		})
	}
	for _, n := range constraint.Registry.Names() {
		if !tested[n] {
			t.Errorf("constraint %s has no case here", n)
		}
	}
}

func TestAxesThatAreNotThere(t *testing.T) {
	for _, args := range []string{"axis = 2", "axis = [0, -2]", "axis = [1, -4]"} {
		err := decode(t, "unit_norm", args).(constraint.Checker).Check([]int{4, 5})
		var at *schema.ArgError
		if !errors.As(err, &at) || at.Arg != "axis" {
			t.Errorf("%s of a matrix: %v, want an error at axis", args, err)
		}
	}
	if err := decode(t, "unit_norm", "axis = [0, 1]").(constraint.Checker).Check([]int{4, 5}); err != nil {
		t.Error(err)
	}
}
