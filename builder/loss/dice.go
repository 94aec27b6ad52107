package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("dice", func() Loss { return new(dice) })

// dice is 1 - 2·Σ yp / (Σ y + Σ p + 1e-7).
type dice struct{ overlap }

func (l *dice) Schema(b *schema.Block) {
	b.Doc("How much of target and output does not overlap: 0 where they are the same, 1 where they have nothing in common.", "keras.losses.Dice")
	l.bind(b)
}

// Build returns the values without the axes.
func (l *dice) Build(g *op.Graph, y, output *op.Node) *op.Node {
	sum, y, output := l.sums(g, y, output)
	if g.Err() != nil {
		return nil
	}
	both := sum(g.Apply(op.Binary{Fn: "mul"}, y, output))
	return lacking(g, g.Apply(op.Scale(2), both), g.Apply(op.Binary{Fn: "add"}, sum(y), sum(output)))
}
