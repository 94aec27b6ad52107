package metric

import (
	"math"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("r2_score", func() Metric { return new(r2Score) })

// r2Score is 1 - Σ(y-p)² / Σ(y-mean)², the coefficient of determination, after
// keras/src/metrics/regression_metrics.py. For each output it accumulates Σ wy, Σ wy², Σ w(y-p)² and
// Σ w, and at the end the number of targets.
type r2Score struct {
	named
	aggregation string
	regressors  int

	outputs int
}

func (m *r2Score) Schema(b *schema.Block) {
	b.Doc("Share of the targets' variance that the outputs explain.", "keras.metrics.R2Score",
		"Targets that are all the same have the score 0.")
	b.Enum(&m.aggregation, "class_aggregation", "How the scores of several outputs become one number: their mean, or weighted by the variance of the targets.",
		[]string{"uniform_average", "variance_weighted_average"}, schema.Default("uniform_average"))
	b.Int(&m.regressors, "num_regressors", "Number of regressors of the model, by which the score is adjusted; 0 for no adjustment.", schema.Default(0), schema.AtLeast(0))
	m.bind(b)
}

// Rises says that more is better.
func (m *r2Score) Rises() {}

// Target has the output's shape.
func (m *r2Score) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known {
		switch len(output.Shape) {
		case 0:
			m.outputs = 1
		case 1:
			m.outputs = output.Shape[0]
		default:
			return target, schema.Atf("class_aggregation", "the score is for outputs of shape [outputs]")
		}
	}
	return elementwise(target, output)
}

// Slots are four sums for each output, and a count.
func (m *r2Score) Slots() int { return 4*max(1, m.outputs) + 1 }

// Update adds up.
func (m *r2Score) Update(acc []float64, y, output Values, weights []float32) {
	if len(output.F) == 0 {
		return
	}
	n := (len(acc) - 1) / 4
	per := len(output.F) / groups(output.Shape[0], weights)
	for i, p := range output.F {
		t, w := y.At(i), 1.0
		if weights != nil {
			w = float64(weights[i/per])
		}
		d, a := t-float64(p), acc[4*(i%n):]
		a[0] += float64(w * t)
		a[1] += float64(w * t * t)
		a[2] += float64(w * d * d)
		a[3] += w
	}
	acc[len(acc)-1] += float64(len(output.F))
}

// Result is the score.
func (m *r2Score) Result(acc []float64) float64 {
	samples := acc[len(acc)-1]
	if samples == 0 {
		return 0
	}
	sum, weights := 0.0, 0.0
	for k := range (len(acc) - 1) / 4 {
		a := acc[4*k:]
		total := a[1] - float64(a[0]*(a[0]/a[3]))
		score := 1 - a[2]/total
		if math.IsInf(score, 0) {
			score = 0
		}
		w := 1.0
		if m.aggregation == "variance_weighted_average" {
			w = total
		}
		sum += float64(w * score)
		weights += w
	}
	score := sum / weights
	if p := float64(m.regressors); p != 0 && p < samples-1 {
		score = 1 - (1-score)*(samples-1)/(samples-p-1)
	}
	return score
}
