package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "transformer_decoder", Body: "intermediate_dim = 7\nnum_heads = 2", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "transformer_decoder", Body: "intermediate_dim = 3\nnum_heads = 2\nuse_causal_mask = false\nnormalize_first = true", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{3, 6}), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "transformer_decoder", Body: "intermediate_dim = 3\nnum_heads = 2\ndropout = 0.3", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{3, 5}), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "transformer_decoder", Name: "masked", Body: "intermediate_dim = 3\nnum_heads = 2", In: layertest.In(4, 4), Mask: left, Masks: true, Out: shape.Shape{4, 4}},
	layertest.Case{Type: "transformer_decoder", Name: "masked by arguments", Body: "intermediate_dim = 3\nnum_heads = 2", In: layertest.Ins(shape.Shape{4, 4}, shape.Shape{3, 4}), Tensors: map[string][]shape.Spec{
		"decoder_padding_mask": layertest.In(4), "decoder_attention_mask": layertest.In(4, 4), "encoder_padding_mask": layertest.In(3), "encoder_attention_mask": layertest.In(4, 3),
	}, NoGrad: []int{28, 29, 30, 31}, Out: shape.Shape{4, 4}},
	layertest.Case{Type: "transformer_decoder", Body: "intermediate_dim = 3\nnum_heads = 6", In: layertest.In(4, 5), Arg: "num_heads", Says: "6 heads"},
	layertest.Case{Type: "transformer_decoder", Body: "intermediate_dim = 3\nnum_heads = 1", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{5}), Says: "[time, features]"},
)
