package builder

import (
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/loss"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/optimizer"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Training is what a train block says besides its model, data, callbacks and checks.
type Training struct {
	Losses          []schema.PerOutput[loss.Loss]
	Metrics         []schema.PerOutput[metric.Metric]
	WeightedMetrics []schema.PerOutput[metric.Metric]
	Optimizers      []schema.PerOutput[optimizer.Optimizer] // by pattern of weights' names; one without is for the others

	LossWeights    cty.Value // a number, a list or an object by output
	Epochs         int
	BatchSize      int
	StepsPerEpoch  *int
	ValidationFreq int
	Shuffle        bool
	ClassWeight    cty.Value // "balanced" or a map from class to weight, by output where several
	InitialWeights cty.Value // a path, or a reference to a train
	SkipMismatch   bool
	Rules          []TrainableRule
	Multipliers    []Multiplier
	Accumulate     *int
	Device         string
	Precision      string
	AutoScale      bool // whether the loss is scaled as Keras does by itself for mixed_float16; what the steps run on decides
	LogEvery       int

	rules   cty.Value
	factors cty.Value
	losses  *schema.Registry[loss.Loss] // nil for those that every file has
	metrics *schema.Registry[metric.Metric]
	Args    *schema.Decoded
}

// TrainableRule freezes or thaws the weights whose path matches: of the rules, the first counts.
type TrainableRule struct {
	Path      string
	Trainable bool
}

// Schema binds the arguments of a train block that dsl does not take itself.
func (t *Training) Schema(b *schema.Block) {
	b.Doc("A training run: a model, its data, a loss, an optimizer.", "keras.Model.compile and keras.Model.fit",
		"A block with the inputs y_true and y_pred may be named as a loss or metric, its params being the arguments: its output is a value for each example, of which the mean is taken, or one number for the batch.")
	losses, metrics := t.losses, t.metrics
	if losses == nil {
		losses, metrics = loss.Registry, metric.Registry
	}
	schema.ChoosePerOutput(b, &t.Losses, "loss", "loss", "What is minimised: one loss, or one for each output.", losses)
	b.Value(&t.LossWeights, "loss_weights", "Factor of each output's loss: an object by output name, or a list in the order of the outputs.", nil, schema.Optional())
	schema.ChoosePerOutput(b, &t.Metrics, "metrics", "metric", "What is measured besides the loss, without sample weights.", metrics)
	schema.ChoosePerOutput(b, &t.WeightedMetrics, "weighted_metrics", "weighted_metric", "What is measured with sample weights.", metrics)
	schema.ChoosePerPath(b, &t.Optimizers, "optimizer", "How the weights follow the gradients.", optimizer.Registry, schema.Default("rmsprop"))
	b.Value(&t.factors, "learning_rate_multipliers", "Factors of the learning rate by path, as [{ path = \"backbone/**\", multiplier = 0.1 }]; the first match counts.", t.readMultipliers, schema.Optional())
	b.Int(&t.Epochs, "epochs", "How often the whole training split is seen.", schema.Default(1), schema.AtLeast(1))
	b.Int(&t.BatchSize, "batch_size", "Examples in one optimizer step.", schema.Default(32), schema.AtLeast(1), schema.AtMost(1<<20))
	b.OptInt(&t.StepsPerEpoch, "steps_per_epoch", "Optimizer steps in an epoch; by default all the batches there are.", schema.AtLeast(1))
	b.Int(&t.ValidationFreq, "validation_freq", "Validate every so many epochs.", schema.Default(1), schema.AtLeast(1))
	b.Bool(&t.Shuffle, "shuffle", "Draw a new order of the training examples each epoch.", schema.Default(true))
	b.Value(&t.ClassWeight, "class_weight", "Weight of each class in the loss: an object from class number to weight, or \"balanced\".", nil, schema.Optional())
	b.Value(&t.InitialWeights, "initial_weights", "A safetensors file or model.dlrun that the weights start from.", checkStart, schema.Optional())
	b.Bool(&t.SkipMismatch, "skip_mismatch", "Whether initial_weights may lack weights of the model, hold others, or hold them in another shape: what does not fit is named and left as it is, as in Keras' load_weights.", schema.Default(false))
	b.Value(&t.rules, "trainable", "Rules that freeze weights by path, as [{ path = \"backbone/**\", trainable = false }]; the first match counts.", t.readRules, schema.Optional())
	b.OptInt(&t.Accumulate, "gradient_accumulation_steps", "Steps whose gradients are averaged into one update.", schema.AtLeast(2))
	b.String(&t.Device, "device", "Where to train: auto, cpu, cuda, cuda:0.", schema.Default("auto"))
	b.Enum(&t.Precision, "precision", "Number format of the computation.", []string{"float32", "mixed_bfloat16", "mixed_float16"}, schema.Default("float32"))
	b.Int(&t.LogEvery, "log_every_n_steps", "How often a line goes to steps.jsonl.", schema.Default(100), schema.AtLeast(1))
}

func (t *Training) readRules(v cty.Value) error {
	t.Rules = nil
	elems, ok := elements(v)
	if !ok {
		return fmt.Errorf("a list of objects { path, trainable } is wanted, got %s", schema.Show(v))
	}
	for i, e := range elems {
		r, err := readRule(e)
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
		t.Rules = append(t.Rules, r)
	}
	return nil
}

// Multiplier is a factor of the learning rate of the weights whose path matches: of several, the first counts.
type Multiplier struct {
	Path   string
	Factor float64
}

func (t *Training) readMultipliers(v cty.Value) error {
	t.Multipliers = nil
	elems, ok := elements(v)
	if !ok {
		return fmt.Errorf("a list of objects { path, multiplier } is wanted, got %s", schema.Show(v))
	}
	for i, e := range elems {
		m, err := readMultiplier(e)
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
		t.Multipliers = append(t.Multipliers, m)
	}
	return nil
}

func readMultiplier(v cty.Value) (Multiplier, error) {
	if v.IsNull() || !v.Type().IsObjectType() || v.LengthInt() != 2 || !v.Type().HasAttribute("path") || !v.Type().HasAttribute("multiplier") {
		return Multiplier{}, fmt.Errorf("an object { path = \"...\", multiplier = 0.1 } is wanted, got %s", schema.Show(v))
	}
	p, m := v.GetAttr("path"), v.GetAttr("multiplier")
	if p.IsNull() || p.Type() != cty.String || m.IsNull() || m.Type() != cty.Number {
		return Multiplier{}, fmt.Errorf("an object { path = \"...\", multiplier = 0.1 } is wanted, got %s", schema.Show(v))
	}
	f, _ := m.AsBigFloat().Float64()
	if f < 0 || math.IsInf(f, 0) {
		return Multiplier{}, fmt.Errorf("a multiplier is a number from 0 on, got %s", schema.Show(m))
	}
	return Multiplier{p.AsString(), f}, checkPattern(p.AsString())
}

// checkPattern says what is wrong with a pattern of weights' names.
func checkPattern(pattern string) error {
	for _, part := range strings.Split(pattern, "/") {
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("%q is no pattern of weights' names: %w", pattern, err)
		}
	}
	return nil
}

