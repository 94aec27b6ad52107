package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("transformer_decoder", func() Layer { return new(transformerDecoder) })

// transformerDecoder is causal self-attention, attention to an encoder's output where there is one, and
// two dense layers, each added to what goes into it.
type transformerDecoder struct {
	transformer
	causal bool
}

func (l *transformerDecoder) Schema(b *schema.Block) {
	b.Doc("One block of a transformer's decoder (Vaswani and others, 2017): causal self-attention, attention to an encoder's output where there is one, then two dense layers, each added to what went in and normalized.", "keras_hub.layers.TransformerDecoder",
		"One input makes a block as GPT-2 has it; [decoder sequence, encoder sequence] one with attention to the encoder.")
	l.bind(b)
	b.Bool(&l.causal, "use_causal_mask", "Whether a step of the decoder's sequence attends to itself and the steps before it alone.", schema.Default(true))
}

// InputCount is one or two.
func (*transformerDecoder) InputCount() (least, most int) { return 1, 2 }

// TensorArguments are padding and attention masks of the decoder's and of the encoder's sequence.
func (l *transformerDecoder) TensorArguments() []TensorArgument {
	heads := func() int { return l.heads }
	cross := pairMaskArgument("encoder_attention_mask", heads, timeOfQueryAndKey)
	check := cross.Check
	cross.Check = func(given, in []shape.Spec) error {
		if len(in) < 2 {
			return schema.Atf("encoder_attention_mask", "there is no encoder sequence among the inputs")
		}
		return check(given, in)
	}
	return []TensorArgument{
		stepMaskArgument("decoder_padding_mask", 0),
		pairMaskArgument("decoder_attention_mask", heads, func(in []shape.Spec) (query, keys int) { return timeOfQueryAndKey(in[:1]) }),
		stepMaskArgument("encoder_padding_mask", 1),
		cross,
	}
}

// Weights are those of the parts self_attention, self_attention_layer_norm, with an encoder
// cross_attention and cross_attention_layer_norm, then feedforward_intermediate_dense,
// feedforward_output_dense and feedforward_layer_norm.
func (l *transformerDecoder) Weights(in []shape.Spec) []Weight {
	n := in[0].Shape[1]
	w := append(l.attentionWeights("self_attention", n, n), l.normWeights("self_attention_layer_norm", n)...)
	if len(in) > 1 {
		w = slices.Concat(w, l.attentionWeights("cross_attention", n, in[1].Shape[1]), l.normWeights("cross_attention_layer_norm", n))
	}
	return slices.Concat(w,
		l.denseWeights("feedforward_intermediate_dense", n, l.intermediate),
		l.denseWeights("feedforward_output_dense", l.intermediate, n),
		l.normWeights("feedforward_layer_norm", n))
}

// Build adds the attentions, then the dense layers. Masks hide keys alone.
func (l *transformerDecoder) Build(s *Scope, in []*op.Node) *op.Node {
	masks := padding(s, 0, "decoder_padding_mask", "decoder_attention_mask")
	x := l.attention(s, in[0], nil, "self_attention", "self_attention_layer_norm", "self_attention_dropout", masks, l.causal)
	if len(in) > 1 {
		masks = padding(s, 1, "encoder_padding_mask", "encoder_attention_mask")
		x = l.attention(s, x, in[1], "cross_attention", "cross_attention_layer_norm", "cross_attention_dropout", masks, false)
	}
	return l.feedforward(s, x)
}
