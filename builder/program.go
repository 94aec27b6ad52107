package builder

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/loss"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Column is a feature or target as the data has it.
type Column struct {
	Name    string
	Spec    shape.Spec
	Where   hcl.Range
	Classes int // that its class numbers tell apart; 0 where that is not known
}

// Data is what a dataset block promises to feed.
type Data struct {
	Name              string
	Where             hcl.Range
	Features, Targets []Column
	Open              bool // there may be others: that depends on a variable without a value
}

// Program is a model bound to its data, loss, metrics and optimizer.
type Program struct {
	Model    *Model
	Training *Training
	Heads    []*Head // one for each output of the model
	Headed   bool    // whether the heads are known: neither outputs nor losses nor metrics have mistakes

	Groups []*Group           // the weights by how they are updated
	of     map[*Weight]*Group // of each trainable weight
}

// Head is what training does with one output of a model.
type Head struct {
	Name    string
	Output  *Output
	Target  string     // the data's name for what is fed; "" where the output has no loss and no metric
	Spec    shape.Spec // of the target as it is fed
	Loss    loss.Loss  // nil where the output has none
	Weight  float64    // factor of the loss
	Metrics []Metric

	where hcl.Range       // of the loss
	args  *schema.Decoded // of the loss; nil where it has none
}

// Metric is a metric of one output under its name in the logs.
type Metric struct {
	metric.Metric
	Name     string
	Weighted bool // sees sample weights

	where hcl.Range
}

// Link checks that model, training and data fit together and makes the program. Each may have mistakes
// or parts not known yet; what remains is checked.
func Link(m *Model, t *Training, d *Data) (*Program, hcl.Diagnostics) {
	p := &Program{Model: m, Training: t}
	m.Batch = t.BatchSize
	diags := p.inputs(d)
	if !m.Open && !t.Args.Failed("loss", "metrics", "weighted_metrics") {
		p.Headed = true
		diags = append(diags, p.heads(d)...)
	}
	if !m.Wrong && !m.Open {
		diags = append(diags, t.freeze(m)...)
		diags = append(diags, p.frozenPenalties()...)
	}
	if !t.Args.Failed("optimizer", "learning_rate_multipliers") {
		diags = append(diags, p.group()...)
	}
	return p, diags
}

// inputs checks that the data feeds each input of the model.
func (p *Program) inputs(d *Data) hcl.Diagnostics {
	var diags hcl.Diagnostics
	var names []string
	used := map[string]bool{}
	unfed := false
	for _, c := range d.Features {
		names = append(names, c.Name)
	}
	for _, in := range p.Model.Inputs {
		i := indexOf(names, in.Name)
		if i < 0 && d.Open {
			continue
		}
		if i < 0 {
			unfed = true
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Dataset does not fit the model", Subject: &in.Where,
				Detail: fmt.Sprintf("Nothing feeds input %q: dataset %q (%s) has no feature of that name.%s", in.Name, d.Name, place(d.Where), schema.Suggest(in.Name, names)),
			})
			continue
		}
		c := d.Features[i]
		used[c.Name] = true
		want, got := in.Tensor.Spec, c.Spec
		if !got.Known || !want.Known {
			continue
		}
		if !feeds(got.Shape, want.Shape) {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Dataset does not fit the model", Subject: &in.ShapeWhere,
				Detail: fmt.Sprintf("Input %q has shape %s, but feature %q of dataset %q (%s) has shape %s.", in.Name, want.Shape, c.Name, d.Name, place(c.Where), got.Shape),
			})
			continue
		}
		if want.DType == shape.Int32 && got.DType == shape.Float32 {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Dataset does not fit the model", Subject: &in.Where,
				Detail: fmt.Sprintf("Input %q has dtype int32, but feature %q of dataset %q (%s) is %s.", in.Name, c.Name, d.Name, place(c.Where), got.DType),
			})
		}
	}
	for _, c := range d.Features {
		if !used[c.Name] && !unfed && !p.Model.Open {
			w := c.Where
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Unused feature", Subject: &w,
				Detail: fmt.Sprintf("Model %q has no input %q, so this feature feeds nothing.", p.Model.Name, c.Name),
			})
		}
	}
	return diags
}

// feeds tells whether a feature can feed an input. A last axis of one may be there or not, as in Keras
// (models/functional.py, _adjust_input_rank).
func feeds(feature, input shape.Shape) bool {
	more := func(long, short shape.Shape) bool {
		n := len(short)
		return len(long) == n+1 && (long[n] == 1 || long[n] == shape.Unknown) && long[:n].Fits(short)
	}
	return feature.Fits(input) || more(feature, input) || more(input, feature)
}

