package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var positive = map[string][2]float64{"moving_variance": {0.5, 2}}

var _ = layertest.Add(
	layertest.Case{Type: "batch_normalization", In: layertest.In(5), Out: shape.Shape{5}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Name: "image", Body: "momentum = 0.5\nepsilon = 0.01", In: layertest.In(3, 2, 4), Out: shape.Shape{3, 2, 4}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "axis = 1\nscale = false", In: layertest.In(3, 4), Out: shape.Shape{3, 4}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "axis = -2\ncenter = false", In: layertest.In(3, 4), Out: shape.Shape{3, 4}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "training = false", In: layertest.In(4), Out: shape.Shape{4}, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "axis = 3", In: layertest.In(3, 4), Arg: "axis", Says: "axis 3 does not exist"},
	layertest.Case{Type: "batch_normalization", Body: "axis = 0", In: layertest.In(3, 4), Arg: "axis", Says: "batch axis"},
	layertest.Case{Type: "batch_normalization", Body: "renorm = true", In: layertest.In(4), Says: "not there"},
	layertest.Case{Type: "batch_normalization", In: layertest.Ints(4), Says: "integers"},
	layertest.Case{Type: "batch_normalization", In: layertest.In(), Arg: "axis", Says: "axis"},
)
