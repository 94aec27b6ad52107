package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{
		Type: "spectral_normalization", Body: "power_iterations = 2\nlayer \"dense\" \"d\" {\n  units = 3\n}", In: layertest.In(4), Out: shape.Shape{3},
		Changes: true, Steps: []string{"d/kernel"},
	},
	layertest.Case{
		Type: "spectral_normalization", Name: "conv2d", Body: "layer \"conv2d\" \"c\" {\n  filters = 3\n  kernel_size = 2\n  data_format = \"channels_first\"\n}",
		In: layertest.In(2, 3, 4), Out: shape.Shape{3, 2, 3}, Changes: true, Steps: []string{"c/kernel"},
	},
	layertest.Case{
		Type: "spectral_normalization", Name: "embedding", Body: "layer \"embedding\" \"e\" {\n  input_dim = 4\n  output_dim = 3\n}",
		In: layertest.Ints(5), Out: shape.Shape{5, 3}, Changes: true, Steps: []string{"e/embeddings"},
	},
	layertest.Case{Type: "spectral_normalization", Body: "layer \"flatten\" \"f\" {}", In: layertest.In(5, 3), Says: "neither a kernel nor embeddings"},
	layertest.Case{Type: "spectral_normalization", Body: "layer \"add\" \"a\" {}\nlayer \"add\" \"b\" {}", In: layertest.In(5, 3), Says: "holds one layer"},
)
