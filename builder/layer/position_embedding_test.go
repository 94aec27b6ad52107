package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 6", In: layertest.In(4, 3), NoGrad: []int{0}, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 4\ninitializer = \"zeros\"", In: layertest.In(4, 3), NoGrad: []int{0}, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 6\nstart_index = 2", In: layertest.In(2, 4, 3), NoGrad: []int{0}, Out: shape.Shape{2, 4, 3}},
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 3", In: layertest.In(4, 3), Arg: "sequence_length", Says: "4 steps"},
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 5\nstart_index = 2", In: layertest.In(4, 3), Arg: "sequence_length", Says: "from place 2"},
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 3", In: layertest.In(4), Says: "[time, features]"},
	layertest.Case{Type: "position_embedding", Body: "sequence_length = 3", In: layertest.Ints(3, 3), Says: "integers"},
)
