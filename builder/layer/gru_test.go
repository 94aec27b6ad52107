package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(append(append(recurrentCases("gru", "gru_cell", []int{3}), cellCases("gru_cell", 1)...),
	layertest.Case{Type: "gru", Body: "units = 3\nreset_after = false\nrecurrent_activation = \"hard_sigmoid\"", In: layertest.In(4, 2), Out: shape.Shape{3}},
	layertest.Case{Type: "gru", Body: "units = 3\nreset_after = false\ndropout = 0.5\nrecurrent_dropout = 0.5", In: layertest.In(4, 2), Out: shape.Shape{3}},
	layertest.Case{Type: "gru", Name: "before, masked", Body: "units = 3\nreset_after = false\nreturn_sequences = true", In: layertest.In(4, 2), Out: shape.Shape{4, 3}, Mask: mask, Masks: true},
)...)
