package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "permute", Body: "dims = [2, 1]", In: layertest.In(2, 3), Out: shape.Shape{3, 2}},
	layertest.Case{Type: "permute", Body: "dims = [3, 1, 2]", In: layertest.In(2, 3, 4), Out: shape.Shape{4, 2, 3}},
	layertest.Case{Type: "permute", Body: "dims = [2, 1]", In: layertest.Ints(2, 3), Out: shape.Shape{3, 2}, OutDType: shape.Int32},
	layertest.Case{Type: "permute", Body: "dims = [1, 1]", In: layertest.In(2, 3), Says: "no order of the axes 1 to 2 of the input [2, 3]", Arg: "dims"},
	layertest.Case{Type: "permute", Body: "dims = [1, 2, 3]", In: layertest.In(2, 3), Says: "no order", Arg: "dims"},
	layertest.Case{Type: "permute", Body: "dims = []", In: layertest.In(2, 3), Says: "no axis", Arg: "dims"},
)
