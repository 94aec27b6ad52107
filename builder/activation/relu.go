package activation

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("relu", func() Activation { return new(relu) })

// relu is the rectified linear unit with Keras' options.
type relu struct {
	negativeSlope float64
	maxValue      *float64
	threshold     float64
}

func (a *relu) Schema(b *schema.Block) {
	b.Doc("Rectified linear unit: max(x, 0).", "keras.activations.relu")
	b.Float(&a.negativeSlope, "negative_slope", "Slope of values below the threshold.", schema.Default(0.0))
	b.OptFloat(&a.maxValue, "max_value", "Largest value; none when left out.")
	b.Float(&a.threshold, "threshold", "Up to where values count as below.", schema.Default(0.0))
}

// Build applies the function to x.
func (a *relu) Build(g *op.Graph, x *op.Node) *op.Node {
	return Relu(g, x, a.negativeSlope, a.maxValue, a.threshold)
}

// Relu is keras.activations.relu of x: values above the threshold, up to maxValue where that is not
// nil; values below are negativeSlope times their distance from the threshold.
func Relu(g *op.Graph, x *op.Node, negativeSlope float64, maxValue *float64, threshold float64) *op.Node {
	u := op.Unary{Fn: "bent_relu", A: negativeSlope, B: math.Inf(1), C: threshold}
	if maxValue != nil {
		u.B = *maxValue
	}
	switch {
	case threshold != 0:
	case negativeSlope == 0 && maxValue == nil:
		u = op.Unary{Fn: "relu"}
	case negativeSlope == 0 && u.B == 6:
		u = op.Unary{Fn: "relu6"}
	case maxValue == nil:
		u = op.Unary{Fn: "leaky_relu", A: negativeSlope}
	}
	return g.Apply(u, x)
}

// IsRelu tells whether a is max(x, 0) without options, which dense and convolutions do themselves.
func IsRelu(a Activation) bool {
	r, ok := a.(*relu)
	return ok && *r == relu{}
}