func readRule(v cty.Value) (TrainableRule, error) {
	wrong := fmt.Errorf("an object { path = \"...\", trainable = true or false } is wanted, got %s", schema.Show(v))
	if v.IsNull() || !v.Type().IsObjectType() || v.LengthInt() != 2 || !v.Type().HasAttribute("path") || !v.Type().HasAttribute("trainable") {
		return TrainableRule{}, wrong
	}
	pattern, trainable := v.GetAttr("path"), v.GetAttr("trainable")
	if pattern.IsNull() || pattern.Type() != cty.String || trainable.IsNull() || trainable.Type() != cty.Bool {
		return TrainableRule{}, wrong
	}
	return TrainableRule{pattern.AsString(), trainable.True()}, checkPattern(pattern.AsString())
}

// DecodeTraining reads the arguments of a train block of the document.
func DecodeTraining(doc *dsl.Document, t *dsl.Train) (*Training, hcl.Diagnostics) {
	out := new(Training)
	if blocks := comparisons(doc, t.Module); len(blocks) > 0 {
		out.losses, out.metrics = lossesOf(blocks), metricsOf(blocks)
	}
	args, diags := schema.Decode(t.Body, t.Context, out, "train \""+t.Name+"\"", t.DeclRange, "model", "data", "callback", "check")
	out.Args = args
	if c, _, _ := t.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "initial_weights"}}}); c != nil && out.InitialWeights != cty.NilVal && c.Attributes["initial_weights"] != nil {
		if v, more := c.Attributes["initial_weights"].Expr.Value(t.Module.Paths(t.Context)); !more.HasErrors() {
			out.InitialWeights = schema.ResolvePaths(v)
		}
	}
	return out, diags
}

