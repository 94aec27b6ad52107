package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "time_distributed", Body: held("dense", "units = 3"), In: layertest.In(4, 2), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "time_distributed", Name: "masked", Body: held("dense", "units = 3"), In: layertest.In(4, 2), Out: shape.Shape{4, 3}, Mask: mask, Masks: true},
	layertest.Case{Type: "time_distributed", Body: held("conv2d", "filters = 2\nkernel_size = 2"), In: layertest.In(3, 4, 3, 2), Out: shape.Shape{3, 3, 2, 2}},
	layertest.Case{Type: "time_distributed", Body: held("lstm", "units = 2"), In: layertest.In(2, 3, 2), Out: shape.Shape{2, 2}},
	layertest.Case{Type: "time_distributed", Body: held("time_distributed", held("dense", "units = 3")), In: layertest.In(2, 3, 2), Out: shape.Shape{2, 3, 3}},
	layertest.Case{
		Type: "time_distributed", Body: held("batch_normalization", "momentum = 0.5"), In: layertest.In(3, 2), Out: shape.Shape{3, 2}, Changes: true,
		Weights: map[string][2]float64{"batch_normalization/moving_variance": {0.5, 2}},
	},
	layertest.Case{Type: "time_distributed", Body: held("dropout", "rate = 0.5\nnoise_shape = [null, 1]"), In: layertest.In(3, 2), Out: shape.Shape{3, 2}},
	layertest.Case{Type: "time_distributed", Body: held("dense", "units = 3") + held("dense", "units = 3"), In: layertest.In(4, 2), Says: "one layer"},
	layertest.Case{Type: "time_distributed", Body: held("subtract", ""), In: layertest.In(4, 2), Says: "takes 2 inputs"},
	layertest.Case{Type: "time_distributed", Body: held("lstm", "units = 3\nreturn_state = true"), In: layertest.In(2, 4, 2), Says: "3 outputs"},
	layertest.Case{Type: "time_distributed", Body: held("dense", "units = 3"), In: layertest.In(4), Says: "two axes"},
	layertest.Case{Type: "time_distributed", Body: held("lstm", "units = 3"), In: layertest.In(4, 2), Says: "the layer inside"},
)
