package optimizer

import (
	"math"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/op"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"sgd", "clipnorm = 1\nclipvalue = 1", "Only one of clipnorm"},
		{"adam", "clipvalue = 1\nglobal_clipnorm = 1", "clipvalue is given too"},
		{"adamw", "gradient_accumulation_steps = 2", "train block"},
		{"sgd", "momentum = 1.5", "at most 1"},
		{"ftrl", "learning_rate_power = 0.5", "at most 0"},
		{"adam", "beta = 0.9", "Did you mean \"beta_1\""},
		{"loss_scale_optimizer", "", "needs the argument \"inner_optimizer\""},
		{"loss_scale_optimizer", "inner_optimizer \"loss_scale_optimizer\" {\ninner_optimizer = \"sgd\"\n}", "cannot hold another"},
		{"lookahead", "optimizer \"loss_scale_optimizer\" {\ninner_optimizer = \"sgd\"\n}", "holds lookahead"},
		{"muon", "exclude_layers = [\"(\"]", "missing closing"},
		{"adafactor", "clip_threshold = 0", "above 0"},
		{"lookahead", "", "needs the argument \"optimizer\""},
		{"lookahead", "optimizer = \"lookahead\"", "needs the argument \"optimizer\""},
		{"lookahead", "optimizer \"lookahead\" {\noptimizer = \"sgd\"\n}", "cannot hold another"},
		{"lookahead", "optimizer = \"sgd\"\nlearning_rate = 1", "learning_rate"},
		{"adm", "", "Did you mean \"adam\""},
	} {
		_, diags := decode(t, c.name, c.args)
		if !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s { %s }: %v, want an error with %q", c.name, c.args, diags, c.want)
		}
	}
}

// A limit of 0 is none, as in Keras.
func TestClipZero(t *testing.T) {
	o, diags := decode(t, "sgd", "clipnorm = 0")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := o.Common().Clip(nil, []*op.Node{nil}); len(got) != 1 {
		t.Errorf("clipped to %v", got)
	}
}

func TestDefaults(t *testing.T) {
	for name, want := range map[string]float64{"sgd": 0.01, "adam": 0.001, "rmsprop": 0.001, "adamw": 0.001} {
		o, _ := decode(t, name, "")
		if got := o.Common().LearningRate.At(0); got != want {
			t.Errorf("%s: learning rate %g, want %g", name, got, want)
		}
		if d := o.Common().WeightDecay; (name == "adamw") != (d != nil) || d != nil && *d != 0.004 {
			t.Errorf("%s: weight decay %v", name, d)
		}
	}
}

// What is fed at a step depends on the step alone, in whatever order steps are asked for: a run that
// is continued gets the same numbers.
func TestHyperDependsOnTheStepAlone(t *testing.T) {
	for _, name := range Registry.Names() {
		args := "use_ema = true\nema_overwrite_frequency = 3\nweight_decay = 0.1"
		if name == "lookahead" {
			args = "optimizer \"adam\" {\n" + args + "\n}"
		}
		if name == "loss_scale_optimizer" {
			args = "inner_optimizer \"adam\" {\n" + args + "\n}"
		}
		o, _ := decode(t, name, args)
		n := len(o.Hyper(1, 0))
		var want [][]float64
		for s := 1; s <= 20; s++ {
			want = append(want, o.Hyper(s, 0.1))
		}
		for _, s := range []int{20, 7, 7, 1, 3, 12} {
			fresh, _ := decode(t, name, args)
			for _, o := range []Optimizer{o, fresh} {
				got := o.Hyper(s, 0.1)
				if len(got) != n {
					t.Fatalf("%s: %d numbers at step %d, %d before", name, len(got), s, n)
				}
				for i := range got {
					if got[i] != want[s-1][i] || math.IsNaN(got[i]) {
						t.Errorf("%s, step %d: number %d is %g, was %g", name, s, i, got[i], want[s-1][i])
					}
				}
			}
		}
	}
}
