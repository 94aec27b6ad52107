package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var (
	pairs = map[string][]shape.Spec{"attention_mask": layertest.In(4, 4)}
	left  = []float64{0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0} // which of 4 steps count, for 3 examples
)

var _ = layertest.Add(
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 2\nkey_dim = 3", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 2\nkey_dim = 3\nvalue_dim = 4\nuse_bias = false\nuse_causal_mask = true", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 3\noutput_shape = 7", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{3, 6}), Out: shape.Shape{4, 7}},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 2\nkey_dim = 2\noutput_shape = [2, 3]\nuse_gate = true", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{3, 6}, shape.Shape{3, 2}), Out: shape.Shape{4, 2, 3}},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 2\nkey_dim = 2\nsliding_window = 2\nflash_attention = true", In: layertest.In(6, 3), Out: shape.Shape{6, 3}},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 2\nkey_dim = 2\ndropout = 0.4\nseed = 3\nsliding_window = 3\nuse_causal_mask = true", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 2\nkey_dim = 2\ndropout = 0.4\ntraining = true", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "multi_head_attention", Name: "masked", Body: "num_heads = 2\nkey_dim = 2", In: layertest.In(4, 3), Mask: left, Masks: true, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "multi_head_attention", Name: "masked with dropout", Body: "num_heads = 2\nkey_dim = 2\ndropout = 0.3", In: layertest.In(4, 3), Mask: left, Masks: true, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "multi_head_attention", Name: "mask of pairs", Body: "num_heads = 2\nkey_dim = 2", In: layertest.In(4, 3), Tensors: pairs, NoGrad: []int{9}, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "multi_head_attention", Name: "mask of pairs by head", Body: "num_heads = 2\nkey_dim = 2", In: layertest.In(4, 3), Tensors: map[string][]shape.Spec{"attention_mask": layertest.In(2, 1, 4)}, NoGrad: []int{9}, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "multi_head_attention", Name: "two axes", Body: "num_heads = 2\nkey_dim = 2", In: layertest.In(2, 3, 4), Out: shape.Shape{2, 3, 4}},
	layertest.Case{Type: "multi_head_attention", Name: "first of two axes", Body: "num_heads = 2\nkey_dim = 2\nattention_axes = 1\noutput_shape = [2, 5]", In: layertest.In(2, 3, 4), Out: shape.Shape{2, 3, 2, 5}},
	layertest.Case{Type: "multi_head_attention", Name: "second of two axes", Body: "num_heads = 2\nkey_dim = 2\nattention_axes = [-2]", In: layertest.Ins(shape.Shape{2, 3, 4}, shape.Shape{2, 5, 4}), Out: shape.Shape{2, 3, 4}},
	layertest.Case{Type: "multi_head_attention", Name: "mask of two axes", Body: "num_heads = 2\nkey_dim = 2", In: layertest.In(2, 3, 4), Tensors: map[string][]shape.Spec{"attention_mask": layertest.In(2, 3, 2, 3)}, NoGrad: []int{9}, Out: shape.Shape{2, 3, 4}},

	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 0\nkey_dim = 2", In: layertest.In(4, 3), Says: "at least 1"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\nsliding_window = 0", In: layertest.In(4, 3), Says: "at least 1"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\noutput_shape = [3, 0]", In: layertest.In(4, 3), Says: "at least 1"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\nattention_axes = []", In: layertest.In(4, 3), Says: "at least one axis"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2", In: layertest.In(4), Says: "[time, features]"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2", In: layertest.Ints(4, 3), Says: "integers"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2", In: layertest.Ins(shape.Shape{4, 3}, shape.Shape{4, 3}, shape.Shape{5, 3}), Says: "differ"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\nattention_axes = 3", In: layertest.In(2, 3, 4), Arg: "attention_axes", Says: "between the batch and the features"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\nattention_axes = [1, -3]", In: layertest.In(2, 3, 4), Arg: "attention_axes", Says: "twice"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\nattention_axes = 1", In: layertest.Ins(shape.Shape{2, 3, 4}, shape.Shape{2, 5, 4}), Arg: "attention_axes", Says: "must be the same"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 1\nkey_dim = 2\nuse_causal_mask = true", In: layertest.In(2, 3, 4), Says: "use_causal_mask"},
	layertest.Case{Type: "multi_head_attention", Body: "num_heads = 100000\nkey_dim = 100000", In: layertest.In(4, 3), Says: "more than"},
)
