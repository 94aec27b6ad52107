package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "activation", Body: `activation = "tanh"`, In: layertest.In(5), Out: shape.Shape{5}},
	layertest.Case{Type: "activation", Body: "activation \"leaky_relu\" {\n  negative_slope = 0.1\n}", In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "activation", Body: `activation = "softmax"`, In: layertest.In(2, 3), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "activation", Body: `activation = "glu"`, In: layertest.In(2, 6), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "activation", Body: `activation = "linear"`, In: layertest.In(4), Out: shape.Shape{4}},
	layertest.Case{Type: "activation", Body: "", In: layertest.In(4), Says: "needs the argument"},
	layertest.Case{Type: "activation", Body: `activation = "glu"`, In: layertest.In(5), Says: "odd", Arg: "activation"},
	layertest.Case{Type: "activation", Body: `activation = "softmax"`, In: layertest.In(), Says: "batch axis", Arg: "activation"},
	layertest.Case{Type: "activation", Body: `activation = "relu"`, In: layertest.Ints(4), Says: "holds integers"},
)
