package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "concatenate", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{2, 1}, shape.Shape{2, 4}), Out: shape.Shape{2, 8}},
	layertest.Case{Type: "concatenate", Body: "axis = 1", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{4, 3}), Out: shape.Shape{6, 3}},
	layertest.Case{Type: "concatenate", In: layertest.In(3), Out: shape.Shape{3}},
	layertest.Case{Type: "concatenate", In: append(layertest.Ints(3), layertest.Ints(2)...), Out: shape.Shape{5}, OutDType: shape.Int32},
	layertest.Case{Type: "concatenate", In: append(layertest.Ints(3), layertest.In(2)...), Says: "input 0 holds int32 and input 1 float32"},
	layertest.Case{Type: "concatenate", Body: "axis = 1", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{2, 4}), Says: "input 0, [2, 3], and input 1, [2, 4], differ in axis 2", Arg: "axis"},
	layertest.Case{Type: "concatenate", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{3}), Says: "different numbers of axes", Arg: "axis"},
	layertest.Case{Type: "concatenate", Body: "axis = 0", In: layertest.Ins(shape.Shape{3}, shape.Shape{3}), Says: "batch axis", Arg: "axis"},
)
