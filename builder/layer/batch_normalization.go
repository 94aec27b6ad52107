package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("batch_normalization", func() Layer { return new(batchNormalization) })

// batchNormalization normalizes each channel over the batch.
type batchNormalization struct {
	axis           int
	momentum       float64
	epsilon        float64
	center, scale  bool
	beta, gamma    WeightArgs
	movingMean     WeightArgs
	movingVariance WeightArgs
	renorm         bool
	clipping       map[string]float64 // of renorm: rmin, rmax, dmax
	renormMomentum float64
	mode
	Activity
	Masking
}

func (n *batchNormalization) Schema(b *schema.Block) {
	b.Doc("Gives each channel a mean near 0 and a variance near 1: in training those of the batch, else moving averages of them.", "keras.layers.BatchNormalization",
		"With trainable = false the layer runs in inference mode, in training too. Of a sequence with a mask the steps that count make the statistics.",
		"With renorm = true what training makes of a batch is corrected towards moving averages of its own (Ioffe, 2017, arXiv:1702.03275), so that small batches do less harm.")
	b.Int(&n.axis, "axis", "Axis of the channels, the batch being 0.", schema.Default(-1))
	b.Float(&n.momentum, "momentum", "Share of the old value in each update of the moving averages.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.99))
	b.Float(&n.epsilon, "epsilon", "Small number added to the variance.", schema.AtLeast(0), schema.Default(1e-3))
	b.Bool(&n.center, "center", "Whether beta is added.", schema.Default(true))
	b.Bool(&n.scale, "scale", "Whether the result is multiplied by gamma.", schema.Default(true))
	n.beta.Bind(b, "beta", "zeros")
	n.gamma.Bind(b, "gamma", "ones")
	n.movingMean.BindInitializer(b, "moving_mean", "zeros")
	n.movingVariance.BindInitializer(b, "moving_variance", "ones")
	b.Bool(&n.renorm, "renorm", "Whether to use batch renormalization.", schema.Default(false))
	n.bindClipping(b)
	b.Float(&n.renormMomentum, "renorm_momentum", "Share of the old value in each update of renorm's own averages.", schema.AtLeast(0), schema.AtMost(1), schema.Default(0.99))
	var synchronized bool
	b.Bool(&synchronized, "synchronized", "Of no effect: there is one replica.", schema.Default(false))
	n.mode.Bind(b)
	n.Activity.Bind(b)
}

// Shape is that of the input.
func (n *batchNormalization) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	_, err := normalizedAxes(x, n.axis)
	return x, err
}

// normalizedAxes are indices of the shape of x for the argument axis.
func normalizedAxes(x shape.Spec, axes ...int) ([]int, error) {
	if len(axes) == 0 {
		return nil, schema.Atf("axis", "at least one axis is wanted")
	}
	marked := make([]bool, len(x.Shape))
	var out []int
	for _, axis := range axes {
		a, err := shape.Axis(axis, len(x.Shape))
		if err != nil {
			return nil, schema.Atf("axis", "%w, in the input %s", err, x)
		}
		if marked[a] {
			return nil, schema.Atf("axis", "axis %d is given twice in %s", axis, schema.List(axes))
		}
		marked[a] = true
		out = append(out, a)
	}
	return out, nil
}

// Weights are gamma, beta, moving_mean and moving_variance, each [channels].
func (n *batchNormalization) Weights(in []shape.Spec) []Weight {
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
	w = append(w,
		Weight{Name: "moving_mean", Shape: channels, Args: n.movingMean, NonTrainable: true},
		Weight{Name: "moving_variance", Shape: channels, Args: n.movingVariance, NonTrainable: true})
	if n.renorm {
		w = append(w, n.renormWeights(channels)...)
	}
	return w
}

// Build is one op, which moves the averages where it trains; with a mask or renorm it is several.
func (n *batchNormalization) Build(s *Scope, in []*op.Node) *op.Node {
	mask := s.Mask()
	if mask != nil && len(mask.Shape()) != len(in[0].Shape())-1 {
		return s.Fail(fmt.Errorf("a mask of shape %v is for an input of one axis more, this one has shape %v: batch_normalization takes masked sequences [time, features] alone", mask.Shape(), in[0].Shape()))
	}
	axis, err := shape.Axis(n.axis, len(in[0].Shape())-1)
	if err != nil {
		return s.Fail(err)
	}
	trains := n.trains(s) && s.Trainable
	if trains && (mask != nil || n.renorm) {
		return n.written(s, in[0], mask, axis+1)
	}
	args := []*op.Node{in[0], s.Weight("moving_mean"), s.Weight("moving_variance")}
	if n.scale {
		args = append(args, s.Weight("gamma"))
	}
	if n.center {
		args = append(args, s.Weight("beta"))
	}
	if n.renorm { // for the layer's weights to be in every graph
		for _, w := range n.renormWeights(nil) {
			s.Weight(w.Name)
		}
	}
	return s.Apply(op.BatchNorm{
		Axis: axis + 1, Epsilon: n.epsilon, Momentum: n.momentum,
		Scale: n.scale, Center: n.center, Frozen: !trains,
	}, args...)
}

// moved implements anyOrder: of channels that are axis 1.
func (n *batchNormalization) moved(axes int) Layer {
	if n.axis != 1 && n.axis != 1-axes {
		return nil
	}
	last := *n
	last.axis = -1
	return &last
}
