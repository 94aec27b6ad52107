package layer

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// sides are sizes at top and bottom, left and right of an image.
type sides [2][2]int

// bind binds an argument that is one number, [height, width], or [[top, bottom], [left, right]].
func (p *sides) bind(b *schema.Block, name, help string, def int) {
	var v cty.Value
	b.Value(&v, name, help+" One number, [height, width], or [[top, bottom], [left, right]].", func(v cty.Value) (err error) {
		*p, err = readSides(v)
		return err
	}, schema.Default(def))
}

func readSides(v cty.Value) (sides, error) {
	var out sides
	both, err := pairOf(v)
	if err != nil {
		return out, err
	}
	for i, w := range both {
		ends, err := pairOf(w)
		if err != nil {
			return out, err
		}
		for k, e := range ends {
			if e.IsNull() || e.Type() != cty.Number {
				return out, fmt.Errorf("a number, [height, width] or [[top, bottom], [left, right]] is wanted, got %s", schema.Show(v))
			}
			f := e.AsBigFloat()
			n, _ := f.Int64()
			if !f.IsInt() || n < 0 || n > 1<<31-1 {
				return out, fmt.Errorf("a whole number from 0 on is wanted, got %s", schema.Show(e))
			}
			out[i][k] = int(n)
		}
	}
	return out, nil
}

// pairOf is the two elements of a list, or the value itself, twice.
func pairOf(v cty.Value) ([2]cty.Value, error) {
	if v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType()) {
		return [2]cty.Value{v, v}, nil
	}
	if v.LengthInt() != 2 {
		return [2]cty.Value{}, fmt.Errorf("a list of two is wanted, got %s", schema.Show(v))
	}
	s := v.AsValueSlice()
	return [2]cty.Value{s[0], s[1]}, nil
}
