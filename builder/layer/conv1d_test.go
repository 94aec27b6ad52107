package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "conv1d", Body: "filters = 3\nkernel_size = 3", In: layertest.In(6, 2), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "conv1d", Name: "same", Body: "filters = 2\nkernel_size = 4\nstrides = 2\npadding = \"same\"\nactivation = \"relu\"", In: layertest.In(7, 3), Out: shape.Shape{4, 2}},
	layertest.Case{Type: "conv1d", Name: "causal", Body: "filters = 2\nkernel_size = 3\ndilation_rate = 2\npadding = \"causal\"\nuse_bias = false", In: layertest.In(5, 2), Out: shape.Shape{5, 2}},
	layertest.Case{Type: "conv1d", Name: "causal_strides", Body: "filters = 2\nkernel_size = 2\nstrides = 3\npadding = \"causal\"", In: layertest.In(5, 2), Out: shape.Shape{2, 2}},
	layertest.Case{Type: "conv1d", Name: "groups", Body: "filters = 4\nkernel_size = 2\ngroups = 2\nactivation = \"tanh\"", In: layertest.In(5, 4), Out: shape.Shape{4, 4}},
	layertest.Case{Type: "conv1d", Name: "lora", Body: "filters = 4\nkernel_size = 2\ngroups = 2\nlora_rank = 1\nlora_alpha = 3", In: layertest.In(5, 4), Out: shape.Shape{4, 4}},
	layertest.Case{Type: "conv1d", Name: "glu", Body: "filters = 4\nkernel_size = 2\nactivation = \"glu\"", In: layertest.In(4, 1), Out: shape.Shape{3, 2}},
	layertest.Case{Type: "conv1d", Name: "too_large", Body: "filters = 3\nkernel_size = 5", In: layertest.In(3, 1), Arg: "kernel_size", Says: "a window of 5 is larger than the input [3, 1]"},
	layertest.Case{Type: "conv1d", Name: "too_large_dilated", Body: "filters = 3\nkernel_size = 3\ndilation_rate = 2", In: layertest.In(4, 1), Arg: "kernel_size", Says: "covers 5"},
	layertest.Case{Type: "conv1d", Name: "rank", Body: "filters = 3\nkernel_size = 3", In: layertest.In(9), Says: "[steps, channels], got [9]"},
	layertest.Case{Type: "conv1d", Name: "integers", Body: "filters = 3\nkernel_size = 3", In: layertest.Ints(9, 1), Says: "integers"},
	layertest.Case{Type: "conv1d", Name: "filters", Body: "filters = 3\nkernel_size = 3\ngroups = 2", In: layertest.In(9, 2), Says: "3 filters cannot be divided among 2 groups"},
	layertest.Case{Type: "conv1d", Name: "channels", Body: "filters = 4\nkernel_size = 3\ngroups = 2", In: layertest.In(9, 3), Arg: "groups", Says: "3 channels"},
	layertest.Case{Type: "conv1d", Name: "dilation", Body: "filters = 4\nkernel_size = 3\nstrides = 2\ndilation_rate = 2", In: layertest.In(9, 3), Says: "one of them must be 1"},
	layertest.Case{Type: "conv1d", Name: "huge", Body: "filters = 2000000000\nkernel_size = 3", In: layertest.In(9, 3), Arg: "filters", Says: "more than"},
)
