package parity

import (
	"math"
	"strings"
	"testing"
)

// TestHarnessFindsDifferences makes sure that the comparison cannot pass by mistake: each kind of difference must be named.
func TestHarnessFindsDifferences(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	want := expected{
		Losses: []float64{1, 0.5}, Tolerance: 1e-5, LearningRates: []float64{0.1, 0.2},
		Metrics: []map[string]float64{{"loss": 0.75, "accuracy": 0.5}}, Test: map[string]float64{"loss": 0.4},
	}
	step := func(n, loss, rate float64) line {
		return line{"step": number(n), "loss": number(loss), "learning_rate": number(rate)}
	}
	epoch := line{"loss": number(0.75), "accuracy": number(0.5)}
	last := line{"test_loss": number(0.4)}
	weights := map[string]tensor{"a/kernel": {[]int{2}, []float32{1, 2}}, "seed_generator/state": {}}
	tests := []struct {
		name     string
		problems []string
		contains string // empty: none may be found
	}{
		{"steps agree", compareSteps(want, []line{step(1, 1.000001, 0.1), step(2, 0.5, 0.2)}), ""},
		{"step missing", compareSteps(want, []line{step(1, 1, 0.1)}), "has 1 steps, Keras took 2"},
		{"step misnumbered", compareSteps(want, []line{step(1, 1, 0.1), step(3, 0.5, 0.2)}), "is step 3"},
		{"loss differs", compareSteps(want, []line{step(1, 1, 0.1), step(2, 0.51, 0.2)}), "loss of step 2"},
		{"loss is null", compareSteps(want, []line{step(1, 1, 0.1), {"step": number(2), "learning_rate": number(0.2)}}), "loss of step 2 of 2 is missing"},
		{"loss is NaN", compareSteps(want, []line{step(1, 1, 0.1), step(2, math.NaN(), 0.2)}), "loss of step 2"},
		{"rate differs", compareSteps(want, []line{step(1, 1, 0.1), step(2, 0.5, 0.1)}), "learning rate of step 2"},
		{"metrics agree", compareMetrics(want, []line{epoch, last}), ""},
		{"metric missing", compareMetrics(want, []line{{"loss": number(0.75)}, last}), "accuracy of epoch 1 is missing"},
		{"metric differs", compareMetrics(want, []line{{"loss": number(0.75), "accuracy": number(0.6)}, last}), "accuracy of epoch 1"},
		{"test missing", compareMetrics(want, []line{epoch}), "test_loss is missing"},
		{"an epoch too many", compareMetrics(want, []line{epoch, epoch, last}), "has 2 epochs"},
		{"an epoch too few", compareMetrics(want, nil), "has 0 lines"},
		{"weights agree", compareWeights(1e-4, weights, map[string]tensor{"a/kernel": {[]int{2}, []float32{1.00001, 2}}}), ""},
		{"weight missing", compareWeights(1e-4, weights, map[string]tensor{}), "weight a/kernel is missing"},
		{"weight of another shape", compareWeights(1e-4, weights, map[string]tensor{"a/kernel": {[]int{1, 2}, []float32{1, 2}}}), "shape [1 2]"},
		{"weight differs", compareWeights(1e-4, weights, map[string]tensor{"a/kernel": {[]int{2}, []float32{1, 2.1}}}), "element 1 of [2]"},
		{"weight is NaN", compareWeights(1e-4, weights, map[string]tensor{"a/kernel": {[]int{2}, []float32{float32(math.NaN()), 2}}}), "element 0 of [2]"},
		{"unknown weight", compareWeights(1e-4, weights, map[string]tensor{"a/kernel": {[]int{2}, []float32{1, 2}}, "b/bias": {}}), "b/bias that Keras has not"},
	}
	for _, test := range tests {
		found := strings.Join(test.problems, "\n")
		if test.contains == "" && found != "" || !strings.Contains(found, test.contains) {
			t.Errorf("%s: found %q, want %q in it", test.name, found, test.contains)
		}
	}
	if _, err := parseTensors([]byte{255, 0, 0, 0, 0, 0, 0, 0}); err == nil {
		t.Error("a cut safetensors file is read without an error")
	}
}
