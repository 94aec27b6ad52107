package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var positive = map[string][2]float64{"moving_variance": {0.5, 2}}

var deviations = map[string][2]float64{"moving_variance": {0.5, 2}, "moving_stddev": {0.7, 1.4}, "renorm_stddev": {0.7, 1.4}}

var _ = layertest.Add(
	layertest.Case{Type: "batch_normalization", In: layertest.In(5), Out: shape.Shape{5}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Name: "image", Body: "momentum = 0.5\nepsilon = 0.01", In: layertest.In(3, 2, 4), Out: shape.Shape{3, 2, 4}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "axis = 1\nscale = false", In: layertest.In(3, 4), Out: shape.Shape{3, 4}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "axis = -2\ncenter = false", In: layertest.In(3, 4), Out: shape.Shape{3, 4}, Changes: true, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "training = false", In: layertest.In(4), Out: shape.Shape{4}, Weights: positive},
	layertest.Case{Type: "batch_normalization", Body: "axis = 3", In: layertest.In(3, 4), Arg: "axis", Says: "axis 3 does not exist"},
	layertest.Case{Type: "batch_normalization", Body: "axis = 0", In: layertest.In(3, 4), Arg: "axis", Says: "batch axis"},
	layertest.Case{Type: "batch_normalization", Name: "renorm", Body: "renorm = true", In: layertest.In(4), Out: shape.Shape{4}, NoGrad: []int{0}, Changes: true, Weights: deviations},
	layertest.Case{
		Type: "batch_normalization", Name: "renorm_clipped", Body: "renorm = true\nrenorm_clipping = { rmin = 0.9, rmax = 1.1, dmax = 0.2 }\nrenorm_momentum = 0.5\naxis = 1\nscale = false",
		In: layertest.In(3, 4), Out: shape.Shape{3, 4}, NoGrad: []int{0}, Changes: true, Weights: deviations,
	},
	layertest.Case{Type: "batch_normalization", Body: "renorm = true\nrenorm_clipping = { rmin = 2, rmax = 1 }", In: layertest.In(4), Says: "less than rmin"},
	layertest.Case{Type: "batch_normalization", Body: "renorm = true\nrenorm_clipping = { max = 2 }", In: layertest.In(4), Says: "no bound"},
	layertest.Case{
		Type: "batch_normalization", Name: "mask", In: layertest.In(4, 2), Out: shape.Shape{4, 2}, Changes: true, Weights: positive,
		Mask: []float64{1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1}, Masks: true,
	},
	layertest.Case{
		Type: "batch_normalization", Name: "mask_renorm", Body: "renorm = true\ncenter = false", In: layertest.In(4, 2), Out: shape.Shape{4, 2}, NoGrad: []int{0}, Changes: true, Weights: deviations,
		Mask: []float64{1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1}, Masks: true,
	},
	layertest.Case{Type: "batch_normalization", In: layertest.Ints(4), Says: "integers"},
	layertest.Case{Type: "batch_normalization", In: layertest.In(), Arg: "axis", Says: "axis"},
)
