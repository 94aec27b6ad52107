package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var positiveVariance = map[string][2]float64{"variance": {0.5, 2}}

var _ = layertest.Add(
	layertest.Case{Type: "normalization", Name: "weights", In: layertest.In(2, 3), Out: shape.Shape{2, 3}, Weights: positiveVariance},
	layertest.Case{Type: "normalization", Name: "axes", Body: "axis = [-1, 1]", In: layertest.In(2, 4, 3), Out: shape.Shape{2, 4, 3}, Weights: positiveVariance},
	layertest.Case{Type: "normalization", Name: "given", Body: "mean = [1, 2, 3]\nvariance = [4, 0.25, 0]", In: layertest.In(2, 3), Out: shape.Shape{2, 3}, NoGrad: []int{0}},
	layertest.Case{Type: "normalization", Name: "invert", Body: "mean = 0.5\nvariance = 4\ninvert = true", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "normalization", Name: "first", Body: "axis = 1\nmean = [1, 2]\nvariance = [4, 1]", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "normalization", Name: "one", Body: "mean = 1", In: layertest.In(2, 3), Says: "go together"},
	layertest.Case{Type: "normalization", Name: "count", Body: "mean = [1, 2]\nvariance = [1, 1]", In: layertest.In(2, 3), Arg: "mean", Says: "mean has 2 numbers"},
	layertest.Case{Type: "normalization", Name: "axis", Body: "axis = 3", In: layertest.In(2, 3), Arg: "axis", Says: "the batch not among them"},
)
