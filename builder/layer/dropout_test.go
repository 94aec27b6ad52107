package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "dropout", Body: "rate = 0.5", In: layertest.In(5, 3), Out: shape.Shape{5, 3}},
	layertest.Case{Type: "dropout", Body: "rate = 0", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "dropout", Body: "rate = 0.3\nnoise_shape = [null, 1, 4]\nseed = 3", In: layertest.In(5, 4), Out: shape.Shape{5, 4}},
	layertest.Case{Type: "dropout", Body: "rate = 0.3\ntraining = true", In: layertest.In(6), Out: shape.Shape{6}},
	layertest.Case{Type: "dropout", Body: "rate = 1.5", In: layertest.In(6), Says: "At most 1"},
	layertest.Case{Type: "dropout", Body: "rate = 0.5\nnoise_shape = [null, 2]", In: layertest.In(6), Arg: "noise_shape", Says: "axis 1 of noise_shape is 2"},
	layertest.Case{Type: "dropout", Body: "rate = 0.5\nnoise_shape = [7, 6]", In: layertest.In(6), Arg: "noise_shape", Says: "the batch"},
	layertest.Case{Type: "dropout", Body: "rate = 0.5\nnoise_shape = [6]", In: layertest.In(6), Arg: "noise_shape", Says: "has 1 axes"},
	layertest.Case{Type: "dropout", Body: "rate = 0.5", In: layertest.Ints(6), Says: "integers"},
)
