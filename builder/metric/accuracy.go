package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("accuracy", func() Metric { return new(accuracy) }, "acc")

// accuracy is the accuracy that the shapes call for, as keras/src/trainers/compile_utils.py:
// get_metric.
type accuracy struct{ mean }

func (m *accuracy) Schema(b *schema.Block) {
	b.Doc("Share of right predictions: binary_accuracy, categorical_accuracy or sparse_categorical_accuracy, whichever the shapes of target and output call for.", "keras.Model.compile",
		"An output of one number is binary; a target with one number where the output has several is sparse; else it is categorical.")
	m.bind(b)
}

// Rises says that more is better.
func (m *accuracy) Rises() {}

// of chooses by the shapes, with or without the batch axis.
func (m *accuracy) of(target, output []int) Metric {
	switch {
	case len(output) == 0 || output[len(output)-1] == 1:
		return &binaryAccuracy{threshold: 0.5}
	case len(target) < len(output) || len(target) > 0 && target[len(target)-1] == 1:
		return new(sparseCategoricalAccuracy)
	}
	return new(categoricalAccuracy)
}

// Target is that of the metric chosen.
func (m *accuracy) Target(target, output shape.Spec) (shape.Spec, error) {
	if !target.Known || !output.Known {
		return target, nil
	}
	return m.of(target.Shape, output.Shape).Target(target, output)
}

// Update counts with the metric chosen.
func (m *accuracy) Update(acc []float64, y, output Values, weights []float32) {
	m.of(y.Shape[1:], output.Shape[1:]).Update(acc, y, output, weights)
}

// Thresholds implements Thresholding.
func (m *accuracy) Thresholds(target, output shape.Spec) bool {
	_, binary := m.of(target.Shape, output.Shape).(*binaryAccuracy)
	return binary
}
