package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("position_embedding", func() Layer { return new(positionEmbedding) })

// positionEmbedding learns a vector for each place in a sequence.
type positionEmbedding struct {
	length     int
	embeddings WeightArgs
	start      int
	Activity
}

func (l *positionEmbedding) Schema(b *schema.Block) {
	b.Doc("A vector for each place in a sequence, learned; of the input only the shape counts.", "keras_hub.layers.PositionEmbedding",
		"Add its output to that of an embedding, or use token_and_position_embedding.")
	b.Int(&l.length, "sequence_length", "Length of the longest sequence.", schema.AtLeast(1), schema.MayBeUnknown())
	schema.Choose(b, &l.embeddings.Initializer, "initializer", "First values of the embeddings.", initializer.Registry, schema.Default("glorot_uniform"))
	b.Int(&l.start, "start_index", "Place of the first step.", schema.AtLeast(0), schema.Default(0))
	l.Activity.Bind(b)
}

// Shape is that of the input.
func (l *positionEmbedding) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	if len(x.Shape) < 2 {
		return x, fmt.Errorf("this layer wants an input [time, features], got %s", x)
	}
	n := x.Shape[len(x.Shape)-2]
	if err := wantPlaces(n, l.start, l.length); err != nil {
		return x, err
	}
	if err := wantSize("a table", shape.Shape{l.length, last(x.Shape)}); err != nil {
		return x, schema.At("sequence_length", err)
	}
	return x, nil
}

// wantPlaces refuses a sequence that is longer than there are places.
func wantPlaces(n, start, length int) error {
	if n != shape.Unknown && length != shape.Unknown && n+start > length {
		return schema.Atf("sequence_length", "the input has %d steps from place %d on, and sequence_length is %d", n, start, length)
	}
	return nil
}

// Weights are embeddings [sequence_length, features].
func (l *positionEmbedding) Weights(in []shape.Spec) []Weight {
	return []Weight{{Name: "embeddings", Shape: shape.Shape{l.length, last(in[0].Shape)}, Args: l.embeddings}}
}

// Build takes the first places for every example.
func (l *positionEmbedding) Build(s *Scope, in []*op.Node) *op.Node {
	x := op.SpecOf(in[0]).Shape
	return s.Apply(op.BroadcastTo{To: x}, places(s, s.Weight("embeddings"), l.start, x[len(x)-2]))
}

// places are n rows of a table of places.
func places(s *Scope, table *op.Node, start, n int) *op.Node {
	if s.Err() != nil {
		return nil
	}
	if d := op.SpecOf(table); start > 0 || n < d.Shape[0] {
		return s.Apply(op.SliceAxis(d, 0, start, start+n), table)
	}
	return table
}
