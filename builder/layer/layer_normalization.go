package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("layer_normalization", func() Layer { return new(layerNormalization) })

// layerNormalization normalizes each example by itself.
type layerNormalization struct {
	axis          []int
	epsilon       float64
	center, scale bool
	beta, gamma   WeightArgs
	Activity
	Masking
}

func (n *layerNormalization) Schema(b *schema.Block) {
	b.Doc("Gives the values of each example along one or several axes a mean of 0 and a variance of 1.", "keras.layers.LayerNormalization")
	b.IntOrInts(&n.axis, "axis", "Axis or axes that are normalized together, the batch being 0.", schema.Default(-1))
	b.Float(&n.epsilon, "epsilon", "Small number added to the variance.", schema.AtLeast(0), schema.Default(1e-3))
	b.Bool(&n.center, "center", "Whether beta is added.", schema.Default(true))
	b.Bool(&n.scale, "scale", "Whether the result is multiplied by gamma.", schema.Default(true))
	n.beta.Bind(b, "beta", "zeros")
	n.gamma.Bind(b, "gamma", "ones")
	n.Activity.Bind(b)
}

// Shape is that of the input.
func (n *layerNormalization) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	_, err := normalizedAxes(x, n.axis...)
	return x, err
}

// Weights are gamma and beta, of the sizes of the axes in the order of the numbers that are written, as Keras sorts them: -1 comes before 1.
func (n *layerNormalization) Weights(in []shape.Spec) []Weight {
	axes, err := normalizedAxes(in[0], slices.Sorted(slices.Values(n.axis))...)
	if err != nil {
		return nil // Shape has said so
	}
	var sizes shape.Shape
	for _, a := range axes {
		sizes = append(sizes, in[0].Shape[a])
	}
	var w []Weight
	if n.scale {
		w = append(w, Weight{Name: "gamma", Shape: sizes, Args: n.gamma})
	}
	if n.center {
		w = append(w, Weight{Name: "beta", Shape: sizes, Args: n.beta})
	}
	return w
}

// Build is one op.
func (n *layerNormalization) Build(s *Scope, in []*op.Node) *op.Node {
	rest := in[0].Shape()[1:]
	axes, err := normalizedAxes(shape.Of(rest...), n.axis...)
	if err != nil {
		return s.Fail(err)
	}
	slices.Sort(axes)
	var sizes []int
	for i, a := range axes {
		sizes = append(sizes, rest[a])
		axes[i]++ // the batch
	}
	// Keras takes the weights, whose axes are sorted as numbers, in the order of the input's.
	weight := func(name string) *op.Node {
		return s.Apply(op.Reshape{To: sizes}, s.Weight(name))
	}
	args := []*op.Node{in[0]}
	if n.scale {
		args = append(args, weight("gamma"))
	}
	if n.center {
		args = append(args, weight("beta"))
	}
	return s.Apply(op.LayerNorm{Axes: axes, Epsilon: n.epsilon, Scale: n.scale, Center: n.center}, args...)
}
