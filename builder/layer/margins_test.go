package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "cropping1d", In: layertest.In(4, 2), Out: shape.Shape{2, 2}},
	layertest.Case{Type: "cropping1d", Body: "cropping = [0, 3]", In: layertest.In(5, 2), Out: shape.Shape{2, 2}},
	layertest.Case{Type: "cropping1d", Body: "cropping = [2, 2]", In: layertest.In(4, 2), Arg: "cropping", Says: "leaves nothing of the steps of 4 in [4, 2]"},
	layertest.Case{Type: "cropping3d", In: layertest.In(3, 4, 3, 2), Out: shape.Shape{1, 2, 1, 2}},
	layertest.Case{Type: "cropping3d", Body: "cropping = [0, 1, 0]", In: layertest.In(2, 4, 3, 1), Out: shape.Shape{2, 2, 3, 1}},
	layertest.Case{Type: "cropping3d", Body: "cropping = [[1, 0], [0, 2], [0, 0]]", In: layertest.In(2, 4, 2, 2), Out: shape.Shape{1, 2, 2, 2}},
	layertest.Case{Type: "cropping3d", Body: "cropping = [1, 2]", In: layertest.In(2, 4, 2, 2), Says: "three pairs are wanted"},
	layertest.Case{Type: "cropping3d", Body: "cropping = [1, 1, 1.5]", In: layertest.In(4, 4, 4, 2), Says: "three pairs are wanted"},
	layertest.Case{Type: "cropping3d", Body: "cropping = 1", In: layertest.In(2, 4, 2, 2), Arg: "cropping", Says: "leaves nothing of the depth of 2"},
	layertest.Case{Type: "zero_padding1d", In: layertest.In(4, 2), Out: shape.Shape{6, 2}},
	layertest.Case{Type: "zero_padding1d", Body: "padding = [0, 3]", In: layertest.Ints(4, 2), Out: shape.Shape{7, 2}, OutDType: shape.Int32, NoGrad: []int{0}},
	layertest.Case{Type: "zero_padding1d", In: layertest.In(4), Says: "[steps, channels]"},
	layertest.Case{Type: "zero_padding1d", Body: "padding = 2147483647", In: layertest.In(4, 2), Arg: "padding", Says: "more than"},
	layertest.Case{Type: "zero_padding3d", In: layertest.In(1, 2, 1, 2), Out: shape.Shape{3, 4, 3, 2}},
	layertest.Case{Type: "zero_padding3d", Body: "padding = [[1, 0], [0, 2], [0, 0]]", In: layertest.In(2, 1, 2, 2), Out: shape.Shape{3, 3, 2, 2}},
)
