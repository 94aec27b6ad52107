package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "group_normalization", Body: "groups = 2", In: layertest.In(3, 2, 4), Out: shape.Shape{3, 2, 4}},
	layertest.Case{Type: "group_normalization", Body: "groups = -1\nepsilon = 0.01", In: layertest.In(5, 3), Out: shape.Shape{5, 3}},
	layertest.Case{Type: "group_normalization", Body: "groups = 1\ncenter = false", In: layertest.In(6), Out: shape.Shape{6}},
	layertest.Case{Type: "group_normalization", Body: "groups = 2\naxis = 1\nscale = false", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "group_normalization", Body: "groups = 3\naxis = -2", In: layertest.In(2, 6, 2), Out: shape.Shape{2, 6, 2}},
	layertest.Case{Type: "group_normalization", In: layertest.In(4, 3), Arg: "groups", Says: "the 3 channels of the input [4, 3] cannot be divided into 32 groups"},
	layertest.Case{Type: "group_normalization", Body: "groups = 0", In: layertest.In(4, 3), Says: "at least 1, or -1"},
	layertest.Case{Type: "group_normalization", Body: "axis = 3", In: layertest.In(4, 3), Arg: "axis", Says: "[4, 3]"},
)
