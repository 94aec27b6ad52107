package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "softmax", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "softmax", Body: "axis = 1", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "softmax", Body: "axis = [1, 3]", In: layertest.In(2, 3, 4), Out: shape.Shape{2, 3, 4}},
	layertest.Case{Type: "softmax", Body: "axis = [2, 1]", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "softmax", Name: "masked", In: layertest.In(5), Out: shape.Shape{5}, Mask: []float64{1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0}, Masks: true},
	layertest.Case{Type: "softmax", Body: "axis = 3", In: layertest.In(4, 3), Says: "axis 3 does not exist", Arg: "axis"},
	layertest.Case{Type: "softmax", Body: "axis = [1, -2]", In: layertest.In(4, 3), Says: "twice", Arg: "axis"},
	layertest.Case{Type: "softmax", Body: "axis = []", In: layertest.In(4, 3), Says: "at least one axis", Arg: "axis"},
)
