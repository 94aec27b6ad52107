package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "dot", Body: "axes = 1", In: layertest.Ins(shape.Shape{4}, shape.Shape{4}), Out: shape.Shape{1}},
	layertest.Case{Type: "dot", Body: "axes = -1\nnormalize = true", In: layertest.Ins(shape.Shape{4}, shape.Shape{4}), Out: shape.Shape{1}},
	layertest.Case{Type: "dot", Body: "axes = [1, 2]", In: layertest.Ins(shape.Shape{3, 5}, shape.Shape{2, 3}), Out: shape.Shape{5, 2}},
	layertest.Case{Type: "dot", Body: "axes = [2, 1]\nnormalize = true", In: layertest.Ins(shape.Shape{3, 5}, shape.Shape{5}), Out: shape.Shape{3}},
	layertest.Case{Type: "dot", Body: "axes = [2, -1]", In: layertest.Ins(shape.Shape{2, 3, 2}, shape.Shape{2, 1, 3}), Out: shape.Shape{2, 2, 2, 1}},
	layertest.Case{Type: "dot", Body: "axes = 1", In: layertest.Ins(shape.Shape{4}, shape.Shape{5}), Arg: "axes", Says: "they must be as many"},
	layertest.Case{Type: "dot", Body: "axes = 0", In: layertest.Ins(shape.Shape{4}, shape.Shape{4}), Arg: "axes", Says: "batch"},
	layertest.Case{Type: "dot", Body: "axes = [1, 1, 1]", In: layertest.Ins(shape.Shape{4}, shape.Shape{4}), Says: "a list of two"},
	layertest.Case{Type: "dot", Body: "axes = 2", In: layertest.Ins(shape.Shape{4}, shape.Shape{4}), Arg: "axes", Says: "input 0, [4]"},
)
