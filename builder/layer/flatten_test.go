package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "flatten", In: layertest.In(2, 3, 4), Out: shape.Shape{24}},
	layertest.Case{Type: "flatten", In: layertest.In(), Out: shape.Shape{1}},
	layertest.Case{Type: "flatten", In: layertest.Ints(2, 3), Out: shape.Shape{6}, OutDType: shape.Int32},
	layertest.Case{Type: "flatten", Body: `data_format = "channels_first"`, In: layertest.In(2, 3), Out: shape.Shape{6}},
	layertest.Case{Type: "flatten", Body: `data_format = 3`, In: layertest.In(2, 3), Says: "string is wanted"},
)
