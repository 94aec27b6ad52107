package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("transformer_encoder", func() Layer { return new(transformerEncoder) })

// transformerEncoder is self-attention and two dense layers, each added to what goes into it.
type transformerEncoder struct{ transformer }

func (l *transformerEncoder) Schema(b *schema.Block) {
	b.Doc("One block of a transformer's encoder (Vaswani and others, 2017): self-attention, then two dense layers, each added to what went in and normalized.", "keras_hub.layers.TransformerEncoder")
	l.bind(b)
}

// TensorArguments are padding_mask and attention_mask.
func (l *transformerEncoder) TensorArguments() []TensorArgument {
	return []TensorArgument{
		stepMaskArgument("padding_mask", 0),
		pairMaskArgument("attention_mask", func() int { return l.heads }, timeOfQueryAndKey),
	}
}

// Weights are those of the parts self_attention_layer, self_attention_layer_norm, feedforward_layer_norm,
// feedforward_intermediate_dense and feedforward_output_dense.
func (l *transformerEncoder) Weights(in []shape.Spec) []Weight {
	n := in[0].Shape[1]
	return slices.Concat(
		l.attentionWeights("self_attention_layer", n, n),
		l.normWeights("self_attention_layer_norm", n),
		l.normWeights("feedforward_layer_norm", n),
		l.denseWeights("feedforward_intermediate_dense", n, l.intermediate),
		l.denseWeights("feedforward_output_dense", l.intermediate, n))
}

// Build adds the attention, then the dense layers. A mask of the input hides keys from queries, and
// queries from all keys.
func (l *transformerEncoder) Build(s *Scope, in []*op.Node) *op.Node {
	masks := padding(s, 0, "padding_mask", "attention_mask")
	if len(s.Tensors["padding_mask"]) > 0 {
		masks = append(masks, selfMasks(s, 1)...)
	} else if m := s.Mask(); m != nil {
		masks = append(masks, queryMask(s, m))
	}
	x := l.attention(s, in[0], nil, "self_attention_layer", "self_attention_layer_norm", "self_attention_dropout", masks, false)
	return l.feedforward(s, x)
}
