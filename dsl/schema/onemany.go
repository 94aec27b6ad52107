package schema

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Types of arguments that are a list or, for all of it, one value.
const (
	IntOrInts     Type = "integer or list of integers"
	FloatOrFloats Type = "number or list of numbers"
	IntOrShape    Type = "integer or list of integers and nulls"
)

// IntOrInts binds a list of integers, for which a single integer may stand: an axis or several.
func (b *Block) IntOrInts(p *[]int, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: IntOrInts,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = oneOrEach(v, "integers", asInt); return },
	}, opts)
}

// IntOrShape binds the sizes of several axes, those that null stands for being UnknownInt, or the size of
// one.
func (b *Block) IntOrShape(p *[]int, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: IntOrShape,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = oneOrEach(v, "integers", asIntOrNull); return },
	}, opts)
}

// FloatOrFloats binds a list of numbers, for which a single number may stand: one for all channels
// or one for each.
func (b *Block) FloatOrFloats(p *[]float64, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: FloatOrFloats,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = oneOrEach(v, "numbers", asFloat); return },
	}, opts)
}

func oneOrEach[T any](v cty.Value, what string, as func(cty.Value) (T, error)) ([]T, error) {
	if v.Type() == cty.Number {
		x, err := as(v)
		return []T{x}, err
	}
	return each(v, what, as)
}
