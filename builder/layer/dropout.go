package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("dropout", func() Layer { return new(dropout) })

// dropout sets random elements to 0 while training.
type dropout struct {
	rate       float64
	noiseShape []int
	seed       *int
	mode
	Activity
	Masking
}

func (d *dropout) Schema(b *schema.Block) {
	b.Doc("While training, sets random elements to 0 and scales the others up, so that their sum stays about the same.", "keras.layers.Dropout")
	b.Float(&d.rate, "rate", "Share of the elements that are dropped.", schema.AtLeast(0), schema.AtMost(1))
	d.noiseShape = nil
	b.Ints(&d.noiseShape, "noise_shape", "Shape of the draws, the batch first: along an axis of 1 all elements are dropped together, null is the axis of the input.", schema.Optional())
	d.seed = nil
	b.OptInt(&d.seed, "seed", "Seed of the draws; they follow from the run's seed and the layer's path when left out.")
	d.mode.Bind(b)
	d.Activity.Bind(b)
}

// Shape is that of the input.
func (d *dropout) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	if d.noiseShape == nil {
		return x, nil
	}
	if len(d.noiseShape) != len(x.Shape)+1 {
		return x, schema.Atf("noise_shape", "noise_shape has %d axes, the input %s has %d with the batch", len(d.noiseShape), x, len(x.Shape)+1)
	}
	for i, n := range d.noiseShape {
		switch {
		case n == shape.Unknown || n == 1:
		case i == 0:
			return x, schema.Atf("noise_shape", "the first axis of noise_shape is the batch: it is 1 or null, got %d", n)
		case x.Shape[i-1] != shape.Unknown && x.Shape[i-1] != n:
			return x, schema.Atf("noise_shape", "axis %d of noise_shape is %d, that of the input %s is %d: it must be the same, 1 or null", i, n, x, x.Shape[i-1])
		}
	}
	return x, nil
}

// Weights are none.
func (d *dropout) Weights([]shape.Spec) []Weight { return nil }

// Build is nothing but in training.
func (d *dropout) Build(s *Scope, in []*op.Node) *op.Node {
	if !d.trains(s) || d.rate == 0 {
		return in[0]
	}
	o := op.Dropout{Rate: d.rate, Stream: s.Random("dropout")}
	if d.seed != nil {
		o.OwnSeed, o.Seed = true, uint64(*d.seed)
	}
	if d.noiseShape != nil {
		x := in[0].Shape()
		for i, n := range d.noiseShape {
			if n != 1 {
				n = x[i]
			}
			o.Noise = append(o.Noise, n)
		}
	}
	return s.Apply(o, in[0])
}
