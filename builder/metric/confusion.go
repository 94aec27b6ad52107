package metric

import (
	"math"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// confusion is embedded by metrics that count predictions above a threshold against targets that are
// not 0, after keras/src/metrics/metrics_utils.py: update_confusion_matrix_variables.
type confusion struct {
	named
	threshold *float64
	topK      *int
	classID   *int
}

func (c *confusion) bind(b *schema.Block) {
	b.OptFloat(&c.threshold, "thresholds", "Above it a prediction counts as positive: 0.5, or with top_k any.", schema.AtLeast(0), schema.AtMost(1))
	b.OptInt(&c.topK, "top_k", "Only the k largest classes of a prediction can count as positive.", schema.AtLeast(1))
	b.OptInt(&c.classID, "class_id", "The one class to look at.", schema.AtLeast(0))
	c.named.bind(b)
}

// Numbered says that Keras numbers the second one.
func (c *confusion) Numbered() {}

// Target has the output's shape, or differs from it by a last axis of size 1.
func (c *confusion) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known && (c.classID != nil || c.topK != nil) {
		arg := "class_id"
		if c.classID == nil {
			arg = "top_k"
		}
		n := shape.Unknown
		if len(output.Shape) > 0 {
			n = output.Shape[len(output.Shape)-1]
		} else {
			return target, schema.Atf(arg, "%s is for outputs with several classes", arg)
		}
		if c.classID != nil && n != shape.Unknown && *c.classID >= n {
			return target, schema.Atf("class_id", "there are %d classes, 0 to %d, so none is %d", n, n-1, *c.classID)
		}
	}
	return elementwise(target, output)
}

// Slots are true positives, false positives and false negatives.
func (c *confusion) Slots() int { return 3 }

// Update counts.
func (c *confusion) Update(acc []float64, y, output Values, weights []float32) {
	if len(output.F) == 0 {
		return
	}
	above := float32(math.Inf(-1))
	switch {
	case c.threshold != nil:
		above = float32(*c.threshold)
	case c.topK == nil:
		above = 0.5
	}
	per := len(output.F) / groups(output.Shape[0], weights)
	r := rows{len(output.F), 1}
	if len(output.Shape) > 1 {
		r = rowsOf(output)
	}
	for row := range r.count {
		for k := range r.n {
			if c.classID != nil && k != *c.classID {
				continue
			}
			i := row*r.n + k
			w := 1.0
			if weights != nil {
				w = float64(weights[i/per])
			}
			positive := output.F[i] > above && (c.topK == nil || among(output.F[row*r.n:(row+1)*r.n], k, *c.topK))
			switch truth := y.At(i) != 0; {
			case truth && positive:
				acc[0] += w
			case positive:
				acc[1] += w
			case truth:
				acc[2] += w
			case len(acc) > 3: // true negatives, of those who ask for them
				acc[3] += w
			}
		}
	}
}

// among tells whether element k is one of the n largest of a row, the first of equal ones before.
func among(row []float32, k, n int) bool {
	for i, p := range row {
		if p > row[k] || p == row[k] && i < k {
			n--
		}
	}
	return n > 0
}

// Thresholds implements Thresholding.
func (c *confusion) Thresholds(_, _ shape.Spec) bool { return c.topK == nil || c.threshold != nil }
