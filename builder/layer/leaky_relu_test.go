package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "leaky_relu", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "leaky_relu", Body: "negative_slope = 0", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "leaky_relu", Body: "negative_slope = -1", In: layertest.In(5), Says: "At least 0"},
)
