package optimizer

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/schedule"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Common are the arguments of every optimizer, after keras/src/optimizers/base_optimizer.py.
type Common struct {
	LearningRate   schedule.Schedule
	WeightDecay    *float64
	ClipNorm       *float64
	ClipValue      *float64
	GlobalClipNorm *float64

	UseEMA                bool // keep a moving average of every weight, which replaces it when training ends
	EMAMomentum           float64
	EMAOverwriteFrequency *int // steps between replacements during training

	// LossScaleFactor is what the loss is multiplied by before gradients are taken, and the gradients divided by; nil for nothing.
	LossScaleFactor *float64

	accumulation *int
}

// AverageSlot is the name of the slot that holds a weight's moving average (use_ema), which the weight is set to when
// training ends.
const AverageSlot = "average"

// bind binds the arguments. rate is the optimizer's default learning rate.
func (c *Common) bind(b *schema.Block, rate float64, decay ...schema.Option) {
	schedule.Argument(b, &c.LearningRate, rate)
	b.OptFloat(&c.WeightDecay, "weight_decay", "Share of every weight, times the learning rate, that is taken off it at each step.", append(decay, schema.AtLeast(0))...)
	b.OptFloat(&c.ClipNorm, "clipnorm", "Largest norm of the gradient of each weight; a larger one is scaled down. 0 is no limit.", schema.AtLeast(0))
	b.OptFloat(&c.ClipValue, "clipvalue", "Largest size of each element of a gradient. 0 is no limit.", schema.AtLeast(0))
	b.OptFloat(&c.GlobalClipNorm, "global_clipnorm", "Largest norm of all gradients together; a larger one is scaled down. 0 is no limit.", schema.AtLeast(0))
	b.Bool(&c.UseEMA, "use_ema", "Whether to keep a moving average of the weights, which they are set to when training ends.", schema.Default(false))
	b.Float(&c.EMAMomentum, "ema_momentum", "Share of the old value in the moving average.", schema.Default(0.99), schema.AtLeast(0), schema.AtMost(1))
	b.OptInt(&c.EMAOverwriteFrequency, "ema_overwrite_frequency", "Set the weights to the moving average every so many steps.", schema.AtLeast(1))
	b.OptFloat(&c.LossScaleFactor, "loss_scale_factor", "The loss is multiplied by it before gradients are taken, which are divided by it before all else, so that small ones do not vanish on the way; what is logged is the loss itself.", schema.Above(0), schema.AtMost(math.MaxFloat32))
	b.OptInt(&c.accumulation, "gradient_accumulation_steps", "Stands in the train block.", schema.AtLeast(2))
}

// validate checks what joins several arguments.
func (c *Common) validate() error {
	if c.accumulation != nil {
		return schema.Atf("gradient_accumulation_steps", "this argument stands in the train block: gradient_accumulation_steps = %d", *c.accumulation)
	}
	first := ""
	for _, a := range []struct {
		name string
		p    *float64
	}{{"clipnorm", c.ClipNorm}, {"clipvalue", c.ClipValue}, {"global_clipnorm", c.GlobalClipNorm}} {
		switch {
		case a.p == nil:
		case first != "":
			return schema.Atf(a.name, "only one of clipnorm, clipvalue and global_clipnorm can be given; %s is given too", first)
		default:
			first = a.name
		}
	}
	return nil
}

// Clip limits the gradients as clipnorm, clipvalue or global_clipnorm say.
func (c *Common) Clip(g *op.Graph, grads []*op.Node) []*op.Node {
	limit := func(p *float64) float64 {
		if p == nil {
			return 0
		}
		return *p
	}
	each, value, global := limit(c.ClipNorm), limit(c.ClipValue), limit(c.GlobalClipNorm)
	if len(grads) == 0 || each+value+global == 0 {
		return grads
	}
	var all *op.Node
	if global > 0 {
		all = g.Apply(op.Norm{}, grads...)
	}
	out := make([]*op.Node, len(grads))
	for i, n := range grads {
		switch {
		case global > 0:
			out[i] = g.Apply(op.ClipNorm{Max: global, Global: true}, n, all)
		case each > 0:
			out[i] = g.Apply(op.ClipNorm{Max: each}, n, g.Apply(op.Norm{}, n))
		default:
			out[i] = g.Apply(op.Unary{Fn: "clip", A: -value, B: value}, n)
		}
	}
	return out
}

// base is embedded by every optimizer: the common arguments and what they add to each update.
type base struct{ common Common }

// Common returns the arguments that all optimizers share.
func (o *base) Common() *Common { return &o.common }

// Validate checks the common arguments.
func (o *base) Validate() error { return o.common.validate() }

// slots adds the moving average to an optimizer's own slots.
func (o *base) slots(own ...Slot) []Slot {
	if o.common.UseEMA {
		own = append(own, Slot{Name: AverageSlot})
	}
	return own
}

// hyper joins the numbers of a step: the weight decay, an optimizer's own, and the momentum of the
// moving average with whether the weights are set to it.
func (o *base) hyper(step int, rate float64, own ...float64) []float64 {
	c := &o.common
	out := []float64{0}
	if c.WeightDecay != nil {
		out[0] = *c.WeightDecay * rate
	}
	out = append(out, own...)
	if !c.UseEMA {
		return out
	}
	mu, overwrite := c.EMAMomentum, 0.0
	if step == 1 { // the average begins as the first value
		mu = 0
	}
	if k := c.EMAOverwriteFrequency; k != nil && step%*k == 0 {
		overwrite = 1
	}
	return append(out, mu, overwrite)
}

// update applies the optimizer's own update, and then the moving average.
func (o *base) update(g *op.Graph, p Param, u op.Def) *op.Node { return o.updateFrom(g, p, u, p.Grad) }

// updateFrom is update for an update that takes something else than the gradient.
func (o *base) updateFrom(g *op.Graph, p Param, u op.Def, from ...*op.Node) *op.Node {
	own := p.Slots
	if o.common.UseEMA {
		if len(own) == 0 {
			return g.Fail(fmt.Errorf("optimizer: no slot for the moving average of %s", p.Path))
		}
		own = own[:len(own)-1]
	}
	in := append(append([]*op.Node{p.W}, from...), p.Hyper)
	return o.averaged(g, p, g.Apply(u, append(in, own...)...))
}

// Average moves the average alone.
func (o *base) Average(g *op.Graph, p Param, after *op.Node) *op.Node { return o.averaged(g, p, after) }

// averaged moves the average, where there is one, after n, the optimizer's own update.
func (o *base) averaged(g *op.Graph, p Param, n *op.Node) *op.Node {
	if !o.common.UseEMA || g.Err() != nil {
		return n
	}
	at := op.SpecOf(p.Hyper).Shape[0] - 2
	return g.Apply(op.Average{At: at}, p.W, p.Slots[len(p.Slots)-1], p.Hyper, n)
}
