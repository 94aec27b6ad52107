package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "activity_regularization", Body: "l1 = 0.1\nl2 = 0.2", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "activity_regularization", Body: "l1 = -1", In: layertest.In(3), Says: "At least 0"},
)
