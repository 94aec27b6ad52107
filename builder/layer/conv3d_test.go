package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "conv3d", Body: "filters = 2\nkernel_size = 2", In: layertest.In(3, 4, 3, 2), Out: shape.Shape{2, 3, 2, 2}},
	layertest.Case{
		Type: "conv3d", Name: "same", Body: "filters = 2\nkernel_size = [3, 2, 1]\nstrides = [2, 1, 2]\npadding = \"same\"\nactivation = \"relu\"",
		In: layertest.In(5, 2, 3, 1), Out: shape.Shape{3, 2, 2, 2},
	},
	layertest.Case{
		Type: "conv3d", Name: "groups", Body: "filters = 4\nkernel_size = 2\ngroups = 2\ndilation_rate = [2, 1, 1]\nuse_bias = false\nactivation = \"sigmoid\"",
		In: layertest.In(4, 2, 3, 4), Out: shape.Shape{2, 1, 2, 4},
	},
	layertest.Case{Type: "conv3d", Name: "one_deep", Body: "filters = 2\nkernel_size = [1, 2, 2]\nstrides = [2, 1, 1]", In: layertest.In(3, 2, 2, 1), Out: shape.Shape{2, 1, 1, 2}},
	layertest.Case{Type: "conv3d", Name: "list", Body: "filters = 2\nkernel_size = [2, 2]", In: layertest.In(3, 4, 3, 2), Says: "a list of three is wanted, for depth, height and width, got a list of 2"},
	layertest.Case{Type: "conv3d", Name: "too_large", Body: "filters = 3\nkernel_size = [3, 1, 1]", In: layertest.In(2, 3, 3, 1), Arg: "kernel_size", Says: "3x1x1 is larger than the input [2, 3, 3, 1]"},
	layertest.Case{Type: "conv3d", Name: "rank", Body: "filters = 3\nkernel_size = 3", In: layertest.In(9, 9, 9), Says: "[depth, height, width, channels], got [9, 9, 9]"},
	layertest.Case{Type: "conv3d", Name: "dilation", Body: "filters = 4\nkernel_size = 3\nstrides = 2\ndilation_rate = [1, 1, 2]", In: layertest.In(9, 9, 9, 3), Says: "one of them must be 1"},
)
