package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "prelu", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "prelu", Body: "shared_axes = [1, 2]\nalpha_initializer \"constant\" {\n  value = 0.25\n}", In: layertest.In(3, 4, 2), Out: shape.Shape{3, 4, 2}},
	layertest.Case{Type: "prelu", Body: "shared_axes = 2", In: layertest.In(3, 4), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "prelu", Body: "shared_axes = [3]", In: layertest.In(3, 4), Says: "axis 3 does not exist", Arg: "shared_axes"},
)
