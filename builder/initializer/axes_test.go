package initializer

import (
	"math"
	"testing"

	"github.com/dlrun/dlrun/dsl/schema"
)

// TestWithAxes looks at the largest of many numbers: glorot_uniform's limit is sqrt(6 / (inputs + outputs)).
func TestWithAxes(t *testing.T) {
	glorot, err := Registry.New("glorot_uniform")
	if err != nil {
		t.Fatal(err)
	}
	schema.Describe(glorot)
	shape := []int{64, 8, 16}
	for _, c := range []struct {
		inputs, outputs []int
		sum             float64
	}{
		{[]int{0}, []int{1, 2}, 64 + 128},
		{[]int{0, 1}, []int{2}, 512 + 16},
		{[]int{0, 2}, []int{1}, 1024 + 8},
	} {
		w := make([]float32, 64*8*16)
		if err := WithAxes(glorot, c.inputs, c.outputs).Fill(w, shape, Key{Seed: 1}); err != nil {
			t.Fatal(err)
		}
		most := 0.0
		for _, x := range w {
			most = max(most, math.Abs(float64(x)))
		}
		if want := math.Sqrt(6 / c.sum); most > want*1.0001 || most < want*0.99 {
			t.Errorf("inputs %v, outputs %v: numbers up to %v, want %v", c.inputs, c.outputs, most, want)
		}
	}
	if err := WithAxes(glorot, []int{5}, []int{0}).Fill(nil, shape, Key{}); err == nil {
		t.Error("an axis that is not there is accepted")
	}
	zeros, err := Registry.New("zeros")
	if err != nil {
		t.Fatal(err)
	}
	if WithAxes(zeros, []int{0}, []int{1}) != zeros {
		t.Error("an initializer that does not scale is wrapped")
	}
}
