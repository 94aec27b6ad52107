package layer

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("reversible_embedding", func() Layer { return new(reversibleEmbedding) })

// reversibleEmbedding turns integers into vectors, and vectors into a score for each integer.
type reversibleEmbedding struct {
	embedding
	tied    bool
	reverse cty.Value
	cap     *float64
}

func (l *reversibleEmbedding) Schema(b *schema.Block) {
	b.Doc("Turns integers into vectors that are learned, and vectors back into a score for each integer with the same table.", "keras.layers.ReversibleEmbedding",
		"To use the table again at a model's end, write layer \"shared\" with reuse = layer.NAME: integers are looked up, vectors of floats turned back.")
	l.bind(b)
	b.Bool(&l.tied, "tie_weights", "Whether both ways use one table; else the way back has reverse_embeddings of its own.", schema.Default(true))
	l.CallArguments(b)
	l.cap = nil
	b.OptFloat(&l.cap, "logit_soft_cap", "Scores x become cap·tanh(x/cap), when given.", schema.Above(0))
	var dtype string
	b.Enum(&dtype, "reverse_dtype", "Type in which scores are computed.", []string{"float32"}, schema.Optional())
	l.Activity.Bind(b)
}

// CallArguments binds reverse, which is an argument of the call.
func (l *reversibleEmbedding) CallArguments(b *schema.Block) {
	l.reverse = cty.NilVal
	b.Value(&l.reverse, "reverse", "true: turn vectors into scores; false: look integers up. Left out, integers are looked up and floats turned into scores.", func(v cty.Value) error {
		if v.Type() != cty.Bool {
			return fmt.Errorf("true or false is wanted, got %s", schema.Show(v))
		}
		return nil
	}, schema.Optional())
}

// back tells whether an input of that type is turned into scores.
func (l *reversibleEmbedding) back(ints bool) bool {
	if l.reverse == cty.NilVal {
		return !ints
	}
	return l.reverse.True()
}

// Mask is where the integer is not 0, with mask_zero; scores have none.
func (l *reversibleEmbedding) Mask(s *Scope, in, masks []*op.Node) *op.Node {
	if l.back(in[0].Dtype() == op.Int32) {
		return nil
	}
	return l.embedding.Mask(s, in, masks)
}

// Shape appends output_dim, or replaces it by input_dim.
func (l *reversibleEmbedding) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if !l.back(x.DType == shape.Int32) {
		return l.embedding.Shape(in)
	}
	if err := wantFloats(x); err != nil {
		return x, err
	}
	n := len(x.Shape) - 1
	if n < 0 || x.Shape[n] != l.outputDim && x.Shape[n] != shape.Unknown && l.outputDim != shape.Unknown {
		return x, schema.Atf("output_dim", "vectors of length %d are turned back into scores, got %s", l.outputDim, x)
	}
	if err := wantSize("a table", shape.Shape{l.inputDim, l.outputDim}); err != nil {
		return x, schema.At("input_dim", err)
	}
	out := x.Shape.Clone()
	out[n] = l.inputDim
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("input_dim", err)
	}
	return shape.Of(out...), nil
}

// Weights are embeddings [input_dim, output_dim] and, unless they are tied, reverse_embeddings
// [output_dim, input_dim].
func (l *reversibleEmbedding) Weights(in []shape.Spec) []Weight {
	w := l.embedding.Weights(in)
	if !l.tied {
		w = append(w, Weight{Name: "reverse_embeddings", Shape: shape.Shape{l.outputDim, l.inputDim}, Args: WeightArgs{Initializer: l.embeddings.Initializer}})
	}
	return w
}

// Build looks up, or multiplies by the table.
func (l *reversibleEmbedding) Build(s *Scope, in []*op.Node) *op.Node {
	if !l.back(in[0].Dtype() == op.Int32) {
		return l.embedding.Build(s, in)
	}
	var table *op.Node
	if l.tied {
		table = s.Apply(op.Transpose{Perm: []int{1, 0}}, l.merged(s, "embeddings"))
	} else {
		table = s.Weight("reverse_embeddings")
	}
	y := s.Apply(op.Dense{}, in[0], table)
	if l.cap != nil {
		y = s.Apply(op.Scale(1/(*l.cap)), y)
		y = s.Apply(op.Scale(*l.cap), s.Apply(op.Unary{Fn: "tanh"}, y))
	}
	return y
}
