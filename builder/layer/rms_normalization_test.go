package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "rms_normalization", In: layertest.In(5, 4), Out: shape.Shape{5, 4}},
	layertest.Case{Type: "rms_normalization", Body: "axis = [-2, -1]\nepsilon = 0.1", In: layertest.In(3, 4), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "rms_normalization", Body: "axis = [3, 2]", In: layertest.In(2, 3, 4), Out: shape.Shape{2, 3, 4}},
	layertest.Case{Type: "rms_normalization", Body: "axis = 1", In: layertest.In(3, 4), Arg: "axis", Says: "along the last axes"},
	layertest.Case{Type: "rms_normalization", Body: "axis = 4", In: layertest.In(3, 4), Arg: "axis", Says: "[3, 4]"},
	layertest.Case{Type: "rms_normalization", In: layertest.Ints(3), Says: "integers"},
)
