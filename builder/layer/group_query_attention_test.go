package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "group_query_attention", Body: "head_dim = 3\nnum_query_heads = 4\nnum_key_value_heads = 2", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "group_query_attention", Body: "head_dim = 2\nnum_query_heads = 3\nnum_key_value_heads = 1\nuse_bias = false\nuse_gate = true\nuse_causal_mask = true", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{6, 5}, shape.Shape{6, 2}), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "group_query_attention", Name: "masked", Body: "head_dim = 3\nnum_query_heads = 2\nnum_key_value_heads = 2\nsliding_window = 2\ndropout = 0.2\nseed = 1", In: layertest.In(4, 3), Mask: left, Masks: true, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "group_query_attention", Name: "mask of pairs", Body: "head_dim = 3\nnum_query_heads = 2\nnum_key_value_heads = 1", In: layertest.In(4, 3), Tensors: pairs, NoGrad: []int{9}, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "group_query_attention", Body: "head_dim = 3\nnum_query_heads = 4\nnum_key_value_heads = 3", In: layertest.In(4, 5), Says: "multiple"},
	layertest.Case{Type: "group_query_attention", Body: "head_dim = 3\nnum_query_heads = 4\nnum_key_value_heads = 2", In: layertest.In(4), Says: "[time, features]"},
	layertest.Case{Type: "group_query_attention", Body: "head_dim = 3\nnum_query_heads = 4\nnum_key_value_heads = 2", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{4, 6}), Says: "as many features"},
	layertest.Case{Type: "group_query_attention", Body: "head_dim = 3\nnum_query_heads = 4\nnum_key_value_heads = 2", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{4, 5}, shape.Shape{3, 5}), Says: "differ"},
)
