package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("spectral_normalization", func() Layer { return new(spectralNormalization) })

// spectralNormalization divides the kernel of the layer inside it by its largest singular value.
type spectralNormalization struct {
	inner      Layer
	name       string
	iterations int
	mode
}

func (l *spectralNormalization) Schema(b *schema.Block) {
	b.Doc("In training, divides the kernel or the embeddings of the layer inside it by its largest singular value, before the layer is applied.", "keras.layers.SpectralNormalization",
		"The kernel is a matrix here whose columns are its last axis. Its largest singular value is approached by power iteration from one step to the next (Miyato and others, 2018, arXiv:1802.05957), and the "+
			"kernel itself is divided, as Keras does on TensorFlow and PyTorch; on JAX Keras divides it for the step only.")
	b.Int(&l.iterations, "power_iterations", "Steps of power iteration each time.", schema.AtLeast(1), schema.Default(1))
	l.mode.Bind(b)
}

// Wrap takes one layer.
func (l *spectralNormalization) Wrap(inner []Inner) error {
	if len(inner) != 1 {
		return fmt.Errorf("a spectral_normalization layer holds one layer, not %d", len(inner))
	}
	in := inner[0]
	if n, ok := in.Layer.(Inputs); ok {
		if least, _ := n.InputCount(); least > 1 {
			return fmt.Errorf("layer %q (%s) takes %d inputs; inside a spectral_normalization there is one", in.Name, in.Type, least)
		}
	}
	if m, ok := in.Layer.(MultiOutput); ok && m.OutputCount() > 1 {
		return fmt.Errorf("layer %q (%s) has %d outputs; inside a spectral_normalization there is one", in.Name, in.Type, m.OutputCount())
	}
	l.inner, l.name = in.Layer, in.Name
	return nil
}

// kernel is the weight that is divided.
func (l *spectralNormalization) kernel(in []shape.Spec) (Weight, error) {
	for _, w := range Variables(l.inner, in) {
		if w.Name == "kernel" || w.Name == "embeddings" {
			return w, nil
		}
	}
	return Weight{}, fmt.Errorf("the layer inside has neither a kernel nor embeddings")
}

// Shape is that of the layer inside.
func (l *spectralNormalization) Shape(in []shape.Spec) (shape.Spec, error) {
	out, err := Outputs(l.inner, in)
	if err != nil {
		return in[0], inside(err)
	}
	_, err = l.kernel(in)
	return out[0], err
}

// Weights are those of the layer inside, under its name, and vector_u [1, columns].
func (l *spectralNormalization) Weights(in []shape.Spec) []Weight {
	var out []Weight
	for _, w := range Variables(l.inner, in) {
		w.Name = l.name + "/" + w.Name
		out = append(out, w)
	}
	k, err := l.kernel(in)
	if err != nil {
		return out // Shape has said so
	}
	u := Weight{Name: "vector_u", Shape: shape.Shape{1, k.Shape[len(k.Shape)-1]}, NonTrainable: true}
	u.Args.Initializer = initializer.TruncatedNormal(0.02)
	return append(out, u)
}

// ActivityRegularizer is that of the layer inside.
func (l *spectralNormalization) ActivityRegularizer() regularizer.Regularizer {
	if a, ok := l.inner.(ActivityRegularized); ok {
		return a.ActivityRegularizer()
	}
	return nil
}

// Mask is what the layer inside makes of that of the input.
func (l *spectralNormalization) Mask(s *Scope, in, masks []*op.Node) *op.Node {
	switch k := l.inner.(type) {
	case Masker:
		return k.Mask(s.within(l.name), in, masks)
	case MaskPasser:
		if len(masks) > 0 {
			return masks[0]
		}
	}
	return nil
}

// Build divides the kernel in its place, then applies the layer.
func (l *spectralNormalization) Build(s *Scope, in []*op.Node) *op.Node {
	inner := s.within(l.name)
	inner.Masks = s.Masks
	u := s.Weight("vector_u")
	if l.trains(s) {
		l.normalize(s, inner, in[0], u)
	}
	if s.Err() != nil {
		return nil
	}
	return Make(l.inner, inner, in)[0]
}

// normalize makes the nodes that change kernel and vector_u; those of the layer come after them.
func (l *spectralNormalization) normalize(s, inner *Scope, x, old *op.Node) {
	weight, err := l.kernel([]shape.Spec{shape.Of(op.SpecOf(x).Shape[1:]...)})
	if err != nil {
		s.Fail(err)
		return
	}
	kernel := inner.Weight(weight.Name)
	if s.Err() != nil {
		return
	}
	d := op.SpecOf(kernel).Shape
	columns := d[len(d)-1]
	w := s.Apply(op.Reshape{To: []int{op.SpecOf(kernel).Elems() / columns, columns}}, kernel)
	wt := s.Apply(op.Transpose{Perm: []int{1, 0}}, w)
	u := old
	var v *op.Node
	for range l.iterations {
		v = unit(s, s.Apply(op.Dense{}, u, wt))
		u = unit(s, s.Apply(op.Dense{}, v, w))
	}
	mul, sum := op.Binary{Fn: "mul"}, op.Reduce{Fn: "sum", KeepDims: true}
	sigma := s.Apply(sum, s.Apply(mul, s.Apply(op.Dense{}, v, w), u))
	// A kernel of zeros stays, and so does u then.
	some := s.Apply(op.Reduce{Fn: "max", KeepDims: true}, s.Apply(op.Unary{Fn: "abs"}, w))
	zero := s.Apply(op.Compare{Fn: "equal", To: s.DType}, some, s.Apply(op.Constant{Shape: []int{1, 1}, Values: []float64{0}, To: s.DType}, some))
	one := s.Apply(op.Constant{Shape: []int{1, 1}, Values: []float64{1}, To: s.DType}, some)
	divided := s.Apply(op.Binary{Fn: "div"}, w, s.Apply(op.Where{}, zero, one, sigma))
	u = s.Apply(op.Where{}, zero, old, u)
	s.Also(s.Apply(op.Assign{}, kernel, s.Apply(op.Reshape{To: d}, divided)))
	s.Also(s.Apply(op.Assign{}, old, u))
}

// unit is x, a row, divided by its length, as keras.ops.normalize does.
func unit(s *Scope, x *op.Node) *op.Node {
	length := s.Apply(op.Reduce{Fn: "sum", KeepDims: true}, s.Apply(op.Unary{Fn: "square"}, x))
	inverse := s.Apply(op.Unary{Fn: "clip", A: 0, B: 1e7}, s.Apply(op.Unary{Fn: "rsqrt"}, length))
	return s.Apply(op.Binary{Fn: "mul"}, x, inverse)
}
