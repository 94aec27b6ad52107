package builder

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/optimizer"
)

// Group is weights that one optimizer updates with one learning rate.
type Group struct {
	Optimizer optimizer.Optimizer
	Name      string  // of the optimizer
	Factor    float64 // of its learning rate
	Input     string  // of the graphs: what the optimizer computes for each step

	first bool // of the optimizer's
}

// Hyper is what the group is fed: update counts the updates of the weights from 1, rate is the optimizer's
// learning rate.
func (g *Group) Hyper(update int, rate float64) []float64 {
	return g.Optimizer.Hyper(update, rate*g.Factor)
}

// Rate is the learning rate of the optimizer after so many steps.
func (g *Group) Rate(step int) float64 { return g.Optimizer.Common().LearningRate.At(step) }

// Main is the optimizer that is for all weights that no other is for, or the first one; nil where none could be
// read.
func (t *Training) Main() optimizer.Optimizer {
	for _, o := range t.Optimizers {
		if o.Output == "" {
			return o.Thing
		}
	}
	if len(t.Optimizers) > 0 {
		return t.Optimizers[0].Thing
	}
	return nil
}

// Scaling is how the loss is scaled, or nil.
func (t *Training) Scaling() *optimizer.Scaling {
	if s, ok := t.Main().(optimizer.Scaler); ok {
		return s.Scaling()
	}
	if t.AutoScale {
		return &optimizer.Scaling{Initial: 32768, Growth: 2000} // Keras' defaults
	}
	return nil
}

// LossScaleFactor is the optimizers' static loss_scale_factor, the same for all that give one; nil where none does.
func (t *Training) LossScaleFactor() *float64 {
	for _, o := range t.Optimizers {
		if o.Thing != nil && o.Thing.Common().LossScaleFactor != nil {
			return o.Thing.Common().LossScaleFactor
		}
	}
	return nil
}

// group says for each trainable weight how it is updated.
func (p *Program) group() hcl.Diagnostics {
	t, m := p.Training, p.Model
	var diags hcl.Diagnostics
	fail := func(severity hcl.DiagnosticSeverity, r hcl.Range, summary, format string, a ...any) {
		diags = append(diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: &r})
	}
	for _, o := range t.Optimizers {
		if o.None {
			fail(hcl.DiagError, o.Where, "No optimizer", "Weights that shall not change are named in the argument trainable; here an optimizer is wanted for %q.", o.Output)
			return diags
		}
		if err := checkPattern(o.Output); err != nil {
			fail(hcl.DiagError, o.Where, "Invalid value for \"path\"", "%s.", capital(err.Error()))
			return diags
		}
		if _, ok := o.Thing.(optimizer.Scaler); ok && len(t.Optimizers) > 1 {
			fail(hcl.DiagError, o.Where, "Several optimizers", "%s scales the whole loss, so there can be no other optimizer beside it.", o.Name)
			return diags
		}
		if f, first := o.Thing.Common().LossScaleFactor, t.LossScaleFactor(); f != nil && *f != *first {
			fail(hcl.DiagError, o.Where, "Several optimizers", "There is one loss, so all optimizers that give a loss_scale_factor must give the same; it is %v here and %v before.", *f, *first)
			return diags
		}
	}
	type key struct {
		optimizer int
		factor    float64
	}
	p.of = map[*Weight]*Group{}
	groups := map[key]*Group{}
	used, multiplied := make([]bool, len(t.Optimizers)), make([]bool, len(t.Multipliers))
	for _, w := range m.Weights {
		k, factor := -1, 1.0
		for i, o := range t.Optimizers {
			if o.Output != "" && matchPath(o.Output, w.Path) {
				k = i
				break
			}
			if o.Output == "" && k < 0 {
				k = i
			}
		}
		for i, f := range t.Multipliers {
			if matchPath(f.Path, w.Path) {
				multiplied[i], factor = true, f.Factor
				break
			}
		}
		if k >= 0 {
			used[k] = true
		}
		switch {
		case !w.Trainable:
			continue
		case k < 0:
			fail(hcl.DiagError, t.Args.Range("optimizer"), "No optimizer", "No optimizer is for weight %q; give one without path, which is for all weights that no other is for.", w.Path)
			return diags
		}
		g := groups[key{k, factor}]
		if g == nil {
			o := t.Optimizers[k]
			g = &Group{Optimizer: o.Thing, Name: o.Name, Factor: factor, Input: HyperInput}
			g.first = !slices.ContainsFunc(p.Groups, func(other *Group) bool { return other.Optimizer == g.Optimizer })
			if n := len(p.Groups); n > 0 {
				g.Input = fmt.Sprintf("%s:%d", HyperInput, n)
			}
			groups[key{k, factor}] = g
			p.Groups = append(p.Groups, g)
		}
		p.of[w] = g
	}
	if m.Wrong || m.Open {
		return diags
	}
	if len(p.Groups) == 0 {
		fail(hcl.DiagWarning, t.Args.Range("trainable"), "Nothing to train", "The model has no trainable weight: epochs measure it, and change nothing.")
		return diags
	}
	for i, u := range used {
		if o := t.Optimizers[i]; !u && o.Output != "" {
			fail(hcl.DiagWarning, o.Where, "Optimizer without effect", "No weight matches the path %q, or an optimizer above is for it.", o.Output)
		}
	}
	for i, u := range multiplied {
		if !u {
			fail(hcl.DiagWarning, t.Args.Range("learning_rate_multipliers"), "Rule without effect", "No weight is governed by the multiplier for path %q.", t.Multipliers[i].Path)
		}
	}
	return diags
}

