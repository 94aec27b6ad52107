package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "zero_padding2d", In: layertest.In(2, 3, 2), Out: shape.Shape{4, 5, 2}},
	layertest.Case{Type: "zero_padding2d", Body: "padding = [0, 2]", In: layertest.In(2, 3, 2), Out: shape.Shape{2, 7, 2}},
	layertest.Case{Type: "zero_padding2d", Body: "padding = [[1, 2], [3, 0]]", In: layertest.In(2, 3, 1), Out: shape.Shape{5, 6, 1}},
	layertest.Case{Type: "zero_padding2d", Body: "padding = [1, 2, 3]", In: layertest.In(2, 3, 1), Says: "a list of two"},
	layertest.Case{Type: "zero_padding2d", Body: "padding = -1", In: layertest.In(2, 3, 1), Says: "from 0 on"},
	layertest.Case{Type: "zero_padding2d", Body: `padding = ["a", 1]`, In: layertest.In(2, 3, 1), Says: "is wanted, got"},
	layertest.Case{Type: "zero_padding2d", In: layertest.In(2, 3), Says: "[height, width, channels], got [2, 3]"},
)
