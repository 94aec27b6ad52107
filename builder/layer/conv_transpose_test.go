package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "conv1d_transpose", Body: "filters = 2\nkernel_size = 3\nstrides = 2", In: layertest.In(3, 2), Out: shape.Shape{7, 2}},
	layertest.Case{Type: "conv1d_transpose", Name: "same", Body: "filters = 3\nkernel_size = 3\nstrides = 2\npadding = \"same\"\nactivation = \"relu\"", In: layertest.In(3, 2), Out: shape.Shape{6, 3}},
	layertest.Case{Type: "conv1d_transpose", Name: "gaps", Body: "filters = 3\nkernel_size = 2\nstrides = 3\nuse_bias = false", In: layertest.In(3, 2), Out: shape.Shape{9, 3}},
	layertest.Case{Type: "conv1d_transpose", Name: "output_padding", Body: "filters = 2\nkernel_size = 2\nstrides = 2\noutput_padding = 1", In: layertest.In(3, 1), Out: shape.Shape{7, 2}},
	layertest.Case{Type: "conv1d_transpose", Name: "output_padding_large", Body: "filters = 2\nkernel_size = 2\nstrides = 2\noutput_padding = 2", In: layertest.In(3, 1), Says: "it is 2 where the stride is 2"},
	layertest.Case{Type: "conv1d_transpose", Name: "nothing", Body: "filters = 2\nkernel_size = 2\nstrides = 1\npadding = \"same\"\noutput_padding = 0", In: layertest.In(1, 1), Arg: "output_padding", Says: "nothing is left"},

	layertest.Case{Type: "conv2d_transpose", Body: "filters = 2\nkernel_size = 3\nstrides = 2", In: layertest.In(2, 3, 2), Out: shape.Shape{5, 7, 2}},
	layertest.Case{
		Type: "conv2d_transpose", Name: "same", Body: "filters = 2\nkernel_size = [2, 3]\nstrides = [2, 1]\npadding = \"same\"\nactivation = \"tanh\"",
		In: layertest.In(2, 3, 2), Out: shape.Shape{4, 3, 2},
	},
	layertest.Case{
		Type: "conv2d_transpose", Name: "zeros_at_the_end", Body: "filters = 2\nkernel_size = 1\nstrides = 3\npadding = \"same\"\nuse_bias = false",
		In: layertest.In(2, 2, 2), Out: shape.Shape{6, 6, 2},
	},
	layertest.Case{
		Type: "conv2d_transpose", Name: "output_padding", Body: "filters = 1\nkernel_size = 3\nstrides = 2\npadding = \"same\"\noutput_padding = [1, 0]",
		In: layertest.In(2, 3, 2), Out: shape.Shape{4, 5, 1},
	},
	layertest.Case{Type: "conv2d_transpose", Name: "dilated", Body: "filters = 1\nkernel_size = 2\ndilation_rate = [2, 3]", In: layertest.In(2, 2, 2), Out: shape.Shape{4, 5, 1}},
	layertest.Case{Type: "conv2d_transpose", Name: "rank", Body: "filters = 1\nkernel_size = 2", In: layertest.In(2, 2), Says: "[height, width, channels], got [2, 2]"},
	layertest.Case{Type: "conv2d_transpose", Name: "dilation", Body: "filters = 1\nkernel_size = 2\nstrides = 2\ndilation_rate = 2", In: layertest.In(2, 2, 2), Says: "one of them must be 1"},

	layertest.Case{Type: "conv3d_transpose", Body: "filters = 2\nkernel_size = 2\nstrides = [2, 1, 1]", In: layertest.In(2, 2, 1, 2), Out: shape.Shape{4, 3, 2, 2}},
	layertest.Case{
		Type: "conv3d_transpose", Name: "same", Body: "filters = 1\nkernel_size = [3, 2, 1]\nstrides = [2, 1, 2]\npadding = \"same\"\nactivation = \"relu\"",
		In: layertest.In(2, 2, 2, 1), Out: shape.Shape{4, 2, 4, 1},
	},
	layertest.Case{Type: "conv3d_transpose", Name: "dilated", Body: "filters = 1\nkernel_size = 2\ndilation_rate = [2, 1, 1]\nuse_bias = false", In: layertest.In(2, 1, 1, 1), Out: shape.Shape{4, 2, 2, 1}},
	layertest.Case{Type: "conv3d_transpose", Name: "list", Body: "filters = 1\nkernel_size = 2\nstrides = 2\noutput_padding = [1, 1]", In: layertest.In(2, 2, 2, 1), Says: "a list of three is wanted"},
)
