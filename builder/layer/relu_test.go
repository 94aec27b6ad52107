package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "relu", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "relu", Body: "max_value = 0.5\nnegative_slope = 0.1\nthreshold = 0.2", In: layertest.In(2, 7), Out: shape.Shape{2, 7}},
	layertest.Case{Type: "relu", Body: "max_value = 6", In: layertest.In(2, 7), Out: shape.Shape{2, 7}, Range: [2]float64{-8, 8}},
	layertest.Case{Type: "relu", Body: "negative_slope = 0.1", In: layertest.In(), Out: shape.Shape{}},
	layertest.Case{Type: "relu", Body: "threshold = -1", In: layertest.In(5), Says: "At least 0"},
)
