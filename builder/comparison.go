package builder

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/loss"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// A block with the inputs y_true and y_pred compares an output with its target: a file may name it as a
// loss or a metric, and gives its params as arguments.
const (
	inputTrue = "y_true"
	inputPred = "y_pred"
)

// comparison is a block that compares, with arguments.
type comparison struct {
	doc   *dsl.Document
	name  string // as the file names it
	block *dsl.Block
	args  map[string]*schema.Expr

	model *Model // walked for the shapes that met last
}

// comparisons are the blocks of a module that compare, by the names that its files call them.
func comparisons(doc *dsl.Document, m *dsl.Module) map[string]func() *comparison {
	out := map[string]func() *comparison{}
	for _, name := range m.BlockNames() {
		b, ok := m.LookupBlock(name)
		if !ok || len(b.Inputs) != 2 || !slices.Contains(b.Inputs, inputTrue) || !slices.Contains(b.Inputs, inputPred) {
			continue
		}
		out[name] = func() *comparison { return &comparison{doc: doc, name: name, block: b} }
	}
	return out
}

// blockLoss is a block as a loss: its output is the values, [batch] or [batch, ...], or one number for the batch.
type blockLoss struct {
	comparison
	reduction string
}

// blockMetric is a block as a metric: the mean of its output's values.
type blockMetric struct {
	comparison
	label string
}

var (
	_ loss.Loss     = (*blockLoss)(nil)
	_ metric.Metric = (*blockMetric)(nil)
	_ computed      = (*blockMetric)(nil)
)

// computed is a metric whose values the graph computes; its Update is given them in the place of the output.
type computed interface {
	Build(g *op.Graph, y, output *op.Node) *op.Node
}

// lossesOf is the registry of losses with the blocks that compare.
func lossesOf(blocks map[string]func() *comparison) *schema.Registry[loss.Loss] {
	more := map[string]func() loss.Loss{}
	for name, make := range blocks {
		more[name] = func() loss.Loss { return &blockLoss{comparison: *make()} }
	}
	return loss.Registry.With(more)
}

// metricsOf is the registry of metrics with the blocks that compare.
func metricsOf(blocks map[string]func() *comparison) *schema.Registry[metric.Metric] {
	more := map[string]func() metric.Metric{}
	for name, make := range blocks {
		more[name] = func() metric.Metric { return &blockMetric{comparison: *make()} }
	}
	return metric.Registry.With(more)
}

func (c *comparison) bind(b *schema.Block, own string) {
	summary := c.block.Description
	if summary == "" {
		summary = "A block of the file."
	}
	b.Doc(summary, "dlrun")
	c.args = map[string]*schema.Expr{}
	for _, p := range c.block.Params {
		if p.Name == own {
			continue
		}
		x := new(schema.Expr)
		c.args[p.Name] = x
		help := p.Description
		if help == "" {
			help = "A param of the block."
		}
		var opts []schema.Option
		if p.Default != cty.NilVal {
			opts = append(opts, schema.Optional())
		}
		b.Expr(x, p.Name, help, opts...)
	}
}

// walk infers the block for a target and an output; a mistake is of type hcl.Diagnostics.
func (c *comparison) walk(target, output shape.Spec) error {
	values, ranges := map[string]cty.Value{}, map[string]hcl.Range{}
	var diags hcl.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(c.args)) {
		if x := c.args[name]; x.Expression != nil {
			v, more := x.Eval(nil)
			diags = append(diags, more...)
			values[name], ranges[name] = v, x.Expression.Range()
		}
	}
	g, ctx, more := c.block.ExpandAt(values, ranges, c.block.DeclRange)
	if diags = append(diags, more...); diags.HasErrors() {
		return diags
	}
	at := c.block.DeclRange
	w := &walker{doc: c.doc, model: &Model{Name: c.name, Where: at}, layers: map[string]*Layer{}, inside: map[*dsl.Model]bool{}, compares: true}
	sc := &scope{module: c.block.Scope.Module, ctx: ctx, trainable: true, path: c.name + "/"}
	for _, in := range g.Inputs {
		spec := output
		if in.Name == inputTrue {
			spec = target
		}
		t := &Tensor{Name: "input." + in.Name, Where: in.DeclRange, Spec: spec, input: len(w.model.Inputs)}
		w.model.Inputs = append(w.model.Inputs, &Input{Name: in.Name, Tensor: t, Where: in.DeclRange, ShapeWhere: in.DeclRange})
		w.fits(sc, in, spec)
	}
	outs := w.graph(sc, g, at)
	if w.diags.HasErrors() {
		return w.diags
	}
	for _, l := range w.model.Layers {
		if len(l.Weights) > 0 {
			w.errorf(l.Where, "Weights in a comparison", "Layer %q has weights; a block that is a loss or metric compares two tensors and learns nothing.", l.Path)
		}
	}
	if len(w.model.Losses) > 0 {
		w.errorf(w.model.Losses[0].Where, "Loss in a comparison", "add_loss cannot stand in a block that is a loss or metric: what it computes is its output.")
	}
	for _, u := range w.model.Uses {
		for _, t := range u.In {
			if t.use == nil {
				continue
			}
			if a, ok := t.use.impl.(layer.Totalling); ok && a.Total() {
				w.errorf(u.Layer.Where, "One number for the batch", "Layer %q is fed by %s, which is one number for the whole batch; such a value can only be the block's output.", u.Layer.Path, t.Name)
			}
		}
	}
	if len(outs) != 1 {
		w.errorf(at, "Several outputs", "Block %q has %d outputs; as a loss or metric it has one, a value for each example.", c.name, len(outs))
	}
	if w.diags.HasErrors() {
		return w.diags
	}
	w.model.Outputs = []*Output{{Name: outs[0].name, Tensor: outs[0].tensor, Where: outs[0].where}}
	c.model = w.model
	return nil
}

