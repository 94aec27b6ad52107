package metric

import (
	"math"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("fbeta_score", func() Metric { return new(fBetaScore) }, "f_beta_score")

// fBetaScore is (1+β²)·precision·recall / (β²·precision + recall), after
// keras/src/metrics/f_score_metrics.py. For each class, or for all together, it counts true
// positives, false positives, false negatives and the weight of the positive targets.
type fBetaScore struct {
	named
	average   string
	beta      float64
	threshold *float64

	classes int // of the output
}

func (m *fBetaScore) Schema(b *schema.Block) {
	b.Doc("Mean of precision and recall in which recall weighs beta times as much.", "keras.metrics.FBetaScore")
	m.bindAverage(b)
	b.Float(&m.beta, "beta", "How many times as much recall weighs as precision.", schema.Default(1.0), schema.Above(0))
	m.bindRest(b)
}

func (m *fBetaScore) bindAverage(b *schema.Block) {
	b.Enum(&m.average, "average", "How the classes become one number: \"micro\" counts all together, \"macro\" takes the mean of the classes' scores, \"weighted\" weighs them by their targets. "+
		"Needed where there are several classes.", []string{"micro", "macro", "weighted"}, schema.Optional())
}

func (m *fBetaScore) bindRest(b *schema.Block) {
	b.OptFloat(&m.threshold, "threshold", "Above it a prediction counts as positive; when left out the largest of each row does.", schema.Above(0), schema.AtMost(1))
	m.named.bind(b)
}

// Rises says that more is better.
func (m *fBetaScore) Rises() {}

// Target has a number for each class.
func (m *fBetaScore) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known {
		if len(output.Shape) != 1 {
			return target, schema.Atf("average", "the score is for outputs of shape [classes]")
		}
		if m.classes = output.Shape[0]; m.classes > 1 && m.average == "" {
			return target, schema.Atf("average", "with %d classes there are as many scores: say how they become one number, average = \"macro\", \"micro\" or \"weighted\"", m.classes)
		}
	}
	return elementwise(target, output)
}

// Slots are four counts for each class, or for all.
func (m *fBetaScore) Slots() int {
	if m.average == "micro" {
		return 4
	}
	return 4 * max(1, m.classes)
}

// Update counts.
func (m *fBetaScore) Update(acc []float64, y, output Values, weights []float32) {
	if len(output.F) == 0 {
		return
	}
	per := len(output.F) / groups(output.Shape[0], weights)
	r := rowsOf(output)
	for row := range r.count {
		values := output.F[row*r.n : (row+1)*r.n]
		top := values[output.largest(row*r.n, r.n)]
		for k, p := range values {
			i := row*r.n + k
			positive := p >= top && math.Abs(float64(p)) > 1e-9
			if m.threshold != nil {
				positive = p > float32(*m.threshold)
			}
			t, w := y.At(i), 1.0
			if weights != nil {
				w = float64(weights[i/per])
			}
			at := acc
			if m.average != "micro" {
				at = acc[4*k:]
			}
			if positive {
				at[0] += float64(w * t)
				at[1] += float64(w * (1 - t))
			} else {
				at[2] += float64(w * t)
			}
			at[3] += float64(w * t)
		}
	}
}

// Result is the score.
func (m *fBetaScore) Result(acc []float64) float64 {
	sum, weights, b2 := 0.0, 0.0, float64(m.beta*m.beta)
	for c := range len(acc) / 4 {
		a := acc[4*c:]
		precision, recall := a[0]/(a[0]+a[1]+epsilon), a[0]/(a[0]+a[2]+epsilon)
		score := (1 + b2) * (precision * recall / (float64(b2*precision) + recall + epsilon))
		w := 1.0
		if m.average == "weighted" {
			w = a[3]
		}
		sum += float64(w * score)
		weights += w
	}
	return ratio(sum, weights)
}
