package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "depthwise_conv1d", Body: "kernel_size = 3", In: layertest.In(5, 2), Out: shape.Shape{3, 2}},
	layertest.Case{Type: "depthwise_conv1d", Name: "same", Body: "kernel_size = 2\nstrides = 2\ndepth_multiplier = 3\npadding = \"same\"\nactivation = \"relu\"", In: layertest.In(5, 2), Out: shape.Shape{3, 6}},
	layertest.Case{Type: "depthwise_conv1d", Name: "causal", Body: "kernel_size = 2\npadding = \"causal\"", In: layertest.In(5, 2), Says: `"valid"`},
	layertest.Case{Type: "depthwise_conv2d", Body: "kernel_size = 2", In: layertest.In(3, 4, 3), Out: shape.Shape{2, 3, 3}},
	layertest.Case{
		Type: "depthwise_conv2d", Name: "same", Body: "kernel_size = [2, 3]\nstrides = 2\ndepth_multiplier = 2\npadding = \"same\"\nactivation = \"tanh\"\nuse_bias = false",
		In: layertest.In(5, 4, 2), Out: shape.Shape{3, 2, 4},
	},
	layertest.Case{Type: "depthwise_conv2d", Name: "dilated", Body: "kernel_size = 2\ndilation_rate = [2, 1]", In: layertest.In(4, 3, 1), Out: shape.Shape{2, 2, 1}},
	layertest.Case{Type: "depthwise_conv2d", Name: "too_large", Body: "kernel_size = 4", In: layertest.In(3, 4, 1), Arg: "kernel_size", Says: "4x4 is larger"},
	layertest.Case{Type: "depthwise_conv2d", Name: "integers", Body: "kernel_size = 4", In: layertest.Ints(3, 4, 1), Says: "integers"},

	layertest.Case{Type: "separable_conv1d", Body: "filters = 3\nkernel_size = 3", In: layertest.In(5, 2), Out: shape.Shape{3, 3}},
	layertest.Case{Type: "separable_conv1d", Name: "same", Body: "filters = 2\nkernel_size = 3\nstrides = 2\ndepth_multiplier = 2\npadding = \"same\"\nactivation = \"relu\"", In: layertest.In(5, 2), Out: shape.Shape{3, 2}},
	layertest.Case{Type: "separable_conv2d", Body: "filters = 3\nkernel_size = 2", In: layertest.In(3, 4, 2), Out: shape.Shape{2, 3, 3}},
	layertest.Case{
		Type: "separable_conv2d", Name: "same", Body: "filters = 2\nkernel_size = [1, 3]\nstrides = 2\ndepth_multiplier = 2\npadding = \"same\"\nactivation = \"sigmoid\"\nuse_bias = false",
		In: layertest.In(3, 4, 2), Out: shape.Shape{2, 2, 2},
	},
	layertest.Case{Type: "separable_conv2d", Name: "rank", Body: "filters = 3\nkernel_size = 2", In: layertest.In(3), Says: "[height, width, channels], got [3]"},
	layertest.Case{Type: "separable_conv2d", Name: "huge", Body: "filters = 2000000000\nkernel_size = 3", In: layertest.In(9, 9, 3), Arg: "filters", Says: "more than"},
)