// fits holds the shape that an input block declares against what feeds it.
func (w *walker) fits(sc *scope, in *dsl.Input, spec shape.Spec) {
	if in.Shape == nil {
		return
	}
	v, diags := in.Shape.Value(sc.ctx)
	w.diags = append(w.diags, diags...)
	if diags.HasErrors() || !v.IsKnown() {
		return
	}
	dims, err := dimsOf(v)
	switch {
	case err != nil:
		w.errorf(in.Shape.Range(), "Invalid shape", "%s.", capital(err.Error()))
	case !dims.Fits(spec.Shape):
		w.errorf(in.Shape.Range(), "Shapes do not fit", "Input %q has shape %s; it is fed %s.", in.Name, dims, spec)
	}
}

// values are what the block makes of a target and an output.
func (c *comparison) values(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	if c.model == nil {
		return g.Fail(fmt.Errorf("block %q was not held against shapes", c.name))
	}
	var nodes []*op.Node
	for _, in := range c.model.Inputs {
		n := output
		if in.Name == inputTrue {
			n = y
		}
		s := in.Tensor.Spec.Shape.Batched(op.SpecOf(n).Shape[0])
		if !slices.Equal(s, op.SpecOf(n).Shape) {
			n = g.Apply(op.Reshape{To: s}, n)
		}
		nodes = append(nodes, n)
	}
	b, err := c.model.buildOn(g, op.SpecOf(output).Shape[0], false, nodes)
	if err != nil {
		return g.Fail(err)
	}
	return b.outputs[0]
}

// Schema binds the block's params, and the argument of every loss.
func (l *blockLoss) Schema(b *schema.Block) {
	l.bind(b, "reduction")
	b.Enum(&l.reduction, "reduction", "How the values of a batch become one number.",
		[]string{"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"}, schema.Default("sum_over_batch_size"))
}

// Target is the data's target as floats, of the output's rank where they differ by a last axis of size 1.
func (l *blockLoss) Target(target, output shape.Spec) (shape.Spec, error) {
	y, p := shape.SameRank(target.Shape.Batched(0), output.Shape.Batched(0))
	target = shape.Spec{Shape: y[1:], DType: shape.Float32, Known: true}
	output.Shape = p[1:]
	return target, l.walk(target, output)
}

// Build returns the values.
func (l *blockLoss) Build(g *op.Graph, y, output *op.Node) *op.Node { return l.values(g, y, output) }

// Reduction is Keras' word for how the values become one.
func (l *blockLoss) Reduction() string { return l.reduction }

// Schema binds the block's params, and the argument of every metric.
func (m *blockMetric) Schema(b *schema.Block) {
	m.bind(b, "name")
	b.String(&m.label, "name", "What the metric is called in the logs; by default its own name.", schema.Optional())
}

// LogName is the argument name, or "".
func (m *blockMetric) LogName() string { return m.label }

// Target is the data's target as it is.
func (m *blockMetric) Target(target, output shape.Spec) (shape.Spec, error) {
	return target, m.walk(target, output)
}

// Build returns the values.
func (m *blockMetric) Build(g *op.Graph, y, output *op.Node) *op.Node { return m.values(g, y, output) }

// Slots are the sum and the count.
func (m *blockMetric) Slots() int { return metric.MeanSlots }

// Update adds values that the graph computed.
func (m *blockMetric) Update(acc []float64, _, values metric.Values, weights []float32) {
	metric.AddMean(acc, values, weights)
}

// Result is the mean.
func (m *blockMetric) Result(acc []float64) float64 { return metric.MeanResult(acc) }
