package schema

import "github.com/zclconf/go-cty/cty"

// IntOrInts is the type of an argument bound by Block.IntOrInts.
const IntOrInts Type = "integer or list of integers"

// IntOrInts binds a list of integers, for which a single integer may stand: an axis or several.
func (b *Block) IntOrInts(p *[]int, name, help string, opts ...Option) {
	b.add(&Arg{Name: name, Help: help, Type: IntOrInts,
		set: func(v cty.Value) (err error) {
			if v.Type() == cty.Number {
				n, err := asInt(v)
				*p = []int{n}
				return err
			}
			*p, err = each(v, "integers", asInt)
			return err
		}}, opts)
}
