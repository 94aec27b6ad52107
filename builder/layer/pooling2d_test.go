package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _, _ = pooling("max_pooling2d"), pooling("average_pooling2d")

func pooling(name string) bool {
	return layertest.Add(
		layertest.Case{Type: name, In: layertest.In(5, 4, 3), Out: shape.Shape{2, 2, 3}},
		layertest.Case{Type: name, Name: "strides", Body: "pool_size = [3, 2]\nstrides = 1", In: layertest.In(5, 4, 2), Out: shape.Shape{3, 3, 2}},
		layertest.Case{Type: name, Name: "same", Body: "pool_size = 3\nstrides = [2, 1]\npadding = \"same\"", In: layertest.In(5, 4, 2), Out: shape.Shape{3, 4, 2}},
		layertest.Case{Type: name, Name: "too_large", Body: "pool_size = 3", In: layertest.In(2, 4, 2), Arg: "pool_size", Says: "3x3 is larger than the input [2, 4, 2]"},
		layertest.Case{Type: name, Name: "rank", In: layertest.In(4, 2), Says: "[height, width, channels]"},
	)
}
