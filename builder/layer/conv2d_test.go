package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "conv2d", Name: "lora", Body: "filters = 3\nkernel_size = 2\nlora_rank = 2", In: layertest.In(3, 3, 2), Out: shape.Shape{2, 2, 3}},
	layertest.Case{Type: "conv2d", Body: "filters = 3\nkernel_size = 3", In: layertest.In(5, 6, 2), Out: shape.Shape{3, 4, 3}},
	layertest.Case{
		Type: "conv2d", Name: "same", Body: "filters = 2\nkernel_size = [2, 3]\nstrides = 2\npadding = \"same\"\nactivation = \"relu\"",
		In: layertest.In(5, 4, 3), Out: shape.Shape{3, 2, 2},
	},
	layertest.Case{
		Type: "conv2d", Name: "groups", Body: "filters = 4\nkernel_size = 2\ngroups = 2\ndilation_rate = [1, 2]\nuse_bias = false\nactivation = \"sigmoid\"",
		In: layertest.In(4, 5, 4), Out: shape.Shape{3, 3, 4},
	},
	layertest.Case{Type: "conv2d", Name: "too_large", Body: "filters = 3\nkernel_size = 5", In: layertest.In(3, 3, 1), Arg: "kernel_size", Says: "5x5 is larger than the input [3, 3, 1]"},
	layertest.Case{Type: "conv2d", Name: "too_large_dilated", Body: "filters = 3\nkernel_size = 3\ndilation_rate = 2", In: layertest.In(4, 9, 1), Arg: "kernel_size", Says: "covers 5x5"},
	layertest.Case{Type: "conv2d", Name: "rank", Body: "filters = 3\nkernel_size = 3", In: layertest.In(9, 9), Says: "[height, width, channels], got [9, 9]"},
	layertest.Case{Type: "conv2d", Name: "integers", Body: "filters = 3\nkernel_size = 3", In: layertest.Ints(9, 9, 1), Says: "integers"},
	layertest.Case{Type: "conv2d", Name: "filters", Body: "filters = 3\nkernel_size = 3\ngroups = 2", In: layertest.In(9, 9, 2), Says: "3 filters cannot be divided among 2 groups"},
	layertest.Case{Type: "conv2d", Name: "channels", Body: "filters = 4\nkernel_size = 3\ngroups = 2", In: layertest.In(9, 9, 3), Arg: "groups", Says: "3 channels"},
	layertest.Case{Type: "conv2d", Name: "dilation", Body: "filters = 4\nkernel_size = 3\nstrides = 2\ndilation_rate = 2", In: layertest.In(9, 9, 3), Says: "one of them must be 1"},
	layertest.Case{Type: "conv2d", Name: "data_format", Body: "filters = 4\nkernel_size = 3\ndata_format = \"channels_middle\"", In: layertest.In(9, 9, 3), Says: "channels_first"},
	layertest.Case{Type: "conv2d", Name: "huge", Body: "filters = 2000000\nkernel_size = [1000, 1000]\npadding = \"same\"", In: layertest.In(9, 9, 3), Arg: "filters", Says: "more than"},
)
