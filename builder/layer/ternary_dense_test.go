package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "ternary_dense", Body: "units = 3", In: layertest.In(4), Out: shape.Shape{3}, NoGradOf: []string{"kernel"}},
	layertest.Case{
		Type: "ternary_dense", Body: "units = 2\nthreshold = 0.4\nuse_bias = false\nactivation = \"tanh\"", In: layertest.In(3, 5), Out: shape.Shape{3, 2},
		NoGradOf: []string{"kernel"},
	},
	layertest.Case{Type: "ternary_dense", Body: "units = 2\nthreshold = -1", In: layertest.In(3), Says: "at least 0"},
)
