package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "rescaling", Body: "scale = 0.5\noffset = -1", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "rescaling", Body: "scale = [0.5, 2, -1]", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "rescaling", Body: "scale = 2\noffset = [1, 2]", In: layertest.In(2), Out: shape.Shape{2}},
	layertest.Case{Type: "rescaling", Body: "scale = 0.25", In: layertest.Ints(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "rescaling", Body: "scale = [1, 2]", In: layertest.In(2, 3), Says: "scale has 2 numbers", Arg: "scale"},
	layertest.Case{Type: "rescaling", Body: "scale = 1\noffset = []", In: layertest.In(3), Says: "offset has 0 numbers", Arg: "offset"},
	layertest.Case{Type: "rescaling", Body: `scale = "big"`, In: layertest.In(3), Says: "list of numbers is wanted"},
)
