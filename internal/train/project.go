// Package train runs what a document asks for: it checks a document without data, opens the data,
// trains, evaluates and predicts, and keeps the run directory.
//
// The words: a Project is a document whose every model, dataset and train was checked; a Unit is
// one train of it with all that it needs; an epoch is one pass over the training split; a step is
// one batch and one update of the weights.
package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/optimizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/callbacks"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline"
)

// Project is a checked document.
type Project struct {
	Doc    *dsl.Document
	Models map[string]*builder.Model // those that no train uses included
	Units  []*Unit                   // in the order of the document's trains
}

// Unit is one train block with its model, data, callbacks and checks.
type Unit struct {
	Train     *dsl.Train
	Training  *builder.Training
	Model     *builder.Model
	Program   *builder.Program
	Signature *pipeline.Signature
	Callbacks []callbacks.Callback

	written []callbackBlock // where each of Callbacks is written
}

// callbackBlock is a callback as it is written.
type callbackBlock struct {
	kind  string
	where hcl.Range
	args  *schema.Decoded
}

// Check does all that can be done without reading data: every block is decoded, every shape
// inferred, data, model, losses, callbacks and checks are held against each other.
func Check(doc *dsl.Document) (*Project, hcl.Diagnostics) { return check(doc, nil) }

// check is Check with what is known of the data of some trains, by their names.
func check(doc *dsl.Document, data map[string]*pipeline.Data) (*Project, hcl.Diagnostics) {
	p := &Project{Doc: doc, Models: map[string]*builder.Model{}}
	var diags hcl.Diagnostics
	signatures := map[*dsl.Dataset]*pipeline.Signature{}
	for _, d := range doc.Datasets {
		s, more := pipeline.Check(d)
		diags = append(diags, more...)
		signatures[d] = s
	}
	for _, m := range doc.Models {
		walked, more := builder.Walk(doc, m)
		diags = append(diags, more...)
		if !more.HasErrors() {
			p.Models[m.Name] = walked
		}
	}
	for _, t := range doc.Trains {
		signature := signatures[t.Data]
		if d := data[t.Name]; d != nil {
			signature = d.Signature()
		}
		u, more := checkTrain(doc, t, signature)
		diags = append(diags, more...)
		p.Units = append(p.Units, u)
	}
	return p, diags
}

func checkTrain(doc *dsl.Document, t *dsl.Train, signature *pipeline.Signature) (*Unit, hcl.Diagnostics) {
	u := &Unit{Train: t}
	var diags, more hcl.Diagnostics
	u.Training, more = builder.DecodeTraining(doc, t)
	diags = append(diags, more...)
	diags = append(diags, checkDevice(u.Training)...)
	for _, n := range t.Callbacks {
		c, args, more := schema.Resolve(callbacks.Registry, n.Kind, n.KindRange, n.Body, n.Context, "callback")
		diags = append(diags, more...)
		if !more.HasErrors() {
			u.Callbacks = append(u.Callbacks, c)
			u.written = append(u.written, callbackBlock{n.Kind, n.DeclRange, args})
		}
	}
	diags = append(diags, u.checkRate()...)
	diags = append(diags, u.checkAverages()...)
	if name := u.startsFrom(); name != "" && !slices.ContainsFunc(doc.Trains, func(t *dsl.Train) bool { return t.Name == name }) {
		diags = append(diags, u.Training.Args.Diagnose("Invalid value for \"initial_weights\"",
			schema.Atf("initial_weights", "the path of a safetensors file or model.dlrun is wanted, or a train as train.NAME")))
	}
	if t.Model == nil || t.Data == nil {
		return u, diags
	}
	u.Signature = signature
	// Each train has a walk of its own: its rules decide which weights are trainable. Check has reported
	// what is wrong with the model, but not what is wrong for the sizes that the data give its open axes.
	fed := dataOf(t.Data, u.Signature)
	shapes := map[string]shape.Shape{}
	for _, c := range fed.Features {
		if c.Spec.Known {
			shapes[c.Name] = c.Spec.Shape
		}
	}
	u.Model, more = builder.WalkOn(doc, t.Model, shapes)
	if _, alone := builder.Walk(doc, t.Model); more.HasErrors() && !alone.HasErrors() {
		diags = append(diags, more...)
	}
	u.Program, more = builder.Link(u.Model, u.Training, fed)
	diags = append(diags, more...)
	diags = append(diags, u.checkClassWeight()...)
	diags = append(diags, u.checkReports()...)
	return u, append(diags, u.advise()...)
}

