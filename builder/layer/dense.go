package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("dense", func() Layer { return new(dense) })

// dense multiplies the last axis of its input by a matrix.
type dense struct {
	units      int
	activation activation.Activation
	useBias    bool
	kernel     WeightArgs
	bias       WeightArgs
	lora
	Activity
	Masking
}

func (d *dense) Schema(b *schema.Block) {
	b.Doc("Multiplies the last axis of its input by a matrix, adds a bias, and applies an activation.", "keras.layers.Dense")
	d.bindUnits(b)
	d.bindRest(b)
	d.bindLora(b, "kernel")
}

// Validate holds lora_rank against the kernel's constraint.
func (d *dense) Validate() error { return d.checkLora(d.kernel, "kernel") }

func (d *dense) bindUnits(b *schema.Block) {
	b.Int(&d.units, "units", "Number of outputs.", schema.AtLeast(1), schema.MayBeUnknown())
}

// bindRest binds what ternary_dense has too.
func (d *dense) bindRest(b *schema.Block) {
	activation.Argument(b, &d.activation)
	b.Bool(&d.useBias, "use_bias", "Whether a bias is added.", schema.Default(true))
	d.kernel.Bind(b, "kernel", "glorot_uniform")
	d.bias.Bind(b, "bias", "zeros")
	d.Activity.Bind(b)
}

// Shape replaces the last axis by units.
func (d *dense) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	if len(x.Shape) == 0 {
		return x, fmt.Errorf("a dense layer wants an input with at least one axis besides the batch, got %s", x)
	}
	last := len(x.Shape) - 1
	if err := wantSize("a kernel", shape.Shape{x.Shape[last], d.units}); err != nil {
		return x, schema.At("units", err)
	}
	out := x.Shape.Clone()
	out[last] = d.units
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("units", err)
	}
	out, err := activation.Shape(d.activation, out)
	if err != nil {
		return x, schema.At("activation", err)
	}
	return shape.Of(out...), nil
}

// Weights are kernel [in, units] and bias [units], and those of low-rank adaptation.
func (d *dense) Weights(in []shape.Spec) []Weight {
	s := in[0].Shape
	w := []Weight{{Name: "kernel", Shape: shape.Shape{s[len(s)-1], d.units}, Args: d.kernel}}
	if d.useBias {
		w = append(w, Weight{Name: "bias", Shape: shape.Shape{d.units}, Args: d.bias})
	}
	return d.adapted(w, "kernel")
}

// Build is one op, with the activation in it where that is relu.
func (d *dense) Build(s *Scope, in []*op.Node) *op.Node {
	relu := activation.IsRelu(d.activation)
	args := []*op.Node{in[0], d.merged(s, "kernel")}
	if d.useBias {
		args = append(args, s.Weight("bias"))
	}
	y := s.Apply(op.Dense{Bias: d.useBias, Relu: relu}, args...)
	if relu {
		return y
	}
	return activation.Apply(s.Graph, d.activation, y)
}
