package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

// held is a recurrent layer inside another one.
func held(kind, args string) string {
	return "layer \"" + kind + "\" \"" + kind + "\" {\n  " + args + "\n}\n"
}

var _ = layertest.Add(
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 3"), In: layertest.In(4, 2), Out: shape.Shape{6}},
	layertest.Case{Type: "bidirectional", Body: held("gru", "units = 2\nreturn_sequences = true") + "merge_mode = \"sum\"", In: layertest.In(4, 2), Out: shape.Shape{4, 2}},
	layertest.Case{Type: "bidirectional", Body: held("simple_rnn", "units = 2\nreturn_sequences = true") + "merge_mode = \"mul\"", In: layertest.In(4, 2), Out: shape.Shape{4, 2}},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2") + "merge_mode = \"ave\"", In: layertest.In(4, 2), Out: shape.Shape{2}},
	layertest.Case{
		Type: "bidirectional", Body: held("lstm", "units = 2\nreturn_sequences = true\nreturn_state = true") + "merge_mode = null", In: layertest.In(4, 3), Out: shape.Shape{4, 2},
		More: []shape.Shape{{4, 2}, {2}, {2}, {2}, {2}},
	},
	layertest.Case{
		Type: "bidirectional", Name: "everything", Body: held("lstm", "units = 2\nreturn_sequences = true\nreturn_state = true"), In: layertest.In(4, 3), Out: shape.Shape{4, 4},
		More: []shape.Shape{{2}, {2}, {2}, {2}}, Mask: mask, Masks: true, Tensors: states("initial_state", 2, 2, 2, 2),
	},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2") + held("gru", "units = 3\ngo_backwards = true"), In: layertest.In(4, 2), Out: shape.Shape{5}},
	layertest.Case{
		Type: "bidirectional", Name: "cells", Body: "layer \"rnn\" \"r\" {\n  return_sequences = true\n" + twoCells + "}\n", In: layertest.In(4, 2), Out: shape.Shape{4, 4},
	},
	layertest.Case{Type: "bidirectional", Name: "conv_lstm", Body: held("conv_lstm1d", "filters = 2\nkernel_size = 2\nreturn_sequences = true\nreturn_state = true"), In: layertest.In(3, 4, 1), Out: shape.Shape{3, 3, 4}, More: []shape.Shape{{3, 2}, {3, 2}, {3, 2}, {3, 2}}},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2\nactivity_regularizer = \"l2\""), In: layertest.In(4, 2), Out: shape.Shape{4}},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2\nactivity_regularizer = \"l2\"") + "merge_mode = \"sum\"", In: layertest.In(4, 2), Out: shape.Shape{2}},
	layertest.Case{Type: "bidirectional", Body: held("dense", "units = 2"), In: layertest.In(4, 2), Says: "not recurrent"},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2\ngo_backwards = true"), In: layertest.In(4, 2), Says: "reads forwards"},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2") + held("gru", "units = 2"), In: layertest.In(4, 2), Says: "go_backwards = true"},
	layertest.Case{
		Type: "bidirectional", Body: held("lstm", "units = 2") + held("gru", "units = 3\ngo_backwards = true") + "merge_mode = \"sum\"", In: layertest.In(4, 2), Says: "one size", Arg: "merge_mode",
	},
	layertest.Case{
		Type: "bidirectional", Body: held("lstm", "units = 2") + held("gru", "units = 2\ngo_backwards = true\nreturn_sequences = true"), In: layertest.In(4, 2), Says: "return_sequences",
	},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2") + "merge_mode = \"max\"", In: layertest.In(4, 2), Says: "one of"},
	layertest.Case{Type: "bidirectional", Body: held("lstm", "units = 2"), In: layertest.In(4), Says: "the layer inside"},
)
