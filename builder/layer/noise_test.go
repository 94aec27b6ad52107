package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "spatial_dropout1d", Body: "rate = 0.5", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "spatial_dropout1d", Body: "rate = 0", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "spatial_dropout1d", Body: "rate = 0.5", In: layertest.In(4), Says: "[steps, channels]"},
	layertest.Case{Type: "spatial_dropout1d", Body: "rate = 1.5", In: layertest.In(4, 3), Says: "at most 1"},
	layertest.Case{Type: "spatial_dropout2d", Body: "rate = 0.4\nseed = 7", In: layertest.In(3, 2, 4), Out: shape.Shape{3, 2, 4}},
	layertest.Case{Type: "spatial_dropout3d", Body: "rate = 0.4\ntraining = true", In: layertest.In(2, 1, 2, 4), Out: shape.Shape{2, 1, 2, 4}},

	layertest.Case{Type: "gaussian_noise", Body: "stddev = 0.3", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "gaussian_noise", Body: "stddev = 0.3\nseed = 5\ntraining = true", In: layertest.In(4), Out: shape.Shape{4}},
	layertest.Case{Type: "gaussian_noise", Body: "stddev = 0", In: layertest.In(4), Out: shape.Shape{4}},
	layertest.Case{Type: "gaussian_noise", Body: "stddev = 2", In: layertest.In(4), Says: "at most 1"},
	layertest.Case{Type: "gaussian_noise", Body: "stddev = 1", In: layertest.Ints(4), Says: "integers"},

	layertest.Case{Type: "gaussian_dropout", Body: "rate = 0.3", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "gaussian_dropout", Body: "rate = 0.3\nseed = 5", In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "gaussian_dropout", Body: "rate = 1", In: layertest.In(4, 3), Says: "below 1"},

	layertest.Case{Type: "alpha_dropout", Body: "rate = 0.3", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "alpha_dropout", Body: "rate = 0.5\nnoise_shape = [null, 1, 3]\nseed = 1", In: layertest.In(4, 3), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "alpha_dropout", Body: "rate = 0.5\nnoise_shape = [null, 3]", In: layertest.In(4, 3), Arg: "noise_shape", Says: "has 2 axes"},
)
