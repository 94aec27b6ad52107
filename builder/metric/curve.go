package metric

import (
	"math"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// curve is embedded by the metrics that look for the best point of a curve under a condition, after
// keras/src/metrics/confusion_metrics.py: SensitivitySpecificityBase. Its accumulators are
// auc's: histograms of positive and of negative targets by how many thresholds are below.
type curve struct {
	named
	value   float64 // the least that the other number must be
	count   int
	classID *int
}

func (c *curve) bind(b *schema.Block, name, help string) {
	b.Float(&c.value, name, help, schema.AtLeast(0), schema.AtMost(1))
	b.Int(&c.count, "num_thresholds", "Thresholds at which the curve is looked at; 1 is 0.5 alone.", schema.Default(200), schema.AtLeast(1), schema.AtMost(1<<20))
	b.OptInt(&c.classID, "class_id", "The one class to look at.", schema.AtLeast(0))
	c.named.bind(b)
}

// Rises says that more is better.
func (c *curve) Rises() {}

// Numbered says that Keras numbers the second one.
func (c *curve) Numbered() {}

// Target has the output's shape, or differs from it by a last axis of size 1.
func (c *curve) Target(target, output shape.Spec) (shape.Spec, error) {
	return (&confusion{classID: c.classID}).Target(target, output)
}

// Slots are two histograms.
func (c *curve) Slots() int { return 2 * (c.count + 1) }

// Update counts.
func (c *curve) Update(acc []float64, y, output Values, weights []float32) {
	if len(output.F) == 0 {
		return
	}
	per, size := len(output.F)/groups(output.Shape[0], weights), c.count+1
	n := 1
	if len(output.Shape) > 1 {
		n = output.Shape[len(output.Shape)-1]
	}
	for i, p := range output.F {
		if c.classID != nil && i%n != *c.classID {
			continue
		}
		w := 1.0
		if weights != nil {
			w = float64(weights[i/per])
		}
		at := c.below(p)
		if y.At(i) == 0 {
			at += size
		}
		acc[at] += w
	}
}

// below counts the thresholds that are less than a prediction: from 0 to 1 evenly, or 0.5 alone.
func (c *curve) below(p float32) int {
	switch {
	case p != p || p <= 0:
		return 0
	case c.count > 1:
		return int(math.Ceil(float64(min(p, 1) * float32(c.count-1))))
	case p > 0.5:
		return 1
	}
	return 0
}

// best is the largest of what dependent says among the points at which constrained says no less than
// the value; 0 where there is none. Both are compared in float32, as in Keras.
func (c *curve) best(acc []float64, constrained, dependent func(c counts) float64) float64 {
	best := 0.0
	for _, p := range countsAt(acc, c.count) {
		if float32(constrained(p)) >= float32(c.value) {
			best = max(best, dependent(p))
		}
	}
	return best
}

func recallOf(c counts) float64      { return ratio(c.tp, c.tp+c.fn) }
func precisionOf(c counts) float64   { return ratio(c.tp, c.tp+c.fp) }
func specificityOf(c counts) float64 { return ratio(c.tn, c.tn+c.fp) }

// Thresholds implements Thresholding.
func (c *curve) Thresholds(_, _ shape.Spec) bool { return true }
