package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _, _ = globalPooling("global_max_pooling2d"), globalPooling("global_average_pooling2d")

func globalPooling(name string) bool {
	return layertest.Add(
		layertest.Case{Type: name, In: layertest.In(3, 4, 5), Out: shape.Shape{5}},
		layertest.Case{Type: name, Body: `keepdims = true`, In: layertest.In(3, 4, 2), Out: shape.Shape{1, 1, 2}},
		layertest.Case{Type: name, Name: "rank", In: layertest.In(4), Says: "[height, width, channels], got [4]"},
	)
}
