package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "repeat_vector", Body: "n = 4", In: layertest.In(3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "repeat_vector", Body: "n = 2", In: layertest.Ints(3), Out: shape.Shape{2, 3}, OutDType: shape.Int32},
	layertest.Case{Type: "repeat_vector", Body: "n = 4", In: layertest.In(3, 2), Says: "[size], got [3, 2]"},
	layertest.Case{Type: "repeat_vector", Body: "n = 0", In: layertest.In(3), Says: "At least 1"},
)
