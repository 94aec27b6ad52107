package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "masking", In: layertest.In(4, 2), Out: shape.Shape{4, 2}, Masks: true},
	layertest.Case{Type: "masking", Body: "mask_value = -1", In: layertest.In(4), Out: shape.Shape{4}, Masks: true},
	layertest.Case{Type: "masking", In: layertest.In(), Says: "features"},
	layertest.Case{Type: "masking", In: layertest.Ints(4, 2), Says: "integers"},
)
