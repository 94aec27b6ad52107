package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "layer_normalization", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "layer_normalization", Body: "axis = [-1, 1]\nepsilon = 0.01", In: layertest.In(2, 3, 4), Out: shape.Shape{2, 3, 4}},
	layertest.Case{Type: "layer_normalization", Body: "axis = 1\nscale = false", In: layertest.In(3, 4), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "layer_normalization", Body: "center = false", In: layertest.In(3, 4), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "layer_normalization", Body: "axis = [1, -2]", In: layertest.In(3, 4), Arg: "axis", Says: "twice"},
	layertest.Case{Type: "layer_normalization", Body: "axis = []", In: layertest.In(3, 4), Arg: "axis", Says: "at least one"},
	layertest.Case{Type: "layer_normalization", Body: "axis = -4", In: layertest.In(3, 4), Arg: "axis", Says: "axis -4"},
	layertest.Case{Type: "layer_normalization", In: layertest.Ints(4), Says: "integers"},
)
