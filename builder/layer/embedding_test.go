package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "embedding", Body: "input_dim = 6\noutput_dim = 3", In: layertest.Ints(4), Below: 6, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "embedding", Name: "scalar", Body: "input_dim = 4\noutput_dim = 2", In: layertest.Ints(), Out: shape.Shape{2}},
	layertest.Case{Type: "embedding", Name: "floats", Body: "input_dim = 4\noutput_dim = 2", In: layertest.In(3), Range: [2]float64{0.1, 3.9}, NoGrad: []int{0}, Out: shape.Shape{3, 2}},
	layertest.Case{Type: "embedding", Body: "input_dim = 6\noutput_dim = 3\nmask_zero = true", In: layertest.Ints(4), Below: 6, Out: shape.Shape{4, 3}, Masks: true},
	layertest.Case{Type: "embedding", Name: "lora", Body: "input_dim = 6\noutput_dim = 3\nlora_rank = 2\nlora_alpha = 1", In: layertest.Ints(4), Below: 6, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "embedding", Body: "input_dim = 60000\noutput_dim = 60000", In: layertest.Ints(4), Arg: "input_dim", Says: "more than"},
	layertest.Case{Type: "embedding", Body: "input_dim = 0\noutput_dim = 3", In: layertest.Ints(4), Says: "At least 1"},
)
