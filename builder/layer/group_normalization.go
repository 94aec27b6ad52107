package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("group_normalization", func() Layer { return new(groupNormalization) })

// groupNormalization normalizes groups of channels of each example (Wu and He, 2018,
// arXiv:1803.08494).
type groupNormalization struct {
	groups        int
	axis          int
	epsilon       float64
	center, scale bool
	beta, gamma   WeightArgs
	Activity
	Masking
}

func (n *groupNormalization) Schema(b *schema.Block) {
	b.Doc("Gives the values of each group of channels of each example a mean of 0 and a variance of 1.", "keras.layers.GroupNormalization")
	b.Int(&n.groups, "groups", "Number of groups, among which the channels are divided evenly; -1 for one for each channel.", schema.Default(32))
	b.Int(&n.axis, "axis", "Axis of the channels, the batch being 0.", schema.Default(-1))
	b.Float(&n.epsilon, "epsilon", "Small number added to the variance.", schema.AtLeast(0), schema.Default(1e-3))
	b.Bool(&n.center, "center", "Whether beta is added.", schema.Default(true))
	b.Bool(&n.scale, "scale", "Whether the result is multiplied by gamma.", schema.Default(true))
	n.beta.Bind(b, "beta", "zeros")
	n.gamma.Bind(b, "gamma", "ones")
	n.Activity.Bind(b)
}

// Validate refuses what is no number of groups.
func (n *groupNormalization) Validate() error {
	if n.groups < 1 && n.groups != -1 {
		return schema.Atf("groups", "a number of at least 1, or -1 for a group of its own for each channel, is wanted, got %d", n.groups)
	}
	return nil
}

// Shape is that of the input; an error points at groups.
func (n *groupNormalization) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	axes, err := normalizedAxes(x, n.axis)
	if err != nil {
		return x, err
	}
	if c := x.Shape[axes[0]]; c != shape.Unknown && n.groups > 0 && c%n.groups != 0 {
		return x, schema.Atf("groups", "the %d channels of the input %s cannot be divided into %d groups", c, x, n.groups)
	}
	return x, nil
}

// Weights are gamma and beta, each [channels].
func (n *groupNormalization) Weights(in []shape.Spec) []Weight {
	axes, err := normalizedAxes(in[0], n.axis)
	if err != nil {
		return nil // Shape has said so
	}
	channels := shape.Shape{in[0].Shape[axes[0]]}
	var w []Weight
	if n.scale {
		w = append(w, Weight{Name: "gamma", Shape: channels, Args: n.gamma})
	}
	if n.center {
		w = append(w, Weight{Name: "beta", Shape: channels, Args: n.beta})
	}
	return w
}

// Build normalizes x with the axis of the channels cut into [groups, channels of a group].
func (n *groupNormalization) Build(s *Scope, in []*op.Node) *op.Node {
	d := op.SpecOf(in[0]).Shape
	a, err := shape.Axis(n.axis, len(d)-1)
	if err != nil {
		return s.Fail(err)
	}
	a++ // the batch
	groups := n.groups
	if groups < 0 {
		groups = d[a]
	}
	cut := slices.Concat(d[:a], []int{groups, d[a] / groups}, d[a+1:])
	var axes []int
	for i := 1; i < len(cut); i++ {
		if i != a {
			axes = append(axes, i)
		}
	}
	y := s.Apply(op.LayerNorm{Axes: axes, Epsilon: n.epsilon}, reshaped(s, in[0], cut...))
	y = reshaped(s, y, d...)
	each := fill(len(d)-a, 1)
	each[0] = d[a]
	if n.scale {
		y = s.Apply(op.Binary{Fn: "mul"}, y, reshaped(s, s.Weight("gamma"), each...))
	}
	if n.center {
		y = s.Apply(op.Binary{Fn: "add"}, y, reshaped(s, s.Weight("beta"), each...))
	}
	return y
}
