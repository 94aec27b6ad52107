package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "up_sampling1d", In: layertest.In(3, 2), Out: shape.Shape{6, 2}},
	layertest.Case{Type: "up_sampling1d", Body: "size = 3", In: layertest.In(2, 2), Out: shape.Shape{6, 2}},
	layertest.Case{Type: "up_sampling1d", Body: "size = 0", In: layertest.In(2, 2), Says: "at least 1"},
	layertest.Case{Type: "up_sampling1d", In: layertest.In(2), Says: "[steps, channels]"},
	layertest.Case{Type: "up_sampling2d", In: layertest.In(2, 3, 2), Out: shape.Shape{4, 6, 2}},
	layertest.Case{Type: "up_sampling2d", Body: "size = [3, 1]\ninterpolation = \"bilinear\"", In: layertest.In(2, 3, 2), Out: shape.Shape{6, 3, 2}},
	layertest.Case{Type: "up_sampling2d", Body: "size = 2\ninterpolation = \"bicubic\"", In: layertest.In(3, 2, 1), Out: shape.Shape{6, 4, 1}},
	layertest.Case{Type: "up_sampling2d", Body: "size = 2\ninterpolation = \"lanczos3\"", In: layertest.In(3, 2, 1), Out: shape.Shape{6, 4, 1}},
	layertest.Case{Type: "up_sampling2d", Body: "size = 2\ninterpolation = \"cubic\"", In: layertest.In(3, 2, 1), Says: "bicubic"},
	layertest.Case{Type: "up_sampling2d", Body: "size = [100000, 100000]", In: layertest.In(3, 2, 1), Arg: "size", Says: "more than"},
	layertest.Case{Type: "up_sampling3d", In: layertest.In(2, 1, 2, 2), Out: shape.Shape{4, 2, 4, 2}},
	layertest.Case{Type: "up_sampling3d", Body: "size = [1, 2, 3]", In: layertest.In(2, 1, 1, 2), Out: shape.Shape{2, 2, 3, 2}},
	layertest.Case{Type: "up_sampling3d", Body: "size = [1, 2]", In: layertest.In(2, 1, 1, 2), Says: "a list of three"},
)