func place(r hcl.Range) string {
	if r.Filename == "" {
		return "built in"
	}
	return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line)
}

// heads binds losses, metrics and targets to the outputs.
func (p *Program) heads(d *Data) hcl.Diagnostics {
	var diags hcl.Diagnostics
	fail := func(r hcl.Range, summary, format string, a ...any) {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: &r})
	}
	t := p.Training
	var names, targets []string
	for _, o := range p.Model.Outputs {
		names = append(names, o.Name)
		p.Heads = append(p.Heads, &Head{Name: o.Name, Output: o, Weight: 1})
	}
	for _, c := range d.Targets {
		targets = append(targets, c.Name)
	}
	// head finds the output that a loss or metric is for; without a name, the only one.
	head := func(output string, where hcl.Range, what string) *Head {
		if output == "" {
			if len(p.Heads) == 1 {
				return p.Heads[0]
			}
			fail(where, "Output not named", "The model has %d outputs (%s): say which one this %s is for, by its name, as %[3]s = { %[4]s = \"...\" }, or with output = \"%[4]s\" in a %[3]s block.",
				len(names), strings.Join(names, ", "), what, names[0])
			return nil
		}
		i := indexOf(names, output)
		if i < 0 {
			if len(p.Heads) == 1 && indexOf(targets, output) >= 0 && len(targets) == 1 {
				return p.Heads[0]
			}
			fail(where, "Unknown output", "The model has no output %q.%s", output, schema.Suggest(output, names))
			return nil
		}
		return p.Heads[i]
	}
	for _, l := range t.Losses {
		h := head(l.Output, l.Where, "loss")
		switch {
		case h == nil || l.None:
		case h.Loss != nil:
			fail(l.Where, "Two losses", "Output %q has a loss already; each output is given once.", h.Name)
		default:
			h.Loss, h.where, h.args = l.Thing, l.Where, l.Args
		}
	}
	multi := len(p.Heads) > 1
	seen := map[string]int{}
	// Names are made unique as by keras/src/trainers/compile_utils.py: CompileMetrics.result.
	name := func(h *Head, own string, weighted, numbered bool) string {
		prefix := ""
		if multi {
			prefix = h.Name + "_"
		}
		if weighted && !numbered && seen[prefix+own] > 0 {
			own = "weighted_" + own
		}
		n := seen[prefix+own]
		seen[prefix+own]++
		if n > 0 {
			return fmt.Sprintf("%s%s_%d", prefix, own, n)
		}
		return prefix + own
	}
	add := func(list []schema.PerOutput[metric.Metric], weighted bool) {
		for _, m := range list {
			if m.None {
				continue
			}
			h := head(m.Output, m.Where, "metric")
			if h == nil {
				continue
			}
			own := m.Name
			if n, ok := m.Thing.(metric.Named); ok && m.Block && n.LogName() != "" { // a name alone is as it is written
				own = n.LogName()
			}
			_, numbered := m.Thing.(metric.Numbered)
			h.Metrics = append(h.Metrics, Metric{Metric: m.Thing, Name: name(h, own, weighted, numbered && m.Block), Weighted: weighted, where: m.Where})
		}
	}
	add(t.Metrics, false)
	add(t.WeightedMetrics, true)
	if t.LossWeights != cty.NilVal && !t.LossWeights.IsNull() {
		ws, err := numbersByOutput(t.LossWeights, names)
		if err != nil {
			diags = append(diags, t.Args.Diagnose("Invalid value for \"loss_weights\"", schema.At("loss_weights", err)))
		} else {
			for i, h := range p.Heads {
				h.Weight = ws[i]
			}
		}
	}
	any := false
	for _, h := range p.Heads {
		any = any || h.Loss != nil
		if h.Loss == nil && len(h.Metrics) == 0 {
			continue
		}
		i := indexOf(targets, h.Name)
		if i < 0 && len(p.Heads) == 1 && len(targets) == 1 {
			i = 0
		}
		if i < 0 && d.Open {
			continue
		}
		if i < 0 {
			fail(h.Output.Where, "Dataset does not fit the model", "Output %q has a loss or a metric, but dataset %q (%s) has no target of that name.%s", h.Name, d.Name, place(d.Where), schema.Suggest(h.Name, targets))
			continue
		}
		diags = append(diags, p.target(h, d, d.Targets[i])...)
	}
	if !any && len(p.Model.Losses) == 0 && !diags.HasErrors() && !slices.Contains(t.Args.Unknown, "loss") {
		r := t.Args.Missing
		fail(r, "Missing argument", "Nothing is minimised: the train block needs a loss, as loss = \"mean_squared_error\".")
	}
	return diags
}