// slots are what is kept for a weight besides itself.
func (p *Program) slots(w *Weight) []optimizer.Slot {
	g := p.of[w]
	if g == nil || !w.Trainable {
		return nil
	}
	out := g.Optimizer.Slots()
	if p.Training.Accumulate != nil {
		out = append(out, optimizer.Slot{Name: sumSlot})
	}
	return out
}

// Applies tells whether the optimizer step after so many applies the gradients, and which update of
// the weights that is, from 1: with gradient accumulation it is every so many steps.
func (p *Program) Applies(steps int) (apply bool, update int) {
	k := 1
	if a := p.Training.Accumulate; a != nil {
		k = *a
	}
	return (steps+1)%k == 0, steps/k + 1
}

// Trains tells whether there is a weight to be trained.
func (p *Program) Trains() bool { return len(p.Groups) > 0 }

// updating is a weight on its way through a step.
type updating struct {
	weight    *Weight
	node      *op.Node
	grad, sum *op.Node // nil where the loss does not depend on the weight
	group     *Group
}

// update adds the gradients and the nodes that apply them.
func (p *Program) update(g *Graph, b *built, apply bool) error {
	reach := reachable(g.Loss)
	var list []*updating
	var nodes []*op.Node
	for _, w := range p.Model.Weights {
		if n := b.weights[w]; w.Trainable && n != nil {
			u := &updating{weight: w, node: n, group: p.of[w]}
			list = append(list, u)
			if reach[n] {
				nodes = append(nodes, n)
			}
		}
	}
	if len(nodes) == 0 {
		return g.Err()
	}
	from := g.Loss
	var scale *op.Node
	factor := p.Training.LossScaleFactor()
	switch {
	case p.Training.Scaling() != nil:
		scale = g.Input(ScaleInput, g.DType)
		from = g.Apply(op.Binary{Fn: "mul"}, g.Loss, scale)
	case factor != nil:
		from = g.Apply(op.Scale(*factor), g.Loss)
	}
	grads := g.Grad(from, nodes...)
	if err := g.Err(); err != nil {
		return err
	}
	g.At(op.Origin{Part: op.Update})
	if scale != nil {
		finite := g.Apply(op.Finite{}, grads...)
		for i := range grads {
			grads[i] = g.Apply(op.Unscale{}, grads[i], scale, finite)
		}
	}
	if factor != nil {
		for i := range grads {
			grads[i] = g.Apply(op.Scale(1 / *factor), grads[i])
		}
	}
	for _, u := range list {
		if reach[u.node] {
			u.grad, grads = grads[0], grads[1:]
		}
	}
	if k := p.Training.Accumulate; k != nil {
		for _, u := range list {
			if u.grad == nil {
				continue
			}
			g.At(op.Origin{Layer: u.weight.Layer.Path, Part: op.Update})
			u.sum = g.Input(SlotInput+sumSlot+":"+u.weight.Path, g.DType, u.weight.Shape...)
			if apply {
				u.grad = g.Apply(op.Unary{Fn: "affine", A: 1 / float64(*k)}, g.Apply(op.Binary{Fn: "add"}, u.grad, u.sum))
			} else {
				u.grad = g.Apply(op.Accumulate{}, u.sum, u.grad)
				g.Also = append(g.Also, u.grad)
			}
		}
	}
	p.apply(g, list, apply)
	for _, u := range list {
		g.At(op.Origin{Layer: u.weight.Layer.Path, Part: op.Update})
		if c := u.weight.Args.Constraint; c != nil && u.grad != nil {
			g.Also = append(g.Also, c.Build(g.Graph, u.node))
		}
	}
	return g.Err()
}

// sumSlot is the slot of gradients summed up and not applied yet.
const sumSlot = "accumulated_gradient"

// apply adds the optimizers' updates of the weights, and clears the sums of gradients. Moving averages move
// also where gradients are only summed up, and of weights that the loss does not depend on, as in Keras.
func (p *Program) apply(g *Graph, list []*updating, apply bool) {
	hyper := map[*Group]*op.Node{}
	for _, group := range p.Groups {
		if !apply && !group.Optimizer.Common().UseEMA {
			continue
		}
		hyper[group] = g.Input(group.Input, g.DType, len(group.Hyper(1, 0)))
		if !apply || !group.first {
			continue
		}
		var grads []*op.Node
		var own []*updating
		for _, u := range list {
			if u.group.Optimizer == group.Optimizer && u.grad != nil {
				own, grads = append(own, u), append(grads, u.grad)
			}
		}
		for i, n := range group.Optimizer.Common().Clip(g.Graph, grads) {
			own[i].grad = n
		}
	}
	for _, u := range list {
		o, h := u.group.Optimizer, hyper[u.group]
		if h == nil || u.grad == nil && !o.Common().UseEMA {
			continue
		}
		w := u.weight
		g.At(op.Origin{Layer: w.Layer.Path, Part: op.Update})
		param := optimizer.Param{Path: w.Path, W: u.node, Grad: u.grad, Hyper: h}
		for _, s := range o.Slots() {
			param.Slots = append(param.Slots, g.Input(SlotInput+s.Name+":"+w.Path, g.DType, s.For(w.Path, w.Shape)...))
		}
		var done *op.Node
		switch {
		case u.grad == nil:
			done = o.Average(g.Graph, param, h)
		case apply:
			done = o.Update(g.Graph, param)
		default:
			done = o.Average(g.Graph, param, u.grad)
		}
		g.Also = append(g.Also, done)
		if apply && u.sum != nil {
			g.Also = append(g.Also, g.Apply(op.Accumulate{Clear: true}, u.sum, done))
		}
	}
}
