package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(append(append(recurrentCases("lstm", "lstm_cell", []int{3, 3}), cellCases("lstm_cell", 2)...),
	layertest.Case{Type: "lstm", Body: "units = 3\nunit_forget_bias = false\nrecurrent_activation = \"hard_sigmoid\"", In: layertest.In(4, 2), Out: shape.Shape{3}},
	layertest.Case{Type: "lstm", Body: "units = 3\nrecurrent_activation = \"glu\"", In: layertest.In(4, 2), Says: "keeps the number of units"},
	layertest.Case{Type: "lstm", Body: "units = 3\nactivation = \"linear\"\nbias_initializer = \"random_normal\"", In: layertest.In(4, 2), Out: shape.Shape{3}},
)...)
