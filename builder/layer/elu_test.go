package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "elu", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "elu", Body: "alpha = 0.5", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
)
