package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("token_and_position_embedding", func() Layer { return new(tokenAndPositionEmbedding) })

// tokenAndPositionEmbedding turns integers into vectors and adds a vector for each place.
type tokenAndPositionEmbedding struct {
	vocabulary, length, dim int
	embeddings              WeightArgs
	maskZero, tied          bool
	start                   int
	Activity
}

func (l *tokenAndPositionEmbedding) Schema(b *schema.Block) {
	b.Doc("Turns each integer of a sequence into a vector and adds a vector for its place; both are learned.", "keras_hub.layers.TokenAndPositionEmbedding",
		"An integer outside 0 to vocabulary_size - 1 ends the run with an error that names the example.")
	b.Int(&l.vocabulary, "vocabulary_size", "Size of the vocabulary: integers are less than this.", schema.AtLeast(1), schema.MayBeUnknown())
	b.Int(&l.length, "sequence_length", "Length of the longest sequence.", schema.AtLeast(1), schema.MayBeUnknown())
	b.Int(&l.dim, "embedding_dim", "Length of the vectors.", schema.AtLeast(1), schema.MayBeUnknown())
	schema.Choose(b, &l.embeddings.Initializer, "embeddings_initializer", "First values of both tables.", initializer.Registry, schema.Default("uniform"))
	b.Bool(&l.maskZero, "mask_zero", "Whether 0 means that there is nothing at this place: later layers, losses and metrics leave it out.", schema.Default(false))
	b.Bool(&l.tied, "tie_weights", "Only true is there: this layer cannot be turned round, as reversible_embedding can.", schema.Default(true))
	b.Int(&l.start, "start_index", "Place of the first step.", schema.AtLeast(0), schema.Default(0))
	l.Activity.Bind(b)
}

// Validate refuses what is not there.
func (l *tokenAndPositionEmbedding) Validate() error {
	if !l.tied {
		return schema.Atf("tie_weights", "a second table for the way back is not there: use reversible_embedding and position_embedding")
	}
	return nil
}

// Mask is where the integer is not 0, with mask_zero.
func (l *tokenAndPositionEmbedding) Mask(s *Scope, in, _ []*op.Node) *op.Node {
	if !l.maskZero {
		return nil
	}
	return s.Apply(op.NotEqual{Value: 0, To: s.DType}, in[0])
}

// Shape appends embedding_dim.
func (l *tokenAndPositionEmbedding) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if len(x.Shape) < 1 {
		return x, fmt.Errorf("this layer wants a sequence of integers, got %s", x)
	}
	if err := wantSize("a table", shape.Shape{l.vocabulary, l.dim}); err != nil {
		return x, schema.At("vocabulary_size", err)
	}
	if err := wantSize("a table", shape.Shape{l.length, l.dim}); err != nil {
		return x, schema.At("sequence_length", err)
	}
	if err := wantPlaces(last(x.Shape), l.start, l.length); err != nil {
		return x, err
	}
	out := append(x.Shape.Clone(), l.dim)
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("embedding_dim", err)
	}
	return shape.Of(out...), nil
}

// Weights are token_embedding/embeddings [vocabulary_size, embedding_dim] and
// position_embedding/embeddings [sequence_length, embedding_dim].
func (l *tokenAndPositionEmbedding) Weights([]shape.Spec) []Weight {
	return []Weight{
		{Name: "token_embedding/embeddings", Shape: shape.Shape{l.vocabulary, l.dim}, Args: l.embeddings},
		{Name: "position_embedding/embeddings", Shape: shape.Shape{l.length, l.dim}, Args: l.embeddings},
	}
}

// Build looks up and adds.
func (l *tokenAndPositionEmbedding) Build(s *Scope, in []*op.Node) *op.Node {
	tokens := s.Apply(op.Embedding{Layer: s.Path}, in[0], s.Weight("token_embedding/embeddings"))
	x := in[0].Shape()
	return s.Apply(op.Binary{Fn: "add"}, tokens, places(s, s.Weight("position_embedding/embeddings"), l.start, x[len(x)-1]))
}
