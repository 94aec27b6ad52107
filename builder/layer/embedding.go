package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("embedding", func() Layer { return new(embedding) })

// embedding turns integers into vectors.
type embedding struct {
	inputDim   int
	outputDim  int
	embeddings WeightArgs
	maskZero   bool
	lora
	Activity
}

func (e *embedding) Schema(b *schema.Block) {
	b.Doc("Turns each integer into a vector that is learned.", "keras.layers.Embedding",
		"An integer outside 0 to input_dim - 1 ends the run with an error that names the example.")
	e.bind(b)
	e.Activity.Bind(b)
}

// bind binds the arguments that reversible_embedding has too.
func (e *embedding) bind(b *schema.Block) {
	b.Int(&e.inputDim, "input_dim", "Size of the vocabulary: integers are less than this.", schema.AtLeast(1), schema.MayBeUnknown())
	b.Int(&e.outputDim, "output_dim", "Length of the vectors.", schema.AtLeast(1), schema.MayBeUnknown())
	e.embeddings.Bind(b, "embeddings", "uniform")
	b.Bool(&e.maskZero, "mask_zero", "Whether 0 means that there is nothing at this place: later layers, losses and metrics leave it out.", schema.Default(false))
	e.bindLora(b, "embeddings")
}

// Validate holds lora_rank against the constraint.
func (e *embedding) Validate() error { return e.checkLora(e.embeddings, "embeddings") }

// Mask is where the integer is not 0, with mask_zero.
func (e *embedding) Mask(s *Scope, in, _ []*op.Node) *op.Node {
	if !e.maskZero {
		return nil
	}
	return s.Apply(op.NotEqual{Value: 0, To: s.DType}, in[0])
}

// Shape appends output_dim.
func (e *embedding) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSize("a table", shape.Shape{e.inputDim, e.outputDim}); err != nil {
		return x, schema.At("input_dim", err)
	}
	out := append(x.Shape.Clone(), e.outputDim)
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("output_dim", err)
	}
	return shape.Of(out...), nil
}

// Weights are embeddings [input_dim, output_dim], and those of low-rank adaptation.
func (e *embedding) Weights([]shape.Spec) []Weight {
	return e.adapted([]Weight{{Name: "embeddings", Shape: shape.Shape{e.inputDim, e.outputDim}, Args: e.embeddings}}, "embeddings")
}

// Build is one op. With low-rank adaptation rows are looked up in the first matrix too, instead of making the whole table.
func (e *embedding) Build(s *Scope, in []*op.Node) *op.Node {
	y := s.Apply(op.Embedding{Layer: s.Path}, in[0], s.Weight("embeddings"))
	if e.loraRank == nil || s.Err() != nil {
		return y
	}
	a := s.Apply(op.Embedding{Layer: s.Path}, in[0], s.Weight("lora_embeddings_a"))
	return s.Apply(op.Binary{Fn: "add"}, y, e.times(s, a, "embeddings"))
}