// checkRate refuses callbacks that set a learning rate which follows a schedule, or which is several.
func (u *Unit) checkRate() hcl.Diagnostics {
	main, several := u.Training.Main(), len(u.Training.Optimizers) > 1
	if main == nil || u.Training.Args.Failed("optimizer") || !several && settable(main.Common().LearningRate) {
		return nil
	}
	var diags hcl.Diagnostics
	for i, c := range u.Callbacks {
		if _, ok := c.(callbacks.RateSetter); ok {
			n := u.written[i]
			if several {
				diags = append(diags, &hcl.Diagnostic{
					Severity: hcl.DiagError, Summary: "Several learning rates", Subject: &n.where,
					Detail: fmt.Sprintf("Callback %q sets the learning rate, but there are %d optimizers, each with its own; use one optimizer and learning_rate_multipliers, or remove the callback.", n.kind, len(u.Training.Optimizers)),
				})
				continue
			}
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Learning rate follows a schedule", Subject: &n.where,
				Detail: fmt.Sprintf("Callback %q sets the learning rate, but the optimizer's follows a schedule; give it a plain number, or remove the callback.", n.kind),
			})
		}
	}
	return diags
}

// checkAverages refuses callbacks that measure moving averages where no optimizer keeps them.
func (u *Unit) checkAverages() hcl.Diagnostics {
	if u.Training.Args.Failed("optimizer") || slices.ContainsFunc(u.Training.Optimizers, func(o schema.PerOutput[optimizer.Optimizer]) bool { return !o.None && o.Thing.Common().UseEMA }) {
		return nil
	}
	var diags hcl.Diagnostics
	for i, c := range u.Callbacks {
		if _, ok := c.(callbacks.AverageMeasurer); ok {
			n := u.written[i]
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "No moving averages", Subject: &n.where,
				Detail: fmt.Sprintf("Callback %q wants moving averages of the weights; set use_ema = true in the optimizer's block.", n.kind),
			})
		}
	}
	return diags
}

// measuresAverages tells whether validation measures moving averages.
func (u *Unit) measuresAverages() bool {
	return slices.ContainsFunc(u.Callbacks, func(c callbacks.Callback) bool {
		_, ok := c.(callbacks.AverageMeasurer)
		return ok
	})
}

func dataOf(d *dsl.Dataset, s *pipeline.Signature) *builder.Data {
	out := &builder.Data{Name: d.Name, Where: d.DeclRange, Open: d.Unknown}
	for _, f := range s.Features {
		out.Features = append(out.Features, specOf(f))
	}
	for _, t := range s.Targets {
		out.Targets = append(out.Targets, specOf(t))
	}
	return out
}

func checkDevice(t *builder.Training) hcl.Diagnostics {
	if t.Args.Failed("device") {
		return nil
	}
	err := DeviceError(t.Device)
	if err == nil {
		return nil
	}
	return hcl.Diagnostics{t.Args.Diagnose("Device not available", schema.At("device", err))}
}

// reports are the names that an epoch's logs hold.
func (u *Unit) reports() []string {
	names := u.Program.Reports()
	if u.Signature.HasValidation {
		for _, n := range u.Program.Reports() {
			names = append(names, "val_"+n)
		}
	}
	if u.setsRate() {
		names = append(names, "learning_rate")
	}
	return names
}

// setsRate tells whether a callback may set the learning rate, which is then part of the logs.
func (u *Unit) setsRate() bool {
	for _, c := range u.Callbacks {
		if _, ok := c.(callbacks.RateSetter); ok {
			return true
		}
	}
	return false
}

// rising are those of them that are better when larger.
func (u *Unit) rising() []string {
	var names []string
	for _, h := range u.Program.Heads {
		for _, m := range h.Metrics {
			if _, ok := m.Metric.(metric.Rising); ok {
				names = append(names, m.Name, "val_"+m.Name)
			}
		}
	}
	return names
}

