package layer

import (
	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("activation", func() Layer { return new(activationLayer) })

// activationLayer applies an activation function.
type activationLayer struct {
	activation activation.Activation
	Activity
	Masking
}

func (l *activationLayer) Schema(b *schema.Block) {
	b.Doc("Applies an activation function.", "keras.layers.Activation")
	schema.Choose(b, &l.activation, "activation", "The function.", activation.Registry)
	l.Activity.Bind(b)
}

// Shape is that of the input, or what the function makes of it.
func (l *activationLayer) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantFloats(in[0]); err != nil {
		return shape.Spec{}, err
	}
	out := in[0]
	s, err := activation.Shape(l.activation, in[0].Shape)
	if err != nil {
		return shape.Spec{}, schema.At("activation", err)
	}
	out.Shape = s
	return out, nil
}

// Weights is empty.
func (*activationLayer) Weights([]shape.Spec) []Weight { return nil }

// Build applies the function.
func (l *activationLayer) Build(s *Scope, in []*op.Node) *op.Node {
	return activation.Apply(s.Graph, l.activation, in[0])
}

// moved implements anyOrder.
func (l *activationLayer) moved(int) Layer {
	if activation.IsElementwise(l.activation) {
		return l
	}
	return nil
}
