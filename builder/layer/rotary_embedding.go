package layer

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("rotary_embedding", func() Layer { return new(rotaryEmbedding) })

// rotaryEmbedding turns pairs of features by an angle that grows with their place in a sequence.
type rotaryEmbedding struct {
	wavelength, scaling    float64
	kind                   string
	fast, slow             float64
	positions              int
	truncate               bool
	sequenceAxis, features int
	denominator            *int
	start                  int
	elementwise
}

func (l *rotaryEmbedding) Schema(b *schema.Block) {
	b.Doc("Turns pairs of features by an angle that grows with their place in a sequence, so that products of two such vectors depend on their distance.", "keras_hub.layers.RotaryEmbedding",
		"Feature i is paired with feature i + half; the input may have further axes, as [time, heads, features].")
	b.Float(&l.wavelength, "max_wavelength", "Longest wavelength of the angles.", schema.Above(0), schema.Default(10000.0))
	b.Float(&l.scaling, "scaling_factor", "Factor by which places are drawn together, as far as rope_type says.", schema.Above(0), schema.Default(1.0))
	b.Enum(&l.kind, "rope_type", "How places are drawn together.", []string{"linear", "dynamic", "yarn"}, schema.Default("linear"))
	b.Float(&l.fast, "beta_fast", "For \"yarn\": features of more rotations than this keep their frequency.", schema.Above(0), schema.Default(32.0))
	b.Float(&l.slow, "beta_slow", "For \"yarn\": features of fewer rotations than this are scaled in full.", schema.Above(0), schema.Default(1.0))
	b.Int(&l.positions, "original_max_position_embeddings", "For \"yarn\": the number of places that the model was trained for.", schema.AtLeast(1), schema.Default(4096))
	b.Bool(&l.truncate, "truncate", "For \"yarn\": whether the limits between features are whole numbers.", schema.Default(true))
	b.Int(&l.sequenceAxis, "sequence_axis", "Axis of the sequence, the batch being 0.", schema.Default(1))
	b.Int(&l.features, "feature_axis", "Axis of the features, the batch being 0.", schema.Default(-1))
	l.denominator = nil
	b.OptInt(&l.denominator, "denominator_dim", "What a feature's number is divided by in the exponent of its wavelength; the number of features when left out.", schema.AtLeast(1))
	b.Int(&l.start, "start_index", "Place of the first step.", schema.AtLeast(0), schema.Default(0))
	l.Activity.Bind(b)
}

// along are the axes of a shape without the batch.
func (l *rotaryEmbedding) along(s shape.Shape) (sequence, features int, err error) {
	if sequence, err = shape.Axis(l.sequenceAxis, len(s)); err != nil {
		return 0, 0, schema.At("sequence_axis", err)
	}
	if features, err = shape.Axis(l.features, len(s)); err != nil {
		return 0, 0, schema.At("feature_axis", err)
	}
	if sequence == features {
		return 0, 0, schema.Atf("feature_axis", "sequence and features are both axis %d of the input %s", features+1, s)
	}
	return sequence, features, nil
}

// Shape is that of the input, which must have an even number of features.
func (l *rotaryEmbedding) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	_, features, err := l.along(x.Shape)
	if err != nil {
		return x, err
	}
	if n := x.Shape[features]; n != shape.Unknown && n%2 != 0 {
		return x, fmt.Errorf("features are turned in pairs: an even number of them is wanted, the input %s has %d", x, n)
	}
	return x, nil
}

// Build is one op.
func (l *rotaryEmbedding) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0].Shape()
	sequence, features, err := l.along(shape.Shape(x[1:]))
	if err != nil {
		return s.Fail(err)
	}
	o := op.Rotary{Sequence: sequence + 1, Features: features + 1, Frequencies: l.frequencies(x[features+1]), Factor: 1, Start: l.start}
	if l.kind == "yarn" {
		o.Factor = 0.1*f32vec.Log64(l.scaling) + 1
	}
	return s.Apply(o, in[0])
}

// frequencies are the angles of one step, for each pair of n features: after KerasHub's
// rotary_embedding.py.
func (l *rotaryEmbedding) frequencies(n int) []float64 {
	out := make([]float64, n/2)
	by := float64(n)
	if l.denominator != nil && l.kind != "yarn" {
		by = float64(*l.denominator)
	}
	for i := range out {
		f := f32vec.Pow64(l.wavelength, -float64(2*i)/by)
		switch l.kind {
		case "linear":
			f /= l.scaling
		case "dynamic":
			f /= f32vec.Pow64(l.scaling, float64(n)/float64(max(1, n-2)))
		case "yarn":
			scaled := l.scaledShare(i, n)
			f = float64(f/l.scaling*scaled) + float64(f*(1-scaled))
		}
		out[i] = f
	}
	return out
}

// scaledShare is how much of a pair's frequency is scaled by "yarn" (Peng and others, "YaRN: efficient
// context window extension of large language models", 2023), from 0 to 1.
func (l *rotaryEmbedding) scaledShare(i, n int) float64 {
	// at is the feature that turns so many times over the places trained for.
	at := func(rotations float64) float64 {
		return float64(n) * f32vec.Log64(float64(l.positions)/(rotations*2*math.Pi)) / (2 * f32vec.Log64(l.wavelength))
	}
	low, high := at(l.fast), at(l.slow)
	if l.truncate {
		low, high = math.Floor(low), math.Ceil(high)
	}
	low, high = max(low, 0), min(high, float64(n-1))
	return min(1, max(0, (float64(i)-low)/max(high-low, 0.001)))
}