// checkStart takes a path, or a train.
func checkStart(v cty.Value) error {
	if v.Type() == cty.String && v.AsString() != "" || v.Type().IsObjectType() && v.Type().HasAttribute("name") && v.LengthInt() == 1 {
		return nil
	}
	return fmt.Errorf("the path of a safetensors file or model.dlrun is wanted, or train.NAME, got %s", schema.Show(v))
}

// freeze applies the train block's rules to the model's weights.
func (t *Training) freeze(m *Model) hcl.Diagnostics {
	used := make([]bool, len(t.Rules))
	for _, w := range m.Weights {
		for i, r := range t.Rules {
			if matchPath(r.Path, w.Path) {
				used[i] = true
				w.Trainable = r.Trainable && !w.NonTrainable
				break
			}
		}
	}
	if len(t.Rules) > 0 { // a layer is frozen when all its weights are: its batch statistics rest too
		for _, l := range m.Layers {
			l.Trainable = l.Trainable && len(l.Weights) == 0
		}
		for _, w := range m.Weights {
			w.Layer.Trainable = w.Layer.Trainable || w.Trainable
		}
	}
	var diags hcl.Diagnostics
	for i, u := range used {
		if !u {
			r := t.Args.Range("trainable")
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Rule without effect", Subject: &r,
				Detail: fmt.Sprintf("No weight is governed by the rule for path %q.", t.Rules[i].Path),
			})
		}
	}
	return diags
}

// matchPath matches a path with * for a part and ** for any number of parts.
func matchPath(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchParts(p, n []string) bool {
	for len(p) > 0 {
		if p[0] == "**" {
			for i := 0; i <= len(n); i++ {
				if matchParts(p[1:], n[i:]) {
					return true
				}
			}
			return false
		}
		if len(n) == 0 {
			return false
		}
		if ok, err := path.Match(p[0], n[0]); err != nil || !ok {
			return false
		}
		p, n = p[1:], n[1:]
	}
	return len(n) == 0
}

// numbersByOutput reads a value given per output: a list in their order, an object by their names,
// or one number where there is one output.
func numbersByOutput(v cty.Value, outputs []string) ([]float64, error) {
	out := make([]float64, len(outputs))
	for i := range out {
		out[i] = 1
	}
	set := func(i int, e cty.Value) error {
		if !e.IsKnown() || e.IsNull() || e.Type() != cty.Number {
			return fmt.Errorf("a number is wanted for output %q, got %s", outputs[i], schema.Show(e))
		}
		f, _ := e.AsBigFloat().Float64()
		out[i] = f
		return nil
	}
	ty := v.Type()
	switch {
	case ty == cty.Number && len(outputs) == 1:
		return out, set(0, v)
	case ty.IsTupleType() || ty.IsListType():
		elems, _ := elements(v)
		if len(elems) != len(outputs) {
			return nil, fmt.Errorf("the list has %d numbers, the model has %d outputs", len(elems), len(outputs))
		}
		for i, e := range elems {
			if err := set(i, e); err != nil {
				return nil, err
			}
		}
		return out, nil
	case ty.IsObjectType() || ty.IsMapType():
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			name := k.AsString()
			i := indexOf(outputs, name)
			if i < 0 {
				return nil, fmt.Errorf("the model has no output %q.%s", name, schema.Suggest(name, outputs))
			}
			if err := set(i, e); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("a list or an object by output name is wanted, got %s", schema.Show(v))
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}
