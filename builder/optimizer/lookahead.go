package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("lookahead", func() Optimizer { return new(lookahead) })

// lookahead keeps slow weights, which go a part of the way that another optimizer has gone in some
// steps, and from which that goes on (Zhang et al., 2019, arXiv:1907.08610). Its name and arguments are
// those of TensorFlow Addons.
type lookahead struct {
	inner Optimizer
	every int
	share float64
}

func (o *lookahead) Schema(b *schema.Block) {
	b.Doc("Lets another optimizer take some steps, then goes a part of that way back and starts again from there.", "tfa.optimizers.Lookahead",
		"Learning rate, weight decay and so on are arguments of the other optimizer.")
	schema.Choose(b, &o.inner, "optimizer", "The optimizer that takes the steps.", Registry)
	b.Int(&o.every, "sync_period", "How many steps it takes.", schema.Default(6), schema.AtLeast(1))
	b.Float(&o.share, "slow_step_size", "Part of the way that is kept.", schema.Default(0.5), schema.Above(0), schema.AtMost(1))
}

// Validate refuses one within another.
func (o *lookahead) Validate() error {
	switch o.inner.(type) {
	case *lookahead:
		return schema.Atf("optimizer", "lookahead cannot hold another lookahead")
	case *lossScale:
		return schema.Atf("optimizer", "loss_scale_optimizer holds lookahead, not the other way round")
	}
	return nil
}

// Common are the arguments of the other optimizer.
func (o *lookahead) Common() *Common { return o.inner.Common() }

// Slots are those of the other optimizer and the slow weights.
func (o *lookahead) Slots() []Slot { return append(o.inner.Slots(), Slot{Name: "slow"}) }

// Hyper adds whether this is the first step, and how far the slow weights go.
func (o *lookahead) Hyper(step int, rate float64) []float64 {
	first, share := 0.0, 0.0
	if step == 1 {
		first = 1
	}
	if step%o.every == 0 {
		share = o.share
	}
	return append(o.inner.Hyper(step, rate), first, share)
}

// Update remembers the weight at the first step, lets the other optimizer change it, and goes back.
func (o *lookahead) Update(g *op.Graph, p Param) *op.Node {
	if g.Err() != nil {
		return nil
	}
	n, slow := len(o.inner.Hyper(1, 0)), p.Slots[len(p.Slots)-1]
	inner := o.of(g, p, g.Apply(op.Remember{At: n}, p.W, slow, p.Hyper))
	return g.Apply(op.Lookahead{At: n + 1}, p.W, slow, p.Hyper, o.inner.Update(g, inner))
}

// of is what the other optimizer has of a weight.
func (o *lookahead) of(g *op.Graph, p Param, hyper *op.Node) Param {
	p.Slots = p.Slots[:len(p.Slots)-1]
	p.Hyper = g.Apply(op.SliceAxis(op.SpecOf(p.Hyper), 0, 0, len(o.inner.Hyper(1, 0))), hyper)
	return p
}

// Average moves the other optimizer's average.
func (o *lookahead) Average(g *op.Graph, p Param, after *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	return o.inner.Average(g, o.of(g, p, p.Hyper), after)
}
