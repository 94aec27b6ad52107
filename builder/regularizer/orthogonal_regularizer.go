package regularizer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("orthogonal_regularizer", func() Regularizer { return new(orthogonalRegularizer) })

// orthogonalRegularizer is the mean size of the cosines between the rows, or columns, of a matrix.
type orthogonalRegularizer struct {
	factor float64
	mode   string
}

func (r *orthogonalRegularizer) Schema(b *schema.Block) {
	b.Doc("factor times the mean size of the cosines between the rows, or columns, of a matrix.", "keras.regularizers.OrthogonalRegularizer")
	b.Float(&r.factor, "factor", "Factor.", schema.Default(0.01), schema.AtLeast(0))
	b.Enum(&r.mode, "mode", "What is to become orthogonal.", []string{"rows", "columns"}, schema.Default("rows"))
}

// Check refuses what is not a matrix.
func (r *orthogonalRegularizer) Check(shape []int) error {
	if len(shape) != 2 {
		return fmt.Errorf("orthogonal_regularizer takes matrices, not a shape of %s", schema.List(shape))
	}
	return nil
}

// steepest is where Keras ends the growth of 1/‖v‖ for short vectors v.
const steepest = 1e7

// Build returns the penalty of w as a scalar. What is summed is the product of the normalized matrix
// with its transpose without its diagonal; as the diagonal is not negative, its sum can be taken off.
func (r *orthogonalRegularizer) Build(g *op.Graph, w *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	if err := r.Check(w.Shape()); err != nil {
		return g.Fail(err)
	}
	axis := 1
	if r.mode == "columns" {
		axis = 0
	}
	n := float64(w.Shape()[1-axis])
	if n < 2 { // no pair of vectors
		return g.Apply(op.SumSquares{Scale: 0}, w)
	}
	squares := g.Apply(op.Reduce{Fn: "sum", Axes: []int{axis}, KeepDims: true}, g.Apply(op.Unary{Fn: "square"}, w))
	inverse := g.Apply(op.Unary{Fn: "clip", A: 0, B: steepest}, g.Apply(op.Unary{Fn: "rsqrt"}, squares))
	unit := g.Apply(op.Binary{Fn: "mul"}, w, inverse)
	turned := g.Apply(op.Transpose{Perm: []int{1, 0}}, unit)
	x, y := unit, turned
	if r.mode == "columns" {
		x, y = turned, unit
	}
	scale := r.factor * 0.5 / (n * (n - 1) / 2)
	all := g.Apply(op.SumAbs{Scale: scale}, g.Apply(op.Dense{}, x, y))
	return g.Apply(op.Binary{Fn: "sub"}, all, g.Apply(op.SumSquares{Scale: scale}, unit))
}
