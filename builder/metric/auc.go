package metric

import (
	"math"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("auc", func() Metric { return new(auc) })

// auc is the area under the ROC or precision-recall curve, approximated at thresholds, after
// keras/src/metrics/confusion_metrics.py: AUC.
//
// Its accumulators count, for each label, positive and then negative targets by how many thresholds
// are below their prediction.
type auc struct {
	named
	count      int
	curve      string
	summation  string
	thresholds []float64
	multiLabel bool
	numLabels  *int
	weights    []float64
	fromLogits bool

	labels int // of multi_label, from the output's shape
}

func (m *auc) Schema(b *schema.Block) {
	b.Doc("Area under the curve of true against false positives, or of precision against recall.", "keras.metrics.AUC")
	b.Int(&m.count, "num_thresholds", "Thresholds at which the curve is looked at.", schema.Default(200), schema.AtLeast(2), schema.AtMost(1<<20))
	b.Enum(&m.curve, "curve", "The curve.", []string{"ROC", "roc", "PR", "pr", "PRGAIN", "prgain"}, schema.Default("ROC"))
	b.Enum(&m.summation, "summation_method", "How the area between two thresholds is taken: interpolated, from below or from above.",
		[]string{"interpolation", "minoring", "majoring"}, schema.Default("interpolation"))
	b.Floats(&m.thresholds, "thresholds", "Thresholds between 0 and 1 in the place of evenly spaced ones.", schema.Optional(), schema.AtLeast(0), schema.AtMost(1))
	b.Bool(&m.multiLabel, "multi_label", "Whether to take the mean of the areas of each label, of an output [batch, labels], instead of one area for all.", schema.Default(false))
	b.OptInt(&m.numLabels, "num_labels", "How many labels there are; known from the output.", schema.AtLeast(1))
	b.Floats(&m.weights, "label_weights", "Weight of each label.", schema.Optional(), schema.AtLeast(0))
	b.Bool(&m.fromLogits, "from_logits", "Whether the output is logits, before a sigmoid, instead of probabilities.", schema.Default(false))
	m.bind(b)
}

// Validate checks what joins several arguments.
func (m *auc) Validate() error {
	if m.numLabels != nil && !m.multiLabel {
		return schema.Atf("num_labels", "num_labels is for multi_label = true")
	}
	if m.numLabels != nil && len(m.weights) > 0 && len(m.weights) != *m.numLabels {
		return schema.Atf("label_weights", "there are %d labels, so %d weights are wanted, got %d", *m.numLabels, *m.numLabels, len(m.weights))
	}
	return nil
}

// Rises says that more is better.
func (m *auc) Rises() {}

// Numbered says that Keras numbers the second one.
func (m *auc) Numbered() {}

// Target has the output's shape, or differs from it by a last axis of size 1.
func (m *auc) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known && (m.multiLabel || len(m.weights) > 0) {
		if len(output.Shape) != 1 {
			return target, schema.Atf("multi_label", "multi_label and label_weights are for outputs of shape [labels]")
		}
		if n := output.Shape[0]; n != shape.Unknown {
			if m.numLabels != nil && *m.numLabels != n {
				return target, schema.Atf("num_labels", "num_labels is %d, but the output has %d", *m.numLabels, n)
			}
			if len(m.weights) > 0 && len(m.weights) != n {
				return target, schema.Atf("label_weights", "the output has %d labels, so %d weights are wanted, got %d", n, n, len(m.weights))
			}
			m.labels = n
		}
	}
	return elementwise(target, output)
}

// sets is the number of areas.
func (m *auc) sets() int {
	if !m.multiLabel {
		return 1
	}
	return max(1, m.labels)
}

// inner are the thresholds between the first, which is just below 0, and the last, just above 1.
func (m *auc) inner() []float64 {
	if m.thresholds != nil {
		return slices.Sorted(slices.Values(m.thresholds))
	}
	out := make([]float64, m.count-2)
	for i := range out {
		out[i] = float64(i+1) / float64(m.count-1)
	}
	return out
}

// points is the number of thresholds, both ends included.
func (m *auc) points() int {
	if m.thresholds != nil {
		return len(m.thresholds) + 2
	}
	return m.count
}

// Slots are two histograms for each label.
func (m *auc) Slots() int { return m.sets() * 2 * (m.points() + 1) }

// even tells whether thresholds are evenly spaced, in which case Keras computes the bucket.
func even(inner []float64) bool {
	n := len(inner) + 2
	if n < 3 {
		return false
	}
	for i, t := range inner {
		want := float64(float32(i+1) / float32(n-1))
		if math.Abs(t-want) > 1e-7+1e-5*want {
			return false
		}
	}
	return true
}

