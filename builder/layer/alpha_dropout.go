package layer

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("alpha_dropout", func() Layer { return new(alphaDropout) })

// alphaDropout keeps mean and variance of what selu makes (Klambauer et al., 2017, arXiv:1706.02515).
type alphaDropout struct {
	rate       float64
	noiseShape []int
	noisy
}

func (d *alphaDropout) Schema(b *schema.Block) {
	b.Doc("While training, sets random elements to the lowest value of selu, and scales and shifts all so that mean and variance stay.", "keras.layers.AlphaDropout")
	b.Float(&d.rate, "rate", "Share of the elements that are dropped.", schema.AtLeast(0), schema.Below(1))
	bindNoiseShape(b, &d.noiseShape)
	d.noisy.bind(b)
}

// Shape is that of the input; an error points at noise_shape.
func (d *alphaDropout) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantFloats(in[0]); err != nil {
		return in[0], err
	}
	return in[0], checkNoise(d.noiseShape, in[0])
}

// lowest is what selu falls to: -α·scale.
const lowest = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946

// Build is nothing but in training. Dropout of x - lowest, turned back, is x where it is kept and
// lowest where not.
func (d *alphaDropout) Build(s *Scope, in []*op.Node) *op.Node {
	if !d.trains(s) || d.rate == 0 {
		return in[0]
	}
	a := 1 / math.Sqrt((1-d.rate)*(1+float64(d.rate*lowest*lowest)))
	b := -a * lowest * d.rate
	x := s.Apply(op.Unary{Fn: "affine", A: 1, B: -lowest}, in[0])
	x = d.dropped(s, d.rate, noiseOf(d.noiseShape, in[0]), x)
	return s.Apply(op.Unary{Fn: "affine", A: a * (1 - d.rate), B: float64(a*lowest) + b}, x)
}
