package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

const (
	oneCell   = "layer \"lstm_cell\" \"c\" {\n  units = 3\n}\n"
	twoCells  = oneCell + "layer \"gru_cell\" \"d\" {\n  units = 2\n}\n"
	heldCells = "layer \"stacked_rnn_cells\" \"s\" {\n" + twoCells + "}\n"
)

var _ = layertest.Add(
	layertest.Case{Type: "rnn", Body: oneCell, In: layertest.In(4, 2), Out: shape.Shape{3}},
	layertest.Case{Type: "rnn", Body: "layer \"simple_rnn_cell\" \"c\" {\n  units = 3\n}\nreturn_sequences = true", In: layertest.In(4, 2), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "rnn", Body: twoCells, In: layertest.In(4, 3), Out: shape.Shape{2}},
	layertest.Case{Type: "rnn", Body: twoCells + "return_sequences = true\ngo_backwards = true", In: layertest.In(4, 3), Out: shape.Shape{4, 2}},
	layertest.Case{
		Type: "rnn", Name: "everything", Body: heldCells + "return_sequences = true\nreturn_state = true\nzero_output_for_mask = true", In: layertest.In(4, 3), Out: shape.Shape{4, 2},
		More: []shape.Shape{{3}, {3}, {2}}, Mask: mask, Masks: true, Tensors: states("initial_state", 3, 3, 2),
	},
	layertest.Case{Type: "rnn", Body: "layer \"dense\" \"c\" {\n  units = 3\n}\n", In: layertest.In(4, 2), Says: "not a cell"},
	layertest.Case{Type: "rnn", Body: oneCell + oneCell, In: layertest.In(4, 2), Says: "two cells"},
	layertest.Case{Type: "stacked_rnn_cells", Body: twoCells, In: layertest.In(2), Out: shape.Shape{2}, More: []shape.Shape{{3}, {3}, {2}}},
	layertest.Case{
		Type: "stacked_rnn_cells", Name: "states", Body: oneCell, In: layertest.In(2), Out: shape.Shape{3}, More: []shape.Shape{{3}, {3}}, Tensors: states("states", 3, 3),
	},
	layertest.Case{Type: "stacked_rnn_cells", Body: oneCell, In: layertest.In(4, 2), Says: "[features]"},
	layertest.Case{Type: "stacked_rnn_cells", Body: "layer \"lstm\" \"c\" {\n  units = 3\n}\n", In: layertest.In(2), Says: "not a cell"},
)
