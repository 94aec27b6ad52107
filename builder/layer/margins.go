package layer

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// margins is embedded by the layers that cut from, or put zeros around, one or three spatial axes:
// how many cells before the first and after the last along each.
type margins struct {
	one   [2]int
	three [3][2]int
	rank  int
	Activity
}

const threeMargins = "One number, [depth, height, width], or a list of three pairs of what comes before and after."

func (m *margins) bind(b *schema.Block, rank int, name, help string) {
	*m = margins{rank: rank}
	if rank == 1 {
		b.Pair(&m.one, name, help+" One number for both ends, or [before, after].", schema.AtLeast(0), schema.Default(1))
	} else {
		var v cty.Value
		b.Value(&v, name, help+" "+threeMargins, func(v cty.Value) (err error) {
			m.three, err = readMargins(v)
			return err
		}, schema.Default(1))
	}
}

func readMargins(v cty.Value) (out [3][2]int, err error) {
	axes := []cty.Value{v, v, v}
	if !v.IsNull() && (v.Type().IsTupleType() || v.Type().IsListType()) {
		if v.LengthInt() != 3 {
			return out, fmt.Errorf("a number, [depth, height, width] or three pairs are wanted, got %s", schema.Show(v))
		}
		axes = v.AsValueSlice()
	}
	for i, a := range axes {
		both, err := readSides(cty.TupleVal([]cty.Value{a, cty.NumberIntVal(0)})) // as the height of an image
		if err != nil {
			return out, fmt.Errorf("a number, [depth, height, width] or three pairs are wanted, got %s", schema.Show(v))
		}
		out[i] = both[0]
	}
	return out, nil
}

// of are the margins along each spatial axis.
func (m *margins) of() [][2]int {
	if m.rank == 1 {
		return [][2]int{m.one}
	}
	return m.three[:]
}

// grow adds the margins to the spatial axes of x, or takes them off; arg is the argument's name.
func (m *margins) grow(x shape.Spec, sign int, arg string) (shape.Spec, error) {
	names := spatialAxes(m.rank)
	if err := wantRank(x, names...); err != nil {
		return x, err
	}
	out := x
	out.Shape = x.Shape.Clone()
	for i, e := range m.of() {
		if x.Shape[i] == shape.Unknown {
			continue
		}
		if out.Shape[i] += sign * (e[0] + e[1]); out.Shape[i] < 1 {
			return x, schema.Atf(arg, "cutting off %d and %d leaves nothing of the %s of %d in %s", e[0], e[1], names[i], x.Shape[i], x)
		}
	}
	if err := wantSize("an output", out.Shape); err != nil {
		return x, schema.At(arg, err)
	}
	return out, nil
}

// Weights is empty.
func (*margins) Weights([]shape.Spec) []Weight { return nil }

// cropped is the part of x within the margins.
func (m *margins) cropped(s *Scope, x *op.Node) *op.Node {
	d := op.SpecOf(x).Shape
	begin := make([]int, len(d))
	for i, e := range m.of() {
		begin[1+i] = e[0]
		d[1+i] -= e[1]
	}
	return s.Apply(op.Slice{Begin: begin, End: d}, x)
}

// padded is x with zeros around it.
func (m *margins) padded(s *Scope, x *op.Node) *op.Node {
	before, after := make([]int, m.rank+2), make([]int, m.rank+2)
	for i, e := range m.of() {
		before[1+i], after[1+i] = e[0], e[1]
	}
	return s.Apply(op.Pad{Before: before, After: after}, x)
}