// checkReports holds callbacks' monitors and checks' conditions against what will be reported.
func (u *Unit) checkReports() hcl.Diagnostics {
	var diags hcl.Diagnostics
	fail := func(r hcl.Range, summary, detail string) {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &r})
	}
	logs, final := u.reports(), u.finalNames()
	for i, c := range u.Callbacks {
		m, ok := c.(callbacks.Monitor)
		if !ok {
			continue
		}
		n, name := u.written[i], m.Monitored()
		if _, written := n.args.Ranges["monitor"]; name == "" && !written || contains(logs, name) {
			continue
		}
		if why := u.withoutSplit(name, logs); why != "" {
			fail(n.args.Range("monitor"), "Monitor of nothing", fmt.Sprintf("Callback %q monitors %q, %s", n.kind, name, why))
		} else if u.Program.Headed { // else it may be of a metric that has a mistake
			fail(n.args.Range("monitor"), "Monitor of nothing", fmt.Sprintf("Nothing reports %q, which callback %q monitors.%s", name, n.kind, schema.Suggest(name, logs)))
		}
	}
	for _, c := range u.Train.Checks {
		for _, e := range []hcl.Expression{c.Condition, c.ErrorMessage} {
			for _, ref := range e.Variables() {
				name := metricName(ref)
				if name == "" || contains(final, name) {
					continue
				}
				if why := u.withoutSplit(name, final); why != "" {
					fail(ref.SourceRange(), "Unknown metric", fmt.Sprintf("Nothing reports metrics.%s: %s", name, strings.TrimPrefix(why, "but ")))
				} else if u.Program.Headed {
					fail(ref.SourceRange(), "Unknown metric", fmt.Sprintf("Nothing reports metrics.%s.%s", name, schema.Suggest(name, final)))
				}
			}
		}
	}
	return diags
}

// withoutSplit says that a name is of a split that the dataset has not, or nothing where it is not.
func (u *Unit) withoutSplit(name string, reported []string) string {
	for prefix, split := range map[string]string{"val_": "validation", "test_": "test"} {
		of, ok := strings.CutPrefix(name, prefix)
		if !ok || split == "validation" && u.Signature.HasValidation || split == "test" && u.Signature.HasTest {
			continue
		}
		instead := ""
		if contains(reported, of) {
			instead = fmt.Sprintf(", or watch %q", of)
		}
		return fmt.Sprintf("but dataset %q has no %s split: add split { %[2]s = 0.1 }%s.", u.Train.Data.Name, split, instead)
	}
	return ""
}

// metricName is NAME of metrics.NAME or metrics["NAME"]; else "".
func metricName(ref hcl.Traversal) string {
	if ref.RootName() != "metrics" || len(ref) < 2 {
		return ""
	}
	switch s := ref[1].(type) {
	case hcl.TraverseAttr:
		return s.Name
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String {
			return s.Key.AsString()
		}
	}
	return ""
}

// finalNames are the metrics that checks can use.
func (u *Unit) finalNames() []string {
	names := u.reports()
	if u.Signature.HasTest {
		for _, n := range u.Program.Reports() {
			names = append(names, "test_"+n)
		}
	}
	return names
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Info answers the data functions of a document once data is open: vocabulary_size, num_classes,
// class_names, steps_per_epoch. Before, everything is unknown.
type Info struct {
	data  map[string]*pipeline.Preprocessing // by dataset
	steps map[string]int                     // by train
}

func (i *Info) ask(dataset string) *pipeline.Preprocessing {
	if i == nil {
		return nil
	}
	return i.data[dataset]
}

// VocabularySize implements dsl.DataInfo.
func (i *Info) VocabularySize(dataset, column string) (int, bool, error) {
	d := i.ask(dataset)
	if d == nil {
		return 0, false, nil
	}
	n, ok := d.VocabularySize(column)
	if !ok {
		return 0, false, fmt.Errorf("%q of dataset %q has no vocabulary: no transform of it learns one", column, dataset)
	}
	return n, true, nil
}

// NumClasses implements dsl.DataInfo.
func (i *Info) NumClasses(dataset, column string) (int, bool, error) {
	d := i.ask(dataset)
	if d == nil {
		return 0, false, nil
	}
	n, ok := d.NumClasses(column)
	if !ok {
		return 0, false, fmt.Errorf("%q of dataset %q has no classes", column, dataset)
	}
	return n, true, nil
}

// ClassNames implements dsl.DataInfo.
func (i *Info) ClassNames(dataset, column string) ([]string, bool, error) {
	d := i.ask(dataset)
	if d == nil {
		return nil, false, nil
	}
	names, ok := d.ClassNames(column)
	if !ok {
		return nil, false, fmt.Errorf("%q of dataset %q has no class names", column, dataset)
	}
	return names, true, nil
}

// StepsPerEpoch implements dsl.DataInfo.
func (i *Info) StepsPerEpoch(train string) (int, bool, error) {
	if i == nil {
		return 0, false, nil
	}
	n, ok := i.steps[train]
	return n, ok, nil
}
