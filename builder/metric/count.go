package metric

import "github.com/dlrun/dlrun/dsl/schema"

// count is embedded by the metrics that are one of the four counts of a confusion matrix.
type count struct{ confusion }

func (c *count) bind(b *schema.Block) {
	b.OptFloat(&c.threshold, "thresholds", "Above it a prediction counts as positive: 0.5 when left out.", schema.AtLeast(0), schema.AtMost(1))
	c.named.bind(b)
}

// Slots are true positives, false positives, false negatives and true negatives.
func (c *count) Slots() int { return 4 }
