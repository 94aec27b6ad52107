package constraint

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("min_max_norm", func() Constraint { return new(minMaxNorm) })

// minMaxNorm brings norms into a range, at once or by and by.
type minMaxNorm struct {
	minValue, maxValue, rate float64
	norms
}

func (c *minMaxNorm) Schema(b *schema.Block) {
	b.Doc("Scales norms into a range.", "keras.constraints.MinMaxNorm")
	b.Float(&c.minValue, "min_value", "Least norm.", schema.Default(0.0))
	b.Float(&c.maxValue, "max_value", "Largest norm.", schema.Default(1.0))
	b.Float(&c.rate, "rate", "How much of the way is gone at each step; 1 is all of it.", schema.Default(1.0))
	c.bind(b)
}

// Build returns a node that scales w in place.
func (c *minMaxNorm) Build(g *op.Graph, w *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	axes, err := c.axes(len(w.Shape()))
	if err != nil {
		return g.Fail(err)
	}
	return g.Apply(op.NormLimit{Min: c.minValue, Max: c.maxValue, Rate: c.rate, Axes: axes}, w)
}
