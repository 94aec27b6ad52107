package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("additive_attention", func() Layer { return &additiveAttention{scoring{kind: "additive"}} })

// additiveAttention is attention whose scores are a learned sum over the tanh of query plus key.
type additiveAttention struct{ scoring }

func (l *additiveAttention) Schema(b *schema.Block) {
	b.Doc("Lets each step of a sequence take a mean of the steps of another, weighted by a learned sum over the tanh of both: additive attention (Bahdanau and others, 2015).", "keras.layers.AdditiveAttention", scoringNote)
	b.Bool(&l.useScale, "use_scale", "Whether the tanh of each feature is multiplied by a number that is learned before they are added.", schema.Default(true))
	l.bind(b)
}

// Weights are scale [features] with use_scale.
func (l *additiveAttention) Weights(in []shape.Spec) []Weight {
	if !l.useScale {
		return nil
	}
	return []Weight{{Name: "scale", Shape: shape.Shape{in[0].Shape[1]}, Args: startingAt("glorot_uniform")}}
}

// Build is one op.
func (l *additiveAttention) Build(s *Scope, in []*op.Node) *op.Node {
	q, v, k := threeOf(in)
	if l.useScale {
		return l.additive(s, q, v, k, s.Weight("scale"))
	}
	return l.additive(s, q, v, k)
}
