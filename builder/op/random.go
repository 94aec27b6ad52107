package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Random are numbers drawn anew in each step: "uniform" from A up to B, "normal" of mean A and standard
// deviation B, "truncated_normal" the same within two standard deviations, "gamma" of shape A and scale
// 1. They depend on the seed of the run, the step and Stream alone. The input is not read, as of Constant.
type Random struct {
	Fn     string
	A, B   float64
	Shape  []int
	To     tensor.Dtype
	Stream uint64

	OwnSeed bool // Seed takes the place of the run's
	Seed    uint64
}

// Kind is "random".
func (Random) Kind() string { return "random" }

// Infer checks the parameters.
func (o Random) Infer([]Spec) ([]Spec, error) {
	ok := false
	switch o.Fn {
	case "uniform":
		ok = o.A <= o.B
	case "normal", "truncated_normal":
		ok = o.B >= 0
	case "gamma":
		ok = o.A > 0
	}
	if !ok || o.To == Int32 {
		return nil, fmt.Errorf("%s of %v and %v in %v", o.Fn, o.A, o.B, o.To)
	}
	return []Spec{{Shape: append([]int{}, o.Shape...), DType: o.To}}, nil
}
