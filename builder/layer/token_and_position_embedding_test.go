package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 5\nsequence_length = 4\nembedding_dim = 3", In: layertest.Ints(4), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 5\nsequence_length = 6\nembedding_dim = 3\nmask_zero = true\nstart_index = 1", In: layertest.Ints(2, 4), Masks: true, Out: shape.Shape{2, 4, 3}},
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 5\nsequence_length = 6\nembedding_dim = 3\nembeddings_initializer = \"random_normal\"", In: layertest.Ints(4), Out: shape.Shape{4, 3}},
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 5\nsequence_length = 3\nembedding_dim = 3", In: layertest.Ints(4), Arg: "sequence_length", Says: "4 steps"},
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 5\nsequence_length = 3\nembedding_dim = 3", In: layertest.Ints(), Says: "sequence of integers"},
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 100000\nsequence_length = 4\nembedding_dim = 100000", In: layertest.Ints(4), Arg: "vocabulary_size", Says: "more than"},
	layertest.Case{Type: "token_and_position_embedding", Body: "vocabulary_size = 5\nsequence_length = 4\nembedding_dim = 3\ntie_weights = false", In: layertest.Ints(4), Says: "reversible_embedding"},
)
