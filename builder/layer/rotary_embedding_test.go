package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "rotary_embedding", In: layertest.In(5, 6), Out: shape.Shape{5, 6}},
	layertest.Case{Type: "rotary_embedding", Body: "max_wavelength = 100\nscaling_factor = 2\nstart_index = 3", In: layertest.In(5, 2, 4), Out: shape.Shape{5, 2, 4}},
	layertest.Case{Type: "rotary_embedding", Body: "rope_type = \"dynamic\"\nscaling_factor = 1.5\ndenominator_dim = 8", In: layertest.In(5, 4), Out: shape.Shape{5, 4}},
	layertest.Case{Type: "rotary_embedding", Body: "rope_type = \"yarn\"\nscaling_factor = 4\nbeta_fast = 8\nbeta_slow = 2\noriginal_max_position_embeddings = 64\ntruncate = false", In: layertest.In(5, 12), Out: shape.Shape{5, 12}},
	layertest.Case{Type: "rotary_embedding", Body: "sequence_axis = -1\nfeature_axis = 1", In: layertest.In(4, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "rotary_embedding", In: layertest.In(4, 5), Says: "even number"},
	layertest.Case{Type: "rotary_embedding", Body: "sequence_axis = 2", In: layertest.In(4, 6), Arg: "feature_axis", Says: "both axis 2"},
	layertest.Case{Type: "rotary_embedding", Body: "sequence_axis = 3", In: layertest.In(4, 6), Arg: "sequence_axis", Says: "axis 3"},
	layertest.Case{Type: "rotary_embedding", Body: "feature_axis = 0", In: layertest.In(4, 6), Arg: "feature_axis", Says: "axis"},
)
