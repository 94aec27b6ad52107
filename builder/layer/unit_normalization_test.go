package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "unit_normalization", In: layertest.In(5, 4), Out: shape.Shape{5, 4}},
	layertest.Case{Type: "unit_normalization", Body: "axis = [1, 3]", In: layertest.In(2, 3, 2), Out: shape.Shape{2, 3, 2}},
	layertest.Case{Type: "unit_normalization", Body: "axis = [1, 1]", In: layertest.In(2, 3), Arg: "axis", Says: "twice"},
	layertest.Case{Type: "unit_normalization", In: layertest.Ints(5), Says: "integers"},
)
