package schedule

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/dsl/schema"
)

func decode(t *testing.T, name, args string) (Schedule, hcl.Diagnostics) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, nil, "learning_rate")
	return s, diags
}

// testdata/vectors.py makes the vectors.
func TestKerasVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Schedule, Args string
		At             []int
		Want           []float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.Schedule] = true
		s, diags := decode(t, c.Schedule, c.Args)
		if diags.HasErrors() {
			t.Error(diags)
			continue
		}
		for i, step := range c.At {
			// Keras computes in float32; 1e-8 is the rounding of its cosine, next to a rate of 0.1.
			if got, want := s.At(step), c.Want[i]; math.Abs(got-want) > 1e-6*want+1e-8 {
				t.Errorf("%s { %s } at %d: %.9g, Keras has %.9g", c.Schedule, c.Args, step, got, want)
			}
		}
	}
	for _, name := range Registry.Names() {
		if !seen[name] {
			t.Errorf("schedule %s has no vector: add one to testdata/vectors.py", name)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"piecewise_constant_decay", "boundaries = [1, 2]\nvalues = [1, 2]", "3 values are wanted, got 2"},
		{"piecewise_constant_decay", "boundaries = [2, 1]\nvalues = [1, 2, 3]", "1 follows 2"},
		{"cosine_decay", "initial_learning_rate = 1\ndecay_steps = 0", "above 0"},
		{"exponential_decay", "initial_learning_rate = 1\ndecay_rate = 0.5", "needs the argument \"decay_steps\""},
	} {
		_, diags := decode(t, c.name, c.args)
		if !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s { %s }: %v, want an error with %q", c.name, c.args, diags, c.want)
		}
	}
}
