package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "identity", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "identity", In: layertest.Ints(3), Out: shape.Shape{3}, OutDType: shape.Int32},
)
