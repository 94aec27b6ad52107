package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = []bool{pools("max"), pools("average")}

func pools(kind string) bool {
	one, three := kind+"_pooling1d", kind+"_pooling3d"
	return layertest.Add(
		layertest.Case{Type: one, In: layertest.In(5, 3), Out: shape.Shape{2, 3}},
		layertest.Case{Type: one, Name: "strides", Body: "pool_size = 3\nstrides = 1", In: layertest.In(5, 2), Out: shape.Shape{3, 2}},
		layertest.Case{Type: one, Name: "same", Body: "pool_size = 3\nstrides = 2\npadding = \"same\"", In: layertest.In(6, 2), Out: shape.Shape{3, 2}},
		layertest.Case{Type: one, Name: "too_large", Body: "pool_size = 3", In: layertest.In(2, 2), Arg: "pool_size", Says: "a window of 3 is larger than the input [2, 2]"},
		layertest.Case{Type: one, Name: "rank", In: layertest.In(4), Says: "[steps, channels]"},

		layertest.Case{Type: three, In: layertest.In(4, 5, 3, 2), Out: shape.Shape{2, 2, 1, 2}},
		layertest.Case{Type: three, Name: "strides", Body: "pool_size = [3, 1, 2]\nstrides = 1", In: layertest.In(4, 2, 3, 1), Out: shape.Shape{2, 2, 2, 1}},
		layertest.Case{Type: three, Name: "same", Body: "pool_size = 3\nstrides = [2, 1, 2]\npadding = \"same\"", In: layertest.In(4, 2, 3, 2), Out: shape.Shape{2, 2, 2, 2}},
		layertest.Case{Type: three, Name: "list", Body: "pool_size = [3, 2]", In: layertest.In(4, 2, 3, 1), Says: "a list of three is wanted"},
		layertest.Case{Type: three, Name: "too_large", Body: "pool_size = [1, 1, 3]", In: layertest.In(2, 2, 2, 1), Arg: "pool_size", Says: "1x1x3 is larger"},

		layertest.Case{Type: "global_" + one, In: layertest.In(4, 3), Out: shape.Shape{3}},
		layertest.Case{Type: "global_" + one, Name: "keepdims", Body: "keepdims = true", In: layertest.In(4, 3), Out: shape.Shape{1, 3}},
		layertest.Case{Type: "global_" + one, Name: "rank", In: layertest.In(4, 3, 2), Says: "[steps, channels]"},
		layertest.Case{Type: "global_" + three, In: layertest.In(2, 3, 2, 2), Out: shape.Shape{2}},
		layertest.Case{Type: "global_" + three, Name: "keepdims", Body: "keepdims = true", In: layertest.In(2, 3, 2, 2), Out: shape.Shape{1, 1, 1, 2}},
		layertest.Case{Type: "global_" + three, Name: "integers", In: layertest.Ints(2, 3, 2, 2), Says: "integers"},
	)
}
