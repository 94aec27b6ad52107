package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "dense", Body: `units = 4`, In: layertest.In(5), Out: shape.Shape{4}},
	layertest.Case{Type: "dense", Name: "relu", Body: "units = 4\nactivation = \"relu\"", In: layertest.In(2, 3), Out: shape.Shape{2, 4}},
	layertest.Case{Type: "dense", Name: "tanh", Body: "units = 3\nactivation = \"tanh\"\nuse_bias = false", In: layertest.In(2), Out: shape.Shape{3}},
	layertest.Case{Type: "dense", Name: "glu", Body: "units = 6\nactivation = \"glu\"", In: layertest.In(2), Out: shape.Shape{3}},
	layertest.Case{Type: "dense", Name: "slope", Body: "units = 3\nactivation \"relu\" {\nnegative_slope = 0.5\n}", In: layertest.In(4), Out: shape.Shape{3}},
	layertest.Case{Type: "dense", Name: "lora", Body: "units = 3\nlora_rank = 2\nlora_alpha = 5\nactivation = \"tanh\"", In: layertest.In(2, 4), Out: shape.Shape{2, 3}},
	layertest.Case{Type: "dense", Name: "lora_constraint", Body: "units = 3\nlora_rank = 2\nkernel_constraint = \"non_neg\"", In: layertest.In(4), Says: "lora_rank"},
	layertest.Case{Type: "dense", Name: "lora_alone", Body: "units = 3\nlora_alpha = 2", In: layertest.In(4), Says: "lora_rank"},
	layertest.Case{Type: "dense", Body: `units = 4`, In: layertest.In(), Says: "at least one axis"},
	layertest.Case{Type: "dense", Body: `units = 4`, In: layertest.Ints(3), Says: "integers"},
	layertest.Case{Type: "dense", Body: `units = 0`, In: layertest.In(3), Says: "At least 1"},
	layertest.Case{Type: "dense", Body: `units = 2000000000`, In: layertest.In(3), Arg: "units", Says: "more than"},
	layertest.Case{Type: "dense", Name: "odd_glu", Body: "units = 5\nactivation = \"glu\"", In: layertest.In(2), Arg: "activation", Says: "5"},
)
