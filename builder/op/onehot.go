package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// OneHot turns integers into rows that are 1 at their place and 0 elsewhere: [...] -> [..., Classes] of
// the float type To. An integer that is none of 0 to Classes-1 fails the step. It has no gradient.
type OneHot struct {
	Classes int
	To      tensor.Dtype
}

// Kind is "onehot".
func (OneHot) Kind() string { return "onehot" }

// Infer appends the classes.
func (o OneHot) Infer(in []Spec) ([]Spec, error) {
	if in[0].DType != Int32 || o.Classes < 1 {
		return nil, fmt.Errorf("rows of %d classes of %v", o.Classes, in[0])
	}
	return []Spec{{Shape: append(append([]int(nil), in[0].Shape...), o.Classes), DType: o.To}}, nil
}
