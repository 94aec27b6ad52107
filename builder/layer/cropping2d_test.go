package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "cropping2d", In: layertest.In(2, 3, 2), Out: shape.Shape{2, 3, 2}},
	layertest.Case{Type: "cropping2d", Body: "cropping = 1", In: layertest.In(4, 5, 2), Out: shape.Shape{2, 3, 2}},
	layertest.Case{Type: "cropping2d", Body: "cropping = [[1, 0], [0, 2]]", In: layertest.In(4, 5, 2), Out: shape.Shape{3, 3, 2}},
	layertest.Case{Type: "cropping2d", Body: "cropping = [1, 2]", In: layertest.In(4, 4, 2), Says: "leaves nothing of the width of 4 in [4, 4, 2]", Arg: "cropping"},
	layertest.Case{Type: "cropping2d", In: layertest.In(2), Says: "[height, width, channels], got [2]"},
)
