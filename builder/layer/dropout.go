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
	noisy
}

func (d *dropout) Schema(b *schema.Block) {
	b.Doc("While training, sets random elements to 0 and scales the others up, so that their sum stays about the same.", "keras.layers.Dropout")
	b.Float(&d.rate, "rate", "Share of the elements that are dropped.", schema.AtLeast(0), schema.AtMost(1))
	bindNoiseShape(b, &d.noiseShape)
	d.noisy.bind(b)
}

// Shape is that of the input; an error points at noise_shape.
func (d *dropout) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantFloats(in[0]); err != nil {
		return in[0], err
	}
	return in[0], checkNoise(d.noiseShape, in[0])
}

// Build is nothing but in training.
func (d *dropout) Build(s *Scope, in []*op.Node) *op.Node {
	if !d.trains(s) || d.rate == 0 {
		return in[0]
	}
	return d.dropped(s, d.rate, noiseOf(d.noiseShape, in[0]), in[0])
}

// moved implements anyOrder.
func (d *dropout) moved(int) Layer {
	if d.noiseShape == nil {
		return d
	}
	return nil
}
