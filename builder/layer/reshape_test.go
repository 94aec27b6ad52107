package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "reshape", Body: "target_shape = [3, 4]", In: layertest.In(12), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "reshape", Body: "target_shape = [-1, 2, 2]", In: layertest.In(3, 4), Out: shape.Shape{3, 2, 2}},
	layertest.Case{Type: "reshape", Body: "target_shape = []", In: layertest.In(1, 1), Out: shape.Shape{}},
	layertest.Case{Type: "reshape", Body: "target_shape = [2, 3]", In: layertest.Ints(6), Out: shape.Shape{2, 3}, OutDType: shape.Int32},
	layertest.Case{Type: "reshape", Body: "target_shape = [5, 5]", In: layertest.In(4, 6), Says: "[5, 5] has 25 elements, the input [4, 6] has 24", Arg: "target_shape"},
	layertest.Case{Type: "reshape", Body: "target_shape = [-1, 5]", In: layertest.In(4, 6), Says: "cannot be shared out", Arg: "target_shape"},
	layertest.Case{Type: "reshape", Body: "target_shape = [-1, -1]", In: layertest.In(4, 6), Says: "open"},
	layertest.Case{Type: "reshape", Body: "target_shape = [-2]", In: layertest.In(4, 6), Says: "At least -1"},
)
