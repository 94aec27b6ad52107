package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3\nmask_zero = true", In: layertest.Ints(4), Masks: true, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3", In: layertest.In(4, 3), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3\nreverse = true\nlogit_soft_cap = 0.7\nreverse_dtype = \"float32\"", In: layertest.In(3), Out: shape.Shape{5}},
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3\nreverse = false", In: layertest.In(4), Range: [2]float64{0, 4}, NoGrad: []int{0}, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3\nreverse = 1", In: layertest.In(4), Says: "true or false"},
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3", In: layertest.In(4, 2), Arg: "output_dim", Says: "length 3"},
	layertest.Case{Type: "reversible_embedding", Body: "input_dim = 5\noutput_dim = 3\nreverse = true", In: layertest.Ints(4, 3), Says: "integers"},
)
