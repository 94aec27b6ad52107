package metric

import (
	"slices"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// intersection is embedded by the metrics of the intersection over the union, after
// keras/src/metrics/iou_metrics.py. Its accumulators are the confusion matrix, a row for each class of
// the targets. Classes beyond num_classes do not count. Weights count as whole numbers, as in Keras.
type intersection struct {
	named
	classes      int
	targets      []int // classes that are looked at; nil for all
	ignore       *int
	sparseTarget bool // targets are class numbers, not one number for each class
	sparseOutput bool
	threshold    *float64 // of binary_iou: outputs from there on are class 1
}

func (m *intersection) bindClasses(b *schema.Block) {
	b.Int(&m.classes, "num_classes", "Number of classes.", schema.AtLeast(1), schema.AtMost(1<<12))
}

func (m *intersection) bindTargets(b *schema.Block, opts ...schema.Option) {
	b.Ints(&m.targets, "target_class_ids", "The classes to look at; the metric is the mean of theirs.", append(opts, schema.AtLeast(0))...)
}

// bindRest binds the other arguments; sparse tells what targets and outputs are, where the metric has
// no argument for it. logs is what Keras calls the metric in its logs.
func (m *intersection) bindRest(b *schema.Block, oneHot bool, logs string) {
	b.OptInt(&m.ignore, "ignore_class", "Targets of this class do not count.")
	m.sparseTarget = !oneHot
	if !oneHot {
		b.Bool(&m.sparseTarget, "sparse_y_true", "Whether targets are class numbers, instead of one number for each class.", schema.Default(true))
	}
	b.Bool(&m.sparseOutput, "sparse_y_pred", "Whether outputs are class numbers, instead of one number for each class.", schema.Default(!oneHot))
	var axis int
	b.Int(&axis, "axis", "Axis of the classes; the last is the only one.", schema.Default(-1), schema.AtLeast(-1), schema.AtMost(-1))
	m.named.bindAs(b, logs)
}

// Validate checks the classes.
func (m *intersection) Validate() error {
	if m.targets != nil && len(m.targets) == 0 {
		return schema.Atf("target_class_ids", "at least one class is wanted")
	}
	for _, t := range m.targets {
		if t >= m.classes {
			return schema.Atf("target_class_ids", "there are %d classes, 0 to %d, so none is %d", m.classes, m.classes-1, t)
		}
	}
	return nil
}

// Rises says that more is better.
func (m *intersection) Rises() {}

// Numbered says that Keras numbers the second one.
func (m *intersection) Numbered() {}

// Target is a class number or a number for each class, as the arguments say.
func (m *intersection) Target(target, output shape.Spec) (shape.Spec, error) {
	switch {
	case m.sparseTarget && m.sparseOutput:
		return elementwise(target, output)
	case m.sparseTarget:
		return labels(target, output)
	case m.sparseOutput: // the other way round
		if target.Known && output.Known && !shape.AreLabels(output.Shape, target.Shape) {
			return target, schema.Atf("sparse_y_pred", "with sparse_y_pred the output must be one class number where the target has a number for each class")
		}
		return target, nil
	}
	return distribution(target, output)
}

// Slots are the matrix.
func (m *intersection) Slots() int { return m.classes * m.classes }

// class is the class of position i of a tensor whose rows have n numbers.
func (v Values) class(i, n int) int {
	if n > 1 {
		return v.largest(i*n, n)
	}
	return int(v.At(i))
}

// Update counts.
func (m *intersection) Update(acc []float64, y, output Values, weights []float32) {
	rows := func(v Values, sparse bool) int {
		if sparse {
			return 1
		}
		return v.Shape[len(v.Shape)-1]
	}
	ny, np := rows(y, m.sparseTarget), rows(output, m.sparseOutput)
	if np == 0 || len(output.F) == 0 {
		return
	}
	count := len(output.F) / np
	per := count / groups(output.Shape[0], weights)
	for i := range count {
		t, p := y.class(i, ny), output.class(i, np)
		if m.threshold != nil {
			if p = 0; output.F[i] >= float32(*m.threshold) {
				p = 1
			}
		}
		if t < 0 || t >= m.classes || p < 0 || p >= m.classes || m.ignore != nil && t == *m.ignore {
			continue
		}
		w := 1.0
		if weights != nil {
			w = float64(int(weights[i/per]))
		}
		acc[t*m.classes+p] += w
	}
}

// Result is the mean over the classes that occur.
func (m *intersection) Result(acc []float64) float64 {
	n := m.classes
	sum, valid := 0.0, 0.0
	for c := range n {
		if m.targets != nil && !slices.Contains(m.targets, c) {
			continue
		}
		union := -acc[c*n+c]
		for k := range n {
			union += acc[c*n+k] + acc[k*n+c]
		}
		if union > 1e-9 {
			sum += acc[c*n+c] / union
			valid++
		}
	}
	return ratio(sum, valid)
}