// bucketOf returns a function that counts the thresholds below a prediction.
func (m *auc) bucketOf() func(p float32) int {
	inner := m.inner()
	n := m.points()
	if m.thresholds == nil || even(inner) {
		return func(p float32) int {
			if p != p {
				return 0
			}
			// The first threshold is below everything that lies between 0 and 1.
			return int(max(math.Ceil(float64(min(max(p, 0), 1)*float32(n-1)))-1, 0)) + 1
		}
	}
	all := []float32{float32(-1e-7)}
	for _, t := range inner {
		all = append(all, float32(t))
	}
	all = append(all, float32(1+1e-7))
	return func(p float32) int {
		k := 0
		for k < len(all) && p > all[k] {
			k++
		}
		return k
	}
}

// Update counts.
func (m *auc) Update(acc []float64, y, output Values, weights []float32) {
	if len(output.F) == 0 {
		return
	}
	per, bucket, size := len(output.F)/groups(output.Shape[0], weights), m.bucketOf(), m.points()+1
	for i, p := range output.F {
		if m.fromLogits {
			p = f32vec.Sigmoid(p)
		}
		w := 1.0
		if weights != nil {
			w = float64(weights[i/per])
		}
		set := 0
		switch {
		case m.multiLabel:
			set = i % per
		case len(m.weights) > 0:
			w *= m.weights[i%per]
		}
		at := set*2*size + bucket(p)
		if y.At(i) == 0 {
			at += size
		}
		acc[at] += w
	}
}

// Result is the area, or the mean of the labels' areas.
func (m *auc) Result(acc []float64) float64 {
	sum, weights := 0.0, 0.0
	for s := range m.sets() {
		w := 1.0
		if m.multiLabel && len(m.weights) > 0 {
			w = m.weights[s]
		}
		size := 2 * (m.points() + 1)
		sum += float64(w * m.area(acc[s*size:(s+1)*size]))
		weights += w
	}
	return ratio(sum, weights)
}

// counts are those at one threshold.
type counts struct{ tp, fp, tn, fn float64 }

// countsAt are the counts at each of n thresholds, of the histograms.
func countsAt(acc []float64, n int) []counts {
	all := make([]counts, n)
	pos, neg := 0.0, 0.0
	for b := n; b >= 0; b-- { // predictions in bucket b are above the thresholds 0 to b-1
		pos += acc[b]
		neg += acc[n+1+b]
		if b > 0 {
			all[b-1].tp, all[b-1].fp = pos, neg
		}
	}
	for i := range all {
		all[i].fn, all[i].tn = pos-all[i].tp, neg-all[i].fp
	}
	return all
}

func (m *auc) area(acc []float64) float64 {
	n := m.points()
	all := countsAt(acc, n)
	if strings.EqualFold(m.curve, "PR") && m.summation == "interpolation" {
		return interpolatedPR(all)
	}
	area := 0.0
	for i := 0; i+1 < n; i++ {
		x0, y0 := m.point(all[i])
		x1, y1 := m.point(all[i+1])
		height := (y0 + y1) / 2
		switch m.summation {
		case "minoring":
			height = min(y0, y1)
		case "majoring":
			height = max(y0, y1)
		}
		area += float64((x0 - x1) * height)
	}
	return area
}

// point is the curve at one threshold.
func (m *auc) point(c counts) (x, y float64) {
	recall := ratio(c.tp, c.tp+c.fn)
	switch strings.ToUpper(m.curve) {
	case "ROC":
		return ratio(c.fp, c.fp+c.tn), recall
	case "PR":
		return recall, ratio(c.tp, c.tp+c.fp)
	}
	// Precision and recall gain (Flach and Kull, 2015).
	if c.tp == 0 {
		return 0, 1
	}
	scale := ratio(c.tp+c.fn, c.tn+c.fp)
	return max(1-float64(scale*ratio(c.fn, c.tp)), 0), 1 - float64(scale*ratio(c.fp, c.tp))
}

// interpolatedPR is the area under the precision-recall curve with true positives taken as linear
// between thresholds (Davis and Goadrich, 2006).
func interpolatedPR(all []counts) float64 {
	area := 0.0
	for i := 0; i+1 < len(all); i++ {
		a, b := all[i], all[i+1]
		pa, pb := a.tp+a.fp, b.tp+b.fp
		dtp := a.tp - b.tp
		slope := ratio(dtp, max(pa-pb, 0))
		intercept := b.tp - float64(slope*pb)
		safe := 1.0
		if pa > 0 && pb > 0 {
			safe = pa / pb
		}
		area += ratio(float64(slope*(dtp+float64(intercept*f32vec.Log64(safe)))), max(b.tp+b.fn, 0))
	}
	return area
}

// Thresholds implements Thresholding.
func (m *auc) Thresholds(_, _ shape.Spec) bool { return !m.fromLogits }
