package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = []bool{adapts("max"), adapts("average")}

func adapts(kind string) bool {
	one, two, three := "adaptive_"+kind+"_pooling1d", "adaptive_"+kind+"_pooling2d", "adaptive_"+kind+"_pooling3d"
	return layertest.Add(
		layertest.Case{Type: one, Body: "output_size = 3", In: layertest.In(6, 2), Out: shape.Shape{3, 2}},
		layertest.Case{Type: one, Body: "output_size = 5", In: layertest.In(8, 2), Out: shape.Shape{5, 2}},
		layertest.Case{Type: one, Body: "output_size = 5", In: layertest.In(3, 2), Out: shape.Shape{5, 2}},
		layertest.Case{Type: one, Body: "output_size = 5", In: layertest.In(3), Says: "[steps, channels]"},
		layertest.Case{Type: two, Body: "output_size = [2, 3]", In: layertest.In(5, 4, 2), Out: shape.Shape{2, 3, 2}},
		layertest.Case{Type: two, Body: "output_size = 1", In: layertest.In(3, 4, 2), Out: shape.Shape{1, 1, 2}},
		layertest.Case{Type: two, Body: "output_size = 0", In: layertest.In(3, 4, 2), Says: "at least 1"},
		layertest.Case{Type: three, Body: "output_size = [1, 2, 2]", In: layertest.In(2, 3, 4, 1), Out: shape.Shape{1, 2, 2, 1}},
		layertest.Case{Type: three, Body: "output_size = [1, 2]", In: layertest.In(2, 3, 4, 1), Says: "a list of three"},
	)
}