// target works out in which form the target is fed: the loss and the metrics must agree on it.
func (p *Program) target(h *Head, d *Data, c Column) hcl.Diagnostics {
	h.Target, h.Spec = c.Name, c.Spec
	out := h.Output.Tensor.Spec
	if !c.Spec.Known || !out.Known {
		return nil
	}
	var diags hcl.Diagnostics
	fail := func(what string, where hcl.Range, err error) {
		var inside hcl.Diagnostics
		if errors.As(err, &inside) { // the mistake has a place of its own, in a block
			for _, d := range inside {
				d.Detail += fmt.Sprintf("%s%s on %s line %d, of output %q and target %q", usedBy, strings.ToLower(what[:1])+what[1:], where.Filename, where.Start.Line, h.Name, c.Name)
			}
			diags = append(diags, inside...)
			return
		}
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Target does not fit the output", Subject: &where,
			Detail: fmt.Sprintf("%s cannot compare output %q (%s) of shape %s with target %q (%s) of shape %s: %s.",
				what, h.Name, place(h.Output.Where), out, c.Name, place(c.Where), c.Spec, err),
		})
	}
	if h.Loss != nil {
		s, err := h.Loss.Target(c.Spec, out)
		if err != nil {
			fail("The loss", h.where, err)
			return diags // the metrics would say the same
		}
		h.Spec = s
	}
	for _, m := range h.Metrics {
		s, err := m.Target(h.Spec, out)
		if err != nil {
			fail("Metric "+m.Name, m.where, err)
			continue
		}
		if h.Loss == nil {
			h.Spec = s
		}
	}
	if !diags.HasErrors() {
		diags = append(diags, p.probabilistic(h, h.Spec)...)
	}
	if n := len(out.Shape); h.Spec.DType == shape.Int32 && c.Classes > 0 && shape.AreLabels(h.Spec.Shape, out.Shape) && out.Shape[n-1] != shape.Unknown && out.Shape[n-1] < c.Classes {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Target does not fit the output", Subject: h.Output.Where.Ptr(),
			Detail: fmt.Sprintf("Output %q of shape %s tells %d classes apart, target %q (%s) has %d.", h.Name, out, out.Shape[n-1], c.Name, place(c.Where), c.Classes),
		})
	}
	return diags
}

// Reports lists what the logs of an epoch hold, without val_: what a callback can monitor.
func (p *Program) Reports() []string {
	out := []string{"loss"}
	if len(p.Heads) > 1 {
		for _, h := range p.Heads {
			if h.Loss != nil {
				out = append(out, h.Name+"_loss")
			}
		}
	}
	for _, h := range p.Heads {
		for _, m := range h.Metrics {
			out = append(out, m.Name)
		}
	}
	return out
}

// Names of the graphs' inputs besides weights and features.
const (
	TargetInput = "target:"        // + output name
	SampleInput = "sample_weight:" // + output name
	SlotInput   = "slot:"          // + slot name + ":" + weight path
	HyperInput  = "hyper"          // what the optimizer computes for each step; + ":" + the number of the group, from 1, of further groups
	ScaleInput  = "hyper:scale"    // what the loss is multiplied by before gradients are taken, where the optimizer says so
)

// Graph is a step ready to be planned.
type Graph struct {
	*op.Graph
	Batch   int
	Trains  bool       // made by Train
	Inputs  []*op.Node // features, in the order of Model.Inputs
	Outputs []*op.Node // in the order of Model.Outputs
	Targets []*op.Node // by head; nil where there is none
	Samples []*op.Node // sample weights by head; nil where there are none
	Masks   []*op.Node // of the outputs; nil where there is none
	Loss    *op.Node   // the scalar that is minimised, penalties included
	Losses  []*op.Node // by head, without factor; nil where there is none
	Values  []*op.Node // by head and metric, one after the other: what the graph computes of a metric; nil where it does not
	Also    []*op.Node // updates: running statistics, weights, slots
}

// Predict makes the graph of a prediction.
func (m *Model) Predict(dt tensor.Dtype, batch int) (*Graph, error) {
	g := op.NewGraph(dt)
	b, err := m.build(g, batch, false)
	if err != nil {
		return nil, err
	}
	return &Graph{Graph: g, Batch: batch, Inputs: b.inputs, Outputs: b.outputs, Also: b.always}, nil
}

// Evaluate makes the graph of an evaluation step: outputs and losses. weighted tells by head
// whether there are sample weights.
func (p *Program) Evaluate(dt tensor.Dtype, batch int, weighted [][]int) (*Graph, error) {
	g, _, err := p.graph(dt, batch, weighted, false)
	return g, err
}

