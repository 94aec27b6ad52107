package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "average", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{2, 3}), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "average", In: layertest.Ins(shape.Shape{3}, shape.Shape{2, 3}), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "average", In: layertest.Ins(shape.Shape{4, 1}, shape.Shape{1, 3}), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "average", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{2, 1}, shape.Shape{3}), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "average", In: layertest.In(4), Out: shape.Shape{4}},
	layertest.Case{Type: "average", In: layertest.Ins(shape.Shape{2, 3}, shape.Shape{2, 4}), Says: "input 0, [2, 3], and input 1, [2, 4], cannot be joined: axis 2 is 3 in one and 4 in the other"},
)
