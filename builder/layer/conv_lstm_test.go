package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "conv_lstm1d", Body: "filters = 2\nkernel_size = 2", In: layertest.In(3, 4, 2), Out: shape.Shape{3, 2}},
	layertest.Case{
		Type: "conv_lstm1d", Name: "sequences", Body: "filters = 2\nkernel_size = 3\npadding = \"same\"\nreturn_sequences = true\nreturn_state = true\ngo_backwards = true",
		In: layertest.In(2, 4, 1), Out: shape.Shape{2, 4, 2}, More: []shape.Shape{{4, 2}, {4, 2}},
		Mask: []float64{1, 1, 0, 1, 0, 0}, Masks: true,
	},
	layertest.Case{
		Type: "conv_lstm2d", Body: "filters = 2\nkernel_size = [2, 3]\nstrides = [1, 2]\npadding = \"same\"\nunroll = true",
		In: layertest.In(2, 3, 4, 2), Out: shape.Shape{3, 2, 2},
	},
	layertest.Case{
		Type: "conv_lstm2d", Name: "first", Body: "filters = 2\nkernel_size = 2\nreturn_sequences = true\nreturn_state = true\nuse_bias = false" + first,
		In: layertest.In(2, 1, 3, 4), Out: shape.Shape{2, 2, 2, 3}, More: []shape.Shape{{2, 2, 3}, {2, 2, 3}},
		Tensors: map[string][]shape.Spec{"initial_state": layertest.Ins(shape.Shape{2, 2, 3}, shape.Shape{2, 2, 3})},
	},
	layertest.Case{
		Type: "conv_lstm2d", Name: "dropout", Body: "filters = 1\nkernel_size = 2\ndropout = 0.4\nrecurrent_dropout = 0.3\nseed = 5",
		In: layertest.In(2, 3, 3, 2), Out: shape.Shape{2, 2, 1},
	},
	layertest.Case{
		Type: "conv_lstm2d", Name: "dropout_first", Body: "filters = 1\nkernel_size = 2\ndropout = 0.4" + first,
		In: layertest.In(2, 2, 3, 3), Out: shape.Shape{1, 2, 2},
	},
	layertest.Case{
		Type: "conv_lstm3d", Body: "filters = 2\nkernel_size = [2, 1, 2]\nreturn_sequences = true\nactivation = \"softsign\"\nrecurrent_activation = \"hard_sigmoid\"",
		In: layertest.In(2, 3, 2, 3, 1), Out: shape.Shape{2, 2, 2, 2, 2},
	},
	layertest.Case{
		Type: "conv_lstm3d", Name: "recurrent_dropout", Body: "filters = 1\nkernel_size = 2\nrecurrent_dropout = 0.5\npadding = \"same\"",
		In: layertest.In(2, 2, 2, 2, 1), Out: shape.Shape{2, 2, 2, 1},
	},
	layertest.Case{
		Type: "conv_lstm1d", Name: "stateful", Body: "filters = 2\nkernel_size = 2\nstateful = true" + first,
		In: layertest.In(2, 2, 4), Out: shape.Shape{2, 3},
	},
	layertest.Case{
		Type: "conv_lstm2d", Name: "gelu", Body: "filters = 2\nkernel_size = 2\nreturn_sequences = true\nreturn_state = true\ngo_backwards = true\nactivation = \"gelu\"\nrecurrent_activation = \"softmax\"" + first,
		In: layertest.In(2, 1, 3, 4), Out: shape.Shape{2, 2, 2, 3}, More: []shape.Shape{{2, 2, 3}, {2, 2, 3}},
		Tensors: map[string][]shape.Spec{"initial_state": layertest.Ins(shape.Shape{2, 2, 3}, shape.Shape{2, 2, 3})},
	},
	layertest.Case{
		Type: "conv_lstm1d", Name: "gelu_dropout", Body: "filters = 2\nkernel_size = 3\nrecurrent_dropout = 0.5\npadding = \"same\"\nactivation = \"gelu\"",
		In: layertest.In(2, 3, 1), Out: shape.Shape{3, 2}, Mask: []float64{1, 1, 0, 1, 0, 0},
	},
	layertest.Case{Type: "conv_lstm2d", Name: "rank", Body: "filters = 2\nkernel_size = 2", In: layertest.In(3, 4, 2), Says: "[time, height, width, channels], got"},
	layertest.Case{Type: "conv_lstm2d", Name: "rank_first", Body: "filters = 2\nkernel_size = 2" + first, In: layertest.In(3, 4, 2), Says: "[time, channels, height, width], got"},
	layertest.Case{Type: "conv_lstm1d", Name: "window", Body: "filters = 2\nkernel_size = 5", In: layertest.In(3, 4, 2), Arg: "kernel_size", Says: "larger than the input"},
	layertest.Case{Type: "conv_lstm1d", Name: "dilated", Body: "filters = 2\nkernel_size = 2\nstrides = 2\ndilation_rate = 2", In: layertest.In(3, 4, 2), Says: "one of them must be 1"},
	layertest.Case{Type: "conv_lstm1d", Name: "activation", Body: "filters = 2\nkernel_size = 2\nactivation = \"glu\"", In: layertest.In(3, 4, 2), Says: "keeps the number of units"},
)
