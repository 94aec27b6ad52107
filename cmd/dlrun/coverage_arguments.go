package main

import (
	"fmt"
	"strings"
)

// uncovered are the arguments of Keras' layers that are not here, and why; every other one is.
var uncovered = []struct{ layers, arguments, why string }{
	{"all", "name, dtype", "the block's label; `precision` of the train block"},
	{"dense, einsum_dense, embedding", "quantization_config, gptq_unpacked_column_size", "quantization is not there"},
	{"embedding, bidirectional", "weights", "`initial_weights`"},
	{"multi_head_attention, attention, additive_attention", "return_attention_scores (of the call)", "the matrix of scores is never held; in a lambda, ops::softmax(ops::matmul(q, ops::swapaxes(k, 1, 2))) makes one"},
	{"lambda", "output_shape, arguments", "shapes are inferred; an expression names what it needs"},
	{"bidirectional, time_distributed, spectral_normalization, rnn, stacked_rnn_cells", "layer, backward_layer, cell, cells", "the layers written inside"},
}

// coverageArguments is the part of the page about arguments.
func coverageArguments() string {
	var b strings.Builder
	b.WriteString("\n## Arguments of layers that are not there\n\nAll others have Keras' names and defaults.\n\n| layers | arguments | |\n| --- | --- | --- |\n")
	for _, u := range uncovered {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", quoted(u.layers), quoted(u.arguments), u.why)
	}
	return b.String()
}

// quoted puts each name of a list into quotes of code.
func quoted(list string) string {
	if list == "all" {
		return list
	}
	return "`" + strings.ReplaceAll(list, ", ", "`, `") + "`"
}
