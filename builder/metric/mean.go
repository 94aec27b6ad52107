package metric

import "github.com/dlrun/dlrun/dsl/schema"

// mean is embedded by metrics that are the mean of a value for each example, after
// keras/src/metrics/reduction_metrics.py: the sum of weight times value over the sum of weights. Of an
// example with several values it takes their mean.
type mean struct{ named }

// Slots are the sum and the count.
func (mean) Slots() int { return 2 }

// Result is the mean, 0 of nothing.
func (mean) Result(acc []float64) float64 { return ratio(acc[0], acc[1]) }

// ratio is a/b, 0 where b is 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// add adds the values of a batch: value(i) is the i-th of n, those of one example side by side.
func (mean) add(acc []float64, batch, n int, weights []float32, value func(i int) float64) {
	if batch == 0 || n == 0 {
		return
	}
	count := groups(batch, weights)
	per := n / count
	for b := range count {
		sum, w := 0.0, 1.0
		for i := b * per; i < (b+1)*per; i++ {
			sum += float64(value(i))
		}
		if weights != nil {
			w = float64(weights[b])
		}
		acc[0] += float64(w * (sum / float64(per)))
		acc[1] += w
	}
}

// groups is how many parts of a batch have a weight of their own: its examples, or with a mask the
// steps of each.
func groups(batch int, weights []float32) int {
	if weights != nil {
		return len(weights)
	}
	return batch
}

// MeanSlots is how many accumulators AddMean takes.
const MeanSlots = 2

// AddMean adds values that something else computed, [batch] or [batch, ...], to a mean, as Keras'
// MeanMetricWrapper does.
func AddMean(acc []float64, values Values, weights []float32) {
	n := len(values.F) + len(values.I)
	if len(values.Shape) == 0 { // one value for the batch, of which the mean over the batches is taken
		acc[0] += values.At(0)
		acc[1]++
		return
	}
	mean{}.add(acc, values.Shape[0], n, weights, values.At)
}

// MeanResult is the mean of what was added.
func MeanResult(acc []float64) float64 { return mean{}.Result(acc) }

// named is embedded by every metric: the argument name.
type named struct{ name string }

func (n *named) bind(b *schema.Block) {
	b.String(&n.name, "name", "What the metric is called in the logs; by default its own name.", schema.Optional())
}

// bindAs is bind for a metric that Keras calls otherwise in its logs than in its class.
func (n *named) bindAs(b *schema.Block, logs string) {
	b.String(&n.name, "name", "What the metric is called in the logs.", schema.Default(logs))
}

// LogName is the argument name, or what Keras calls the metric, or "".
func (n *named) LogName() string { return n.name }
