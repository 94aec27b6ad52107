package layer

import (
	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("ternary_dense", func() Layer { return new(ternaryDense) })

// ternaryDense is a dense layer whose matrix is made of -1, 0 and 1 where it is used (Ma and others, 2024, arXiv:2402.17764).
type ternaryDense struct {
	dense
	threshold *float64
}

func (d *ternaryDense) Schema(b *schema.Block) {
	b.Doc("Multiplies the last axis of its input by a matrix of which only the signs count, and zeros where an element is small; adds a bias, and applies an activation.", "keras.layers.TernaryDense",
		"The matrix itself is trained: its gradient is that of the signs. Without threshold the product is scaled by the mean of the elements' sizes.")
	d.bindUnits(b)
	b.OptFloat(&d.threshold, "threshold", "Size up to which an element counts as 0; half the mean size when left out.", schema.AtLeast(0))
	d.bindRest(b)
}

// Build makes the signs, multiplies and scales.
func (d *ternaryDense) Build(s *Scope, in []*op.Node) *op.Node {
	k := s.Weight("kernel")
	size := s.Apply(op.Unary{Fn: "abs"}, k)
	mean := s.Apply(op.Reduce{Fn: "mean", KeepDims: true}, size)
	least := s.Apply(op.Scale(0.5), mean)
	if d.threshold != nil {
		least = s.Apply(op.Constant{Shape: []int{1, 1}, Values: []float64{*d.threshold}, To: s.DType}, k)
	}
	signs := s.Apply(op.Binary{Fn: "mul"}, s.Apply(op.Unary{Fn: "sign"}, k), s.Apply(op.Compare{Fn: "greater", To: s.DType}, size, least))
	// The difference is a constant to the gradient, which so passes to the matrix as if it were the signs.
	k = s.Apply(op.Binary{Fn: "add"}, k, s.Apply(op.StopGradient{}, s.Apply(op.Binary{Fn: "sub"}, signs, k)))
	y := s.Apply(op.Dense{}, in[0], k)
	if d.threshold == nil {
		y = s.Apply(op.Binary{Fn: "mul"}, y, s.Apply(op.Reshape{To: []int{1}}, mean))
	}
	if d.useBias {
		y = s.Apply(op.Binary{Fn: "add"}, y, s.Weight("bias"))
	}
	return activation.Apply(s.Graph, d.activation, y)
}
