package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 7\nnum_heads = 2", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 3\nnum_heads = 1\nnormalize_first = true\nactivation = \"gelu\"\nlayer_norm_epsilon = 0.01\nkernel_initializer = \"he_normal\"\nbias_initializer = \"ones\"", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 3\nnum_heads = 2\ndropout = 0.3", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "transformer_encoder", Name: "masked", Body: "intermediate_dim = 3\nnum_heads = 2", In: layertest.In(4, 4), Mask: left, Masks: true, Out: shape.Shape{4, 4}},
	layertest.Case{Type: "transformer_encoder", Name: "masked by arguments", Body: "intermediate_dim = 3\nnum_heads = 2\ntraining = false\ndropout = 0.5", In: layertest.In(4, 4), Tensors: map[string][]shape.Spec{"padding_mask": layertest.In(4), "attention_mask": layertest.In(4, 4)}, NoGrad: []int{17, 18}, Out: shape.Shape{4, 4}},
	layertest.Case{Type: "transformer_encoder", Name: "masked twice", Body: "intermediate_dim = 3\nnum_heads = 2", In: layertest.In(4, 4), Mask: left, Masks: true, Tensors: map[string][]shape.Spec{"padding_mask": layertest.In(4)}, NoGrad: []int{17}, Out: shape.Shape{4, 4}},
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 3\nnum_heads = 6", In: layertest.In(4, 5), Arg: "num_heads", Says: "6 heads"},
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 4\nnum_heads = 1\nactivation = \"glu\"", In: layertest.In(4, 5), Arg: "activation", Says: "number of features"},
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 3\nnum_heads = 1", In: layertest.In(4), Says: "[time, features]"},
	layertest.Case{Type: "transformer_encoder", Body: "intermediate_dim = 2000000000\nnum_heads = 1", In: layertest.In(4, 5), Arg: "intermediate_dim", Says: "more than"},
)