// Train makes the graph of a training step: forward, gradients, updates. With apply false the
// gradients are only summed up, for a later step to apply (gradient_accumulation_steps).
func (p *Program) Train(dt tensor.Dtype, batch int, weighted [][]int, apply bool) (*Graph, error) {
	g, b, err := p.graph(dt, batch, weighted, true)
	if err != nil {
		return nil, err
	}
	g.Trains = true
	return g, p.update(g, b, apply)
}

func (p *Program) graph(dt tensor.Dtype, batch int, weighted [][]int, training bool) (*Graph, *built, error) {
	g := op.NewGraph(dt)
	b, err := p.Model.build(g, batch, training)
	if err != nil {
		return nil, nil, err
	}
	out := &Graph{
		Graph: g, Batch: batch, Inputs: b.inputs, Outputs: b.outputs, Masks: b.masks,
		Targets: make([]*op.Node, len(p.Heads)), Samples: make([]*op.Node, len(p.Heads)), Losses: make([]*op.Node, len(p.Heads)),
	}
	out.Also = b.always
	if training {
		out.Also = append(b.also, b.always...)
	}
	g.At(op.Origin{Part: op.Loss})
	var terms []*op.Node
	for i, h := range p.Heads {
		if h.Target == "" {
			out.Values = append(out.Values, make([]*op.Node, len(h.Metrics))...)
			continue
		}
		ty := g.DType
		if h.Spec.DType == shape.Int32 {
			ty = op.Int32
		}
		out.Targets[i] = g.Input(TargetInput+h.Name, ty, h.Spec.Shape.Batched(batch)...)
		for _, m := range h.Metrics {
			var n *op.Node
			if c, ok := m.Metric.(computed); ok {
				n = c.Build(g, out.Targets[i], b.outputs[i])
			}
			out.Values = append(out.Values, n)
		}
		if h.Loss == nil {
			continue
		}
		var sample *op.Node
		if weighted[i] != nil {
			sample = g.Input(SampleInput+h.Name, g.DType, append([]int{batch}, weighted[i]...)...)
			out.Samples[i] = sample
		}
		values := h.Loss.Build(g, out.Targets[i], b.outputs[i])
		out.Losses[i] = loss.Reduce(g, values, sample, b.masks[i], h.Loss.Reduction())
		term := out.Losses[i]
		if h.Weight != 1 {
			term = g.Apply(op.Unary{Fn: "affine", A: h.Weight}, term)
		}
		terms = append(terms, term)
	}
	terms = append(terms, b.losses...)
	for _, w := range p.Model.Weights {
		if w.Args.Regularizer != nil && w.Trainable { // Keras leaves frozen weights out
			terms = append(terms, w.Args.Regularizer.Build(g, b.weights[w]))
		}
	}
	for _, t := range terms {
		if out.Loss == nil {
			out.Loss = t
			continue
		}
		out.Loss = g.Apply(op.Binary{Fn: "add"}, out.Loss, t)
	}
	return out, b, g.Err()
}

// reachable are the nodes that the loss depends on in a way that can be differentiated.
func reachable(loss *op.Node) map[*op.Node]bool {
	seen := map[*op.Node]bool{loss: true}
	stack := []*op.Node{loss}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		kids := op.Children(n)
		d, ok := n.Op().(gorgonia.SDOp)
		if !ok {
			continue
		}
		wrt := d.DiffWRT(len(kids))
		for i, k := range kids {
			if wrt[i] && !seen[k] {
				seen[k] = true
				stack = append(stack, k)
			}
		}
	}
	return seen
}

// StateVar is memory that outlives a step.
type StateVar struct {
	Name  string // of the graph's input
	Shape shape.Shape
	Init  float64 // of an optimizer slot
	W     *Weight // the weight itself, or the one a slot belongs to
	Slot  string  // "" for the weight itself
}

// State lists weights, then the optimizers' slots of the trainable ones.
func (p *Program) State() []StateVar {
	out := p.Model.State()
	for _, w := range p.Model.Weights {
		for _, s := range p.slots(w) {
			out = append(out, StateVar{Name: SlotInput + s.Name + ":" + w.Path, Shape: s.For(w.Path, w.Shape), Init: s.Init, W: w, Slot: s.Name})
		}
	}
	return out
}

// State lists the weights, and what goes on from batch to batch.
func (m *Model) State() []StateVar {
	var out []StateVar
	for _, w := range m.Weights {
		out = append(out, StateVar{Name: WeightInput + w.Path, Shape: w.Shape, W: w})
	}
	return append(out, m.states().vars...)
}

// IsState tells whether a graph input is state, as plan.Options wants to know.
func IsState(input string) bool {
	for _, prefix := range []string{WeightInput, SlotInput, HyperInput} { // ScaleInput begins as HyperInput
		if len(input) >= len(prefix) && input[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
