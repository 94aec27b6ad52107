package layer_test

import "github.com/dlrun/dlrun/builder/layer/layertest"

var _ = layertest.Add(append(recurrentCases("simple_rnn", "simple_rnn_cell", []int{3}), cellCases("simple_rnn_cell", 1)...)...)
