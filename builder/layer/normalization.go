package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("normalization", func() Layer { return new(normalization) })

// normalization is (x - mean) / √variance, with numbers that are given or come with initial weights.
type normalization struct {
	axes           []int
	mean, variance []float64
	invert         bool
	Activity
	Masking
}

func (l *normalization) Schema(b *schema.Block) {
	b.Doc("Subtracts a mean and divides by a standard deviation, element by element of some axes.", "keras.layers.Normalization",
		"Without mean and variance they are weights that begin with 0 and 1 and are not trained, for the sake of models whose initial weights have them; what learns them from the data is the transform of this name.")
	l.axes, l.mean, l.variance = nil, nil, nil
	b.IntOrInts(&l.axes, "axis", "Axes along which mean and variance differ, the batch being 0.", schema.Default(-1))
	b.FloatOrFloats(&l.mean, "mean", "The mean; a list has one for each element of the last of the axes.", schema.Optional())
	b.FloatOrFloats(&l.variance, "variance", "The variance, in the same form.", schema.Optional())
	b.Bool(&l.invert, "invert", "Whether to do the opposite: multiply by the standard deviation and add the mean.", schema.Default(false))
	l.Activity.Bind(b)
}

// Validate wants mean and variance together.
func (l *normalization) Validate() error {
	if len(l.mean) != len(l.variance) {
		return schema.Atf("variance", "mean and variance go together, with as many numbers: there are %d and %d", len(l.mean), len(l.variance))
	}
	return nil
}

// kept are the axes as indices of an example's shape, in order.
func (l *normalization) kept(x shape.Spec) ([]int, error) {
	var out []int
	for _, a := range l.axes {
		k := a
		if k < 0 {
			k += len(x.Shape) + 1
		}
		if k < 1 || k > len(x.Shape) || slices.Contains(out, k-1) {
			return nil, schema.Atf("axis", "axes of the input %s are wanted, the batch not among them, each once; got %s", x, schema.List(l.axes))
		}
		out = append(out, k-1)
	}
	slices.Sort(out)
	return out, nil
}

// Shape is that of the input; integers become floats.
func (l *normalization) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	kept, err := l.kept(x)
	if err != nil {
		return x, err
	}
	if n := len(l.mean); n > 1 {
		if len(kept) == 0 || x.Shape[kept[len(kept)-1]] != n && x.Shape[kept[len(kept)-1]] != shape.Unknown {
			return x, schema.Atf("mean", "mean has %d numbers: one is wanted, or one for each element of the last of the axes of the input %s", n, x)
		}
	}
	x.DType = shape.Float32
	return x, nil
}

// Weights are mean and variance, with the sizes of the axes, and count, which is Keras' and says nothing; none where they are given.
func (l *normalization) Weights(in []shape.Spec) []Weight {
	kept, err := l.kept(in[0])
	if err != nil || len(l.mean) > 0 {
		return nil // Shape has said so
	}
	sizes := shape.Shape{}
	for _, a := range kept {
		sizes = append(sizes, in[0].Shape[a])
	}
	return []Weight{
		{Name: "mean", Shape: sizes, Args: startingAt("zeros"), NonTrainable: true},
		{Name: "variance", Shape: sizes, Args: startingAt("ones"), NonTrainable: true},
		{Name: "count", Shape: shape.Shape{}, Args: startingAt("zeros"), NonTrainable: true},
	}
}

// Build subtracts and divides, by Keras' epsilon at least.
func (l *normalization) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0]
	spec := op.SpecOf(x)
	if spec.DType == op.Int32 {
		x = s.Apply(op.Cast{To: s.DType}, x)
	}
	kept, err := l.kept(shape.Of(spec.Shape[1:]...))
	if err != nil {
		return s.Fail(err)
	}
	to := slices.Repeat([]int{1}, len(spec.Shape))
	constant := func(v []float64) *op.Node { return s.Apply(op.Constant{Shape: to, Values: v, To: s.DType}, x) }
	var mean, variance *op.Node
	if len(l.mean) > 0 {
		if len(l.mean) > 1 {
			to[kept[len(kept)-1]+1] = len(l.mean)
		}
		mean, variance = constant(l.mean), constant(l.variance)
	} else {
		for _, a := range kept {
			to[a+1] = spec.Shape[a+1]
		}
		s.Weight("count")
		mean, variance = reshaped(s, s.Weight("mean"), to...), reshaped(s, s.Weight("variance"), to...)
	}
	to = slices.Repeat([]int{1}, len(spec.Shape))
	deviation := s.Apply(op.Binary{Fn: "max"}, s.Apply(op.Unary{Fn: "sqrt"}, variance), constant([]float64{1e-7}))
	if l.invert {
		return s.Apply(op.Binary{Fn: "add"}, s.Apply(op.Binary{Fn: "mul"}, x, deviation), mean)
	}
	return s.Apply(op.Binary{Fn: "div"}, s.Apply(op.Binary{Fn: "sub"}, x, mean), deviation)
}
