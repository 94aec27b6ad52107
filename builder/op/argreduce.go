package op

import "fmt"

// ArgReduce is where along an axis the largest ("argmax") or smallest ("argmin") element lies, an int32;
// of several the first. A NaN counts as the largest and as the smallest. It has no gradient.
type ArgReduce struct {
	Fn   string
	Axis int // from 0
}

// Kind is "argreduce".
func (ArgReduce) Kind() string { return "argreduce" }

// Infer drops the axis.
func (o ArgReduce) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if o.Fn != "argmax" && o.Fn != "argmin" || o.Axis < 0 || o.Axis >= len(s) || in[0].DType == Int32 || s[o.Axis] == 0 {
		return nil, fmt.Errorf("%s along axis %d of %v", o.Fn, o.Axis, in[0])
	}
	return []Spec{{Shape: without(s, o.Axis), DType: Int32}}, nil
}
