package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/pipeline"
)

// manifest says what a unit's run is, before it begins.
func (s *session) manifest(ctx context.Context, o FitOptions, u *Unit, data *pipeline.Data, diags hcl.Diagnostics, precision string) (*run.Manifest, error) {
	doc := s.project.Doc
	m := &run.Manifest{
		Name: doc.Run.Name, Train: u.Train.Name, Status: run.Running, Dlrun: s.Version, Go: runtime.Version(),
		Command: o.Command, Seed: doc.Run.Seed, Device: "cpu", Precision: precision, Machine: o.Machine, Started: s.Now(),
	}
	if precision == "float32" && u.Training.Precision != precision {
		text := fmt.Sprintf("precision %q is not available on the cpu; float32 is used", u.Training.Precision)
		m.Warnings = append(m.Warnings, text)
		s.Observer.Note("Warning: " + text + ".")
	}
	for _, d := range diags {
		if d.Severity == hcl.DiagWarning {
			m.Warnings = append(m.Warnings, d.Error())
		}
	}
	m.Malformed = passedOver(data)
	for _, name := range sorted(doc.Files) {
		in := run.HashBytes(filepath.ToSlash(name), doc.Files[name].Bytes)
		in.Configuration = true
		m.Inputs = append(m.Inputs, in)
	}
	for _, f := range data.Files() {
		m.Inputs = append(m.Inputs, run.Input{Path: filepath.ToSlash(f.Path), SHA256: f.SHA256, Bytes: f.Size})
	}
	var starts []string
	for _, st := range u.Model.Starts {
		starts = append(starts, st.File)
	}
	if v := u.Training.InitialWeights; v != cty.NilVal && !v.IsNull() && v.Type() == cty.String {
		file := v.AsString()
		if !filepath.IsAbs(file) {
			file = filepath.Join(doc.Dir, file)
		}
		starts = append(starts, file)
	}
	files, err := run.HashFiles(ctx, starts)
	if err != nil {
		return nil, fmt.Errorf("initial_weights: %w", err)
	}
	m.Inputs = append(m.Inputs, files...)
	values, err := json.Marshal(u.configuration(doc, data))
	if err != nil {
		return nil, err
	}
	m.Configuration = run.Config{Epochs: u.Training.Epochs, Values: values, Source: map[string]string{}}
	for _, name := range sorted(doc.Files) {
		m.Configuration.Source[filepath.ToSlash(name)] = string(doc.Files[name].Bytes)
	}
	return m, nil
}

// passedOver is what was wrong with the data, nil for nothing.
func passedOver(data *pipeline.Data) *run.Malformed {
	if m := data.Malformed(); m != nil {
		return (*run.Malformed)(m)
	}
	return nil
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// configuration is everything that decides the result, but for the number of epochs: what may not
// change when a run is continued. read is nil where the data has not been read: a source's paths then stand for themselves.
func (u *Unit) configuration(doc *dsl.Document, read *pipeline.Data) map[string]any {
	train := u.Training.Args.Block.Values(doc.Files)
	for _, free := range []string{"epochs", "device", "log_every_n_steps"} {
		delete(train, free)
	}
	var calls []any
	for _, c := range u.written {
		calls = append(calls, map[string]any{c.kind: c.args.Block.Values(doc.Files)})
	}
	train["callback"] = calls
	var layers []any
	for _, use := range u.Model.Uses {
		var in []string
		for _, t := range use.In {
			in = append(in, t.Name)
		}
		l := use.Layer
		layers = append(layers, map[string]any{"path": l.Path, "type": l.Type, "inputs": in, "trainable": l.Trainable, "arguments": l.Args.Block.Values(doc.Files)})
	}
	var inputs []any
	for _, in := range u.Model.Inputs {
		inputs = append(inputs, map[string]any{"name": in.Name, "shape": in.Tensor.Spec.Shape, "dtype": in.Tensor.Spec.DType})
	}
	var outputs []any
	for _, o := range u.Model.Outputs {
		outputs = append(outputs, map[string]any{"name": o.Name, "value": o.Tensor.Name})
	}
	d := u.Train.Data
	var files []pipeline.File
	if read != nil {
		files = read.Files()
	}
	data := map[string]any{"name": d.Name, "source": byContent(d.Source, files), "feature": columns2json(d.Features), "target": columns2json(d.Targets), "weight": d.Weights}
	if read != nil && read.Stretch() > 0 { // the order of the rows depends on it
		data["shuffled_bytes"] = read.Stretch()
	}
	if d.Oversample != "" {
		data["oversample"] = d.Oversample
	}
	if d.OnError != "fail" {
		data["on_error"] = d.OnError
	}
	if d.Split != nil {
		data["split"] = map[string]any{"validation": d.Split.Validation, "test": d.Split.Test, "stratify": d.Split.Stratify, "group": d.Split.Group}
		if d.Split.OrderBy+d.Split.Column != "" || d.Split.Folds > 0 {
			data["split_by"] = map[string]any{"order_by": d.Split.OrderBy, "column": d.Split.Column, "folds": d.Split.Folds, "fold": d.Split.Fold}
		}
	}
	return map[string]any{"train": train, "model": map[string]any{"name": u.Model.Name, "input": inputs, "layer": layers, "output": outputs}, "dataset": data}
}

func columns2json(cols []*dsl.Column) []any {
	var out []any
	for _, c := range cols {
		var steps []any
		for _, s := range c.Steps {
			steps = append(steps, map[string]any{"augment": s.Augment, "step": named2json(s.Named)})
		}
		out = append(out, map[string]any{"name": c.Name, "columns": c.Columns, "steps": steps})
	}
	return out
}

// named2json is what was written for a thing of a registry: its arguments as they evaluate.
func named2json(n dsl.Named) map[string]any {
	args := map[string]any{}
	attrs, _ := n.Body.JustAttributes() // its mistakes were reported when it was decoded
	for name, a := range attrs {
		if v, diags := a.Expr.Value(n.Context); !diags.HasErrors() && v.IsWhollyKnown() {
			v, _ = v.UnmarkDeep()
			args[name] = ctyjson.SimpleJSONValue{Value: v}
		}
	}
	return map[string]any{n.Kind: args}
}

// byContent is what was written for a source, its files named by what is in them: data that was only moved has not
// changed. A file that another part reads, or another order of files, is a change.
func byContent(source dsl.Named, files []pipeline.File) map[string]any {
	out := named2json(source)
	args, ok := out[source.Kind].(map[string]any)
	if !ok {
		return out
	}
	for _, name := range []string{"path", "train", "validation", "test"} {
		v, ok := args[name].(ctyjson.SimpleJSONValue)
		if !ok || v.IsNull() || v.Type() != cty.String {
			continue
		}
		pattern := filepath.ToSlash(v.AsString())
		var content []string
		for _, f := range files {
			if fits(pattern, filepath.ToSlash(f.Path)) {
				content = append(content, f.SHA256)
			}
		}
		if len(content) > 0 {
			args[name] = content
		}
	}
	return out
}

// fits tells whether a file is one of those that a path or pattern names. A path from the command line is relative to
// another folder than the file's: as many of its last parts are compared as the pattern has.
func fits(pattern, file string) bool {
	parts := strings.Split(file, "/")
	if n := strings.Count(path.Clean(pattern), "/") + 1; n < len(parts) {
		parts = parts[len(parts)-n:]
	}
	file = strings.Join(parts, "/")
	ok, err := path.Match(path.Clean(pattern), file)
	return file == path.Clean(pattern) || err == nil && ok
}

// bundleNotes is what a bundle says besides sources and weights.
type bundleNotes struct {
	Train string          `json:"train"`
	Model string          `json:"model"`
	Data  string          `json:"dataset"`
	State *pipeline.State `json:"state"`
	Batch int             `json:"batch,omitempty"` // of the training, where layers keep states from batch to batch
}

// writeBundle saves the present weights as a model.dlrun.
func (s *session) writeBundle(path string, l *loop) error {
	sources, err := s.project.Doc.Sources()
	if err != nil {
		return err
	}
	said := bundleNotes{Train: l.unit.Train.Name, Model: l.unit.Model.Name, Data: l.unit.Train.Data.Name, State: l.data.State()}
	if l.unit.Model.Stateful() {
		said.Batch = l.unit.Training.BatchSize
	}
	notes, err := json.Marshal(said)
	if err != nil {
		return err
	}
	weights, err := l.engine.tensors(false)
	if err != nil {
		return err
	}
	b := &run.Bundle{Dlrun: s.Version, Name: s.project.Doc.Run.Name, Source: map[string]string{}, Preprocessing: notes, Weights: weights}
	for name, text := range sources {
		b.Source[name] = string(text)
	}
	for _, in := range l.unit.Model.Inputs {
		b.Signature.Inputs = append(b.Signature.Inputs, run.ModelInput{Name: in.Name, Shape: openShape(in.Tensor.Spec.Shape), DType: string(in.Tensor.Spec.DType)})
	}
	for _, h := range l.unit.Program.Heads {
		out := run.ModelOutput{Name: h.Name, Shape: openShape(h.Output.Tensor.Spec.Shape), DType: string(h.Output.Tensor.Spec.DType)}
		if f, ok := h.Loss.(interface{ Logits() bool }); ok {
			out.FromLogits = f.Logits()
		}
		if names, ok := l.data.ClassNames(h.Target); ok {
			out.Classes = names
		}
		b.Signature.Outputs = append(b.Signature.Outputs, out)
	}
	return run.WriteBundle(path, b)
}

func openShape(s shape.Shape) run.Shape {
	out := run.Shape{}
	for _, d := range s {
		if d == shape.Unknown {
			d = run.AnyLength
		}
		out = append(out, d)
	}
	return out
}

// runCheck evaluates a check on the final metrics. One whose condition cannot be told, as of a loss that
// is not a number, has failed.
func runCheck(c *dsl.Check, m run.Metrics) run.Check {
	attrs := map[string]cty.Value{}
	for _, x := range m {
		attrs[x.Name] = shortest(x.Value)
	}
	ctx := c.Context.NewChild()
	ctx.Variables = map[string]cty.Value{"metrics": cty.ObjectVal(attrs)}
	out := run.Check{Name: c.Name}
	var why []string
	switch v, diags := c.Condition.Value(ctx); {
	case !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool:
		if out.Passed = v.True(); out.Passed {
			return out
		}
	case !diags.HasErrors():
		why = append(why, "its condition is neither true nor false")
	default:
		if why = without(c.Condition, attrs); len(why) == 0 {
			why = append(why, "its condition cannot be told: "+diags.Error())
		}
	}
	if c.ErrorMessage != nil {
		if v, diags := c.ErrorMessage.Value(ctx); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			why = append([]string{v.AsString()}, why...)
		} else if len(why) == 0 {
			why = append(without(c.ErrorMessage, attrs), "its error_message cannot be made")
		}
	}
	out.Message = strings.Join(why, "; ")
	return out
}

// without names the metrics of an expression that have no value: they are not finite, or no epoch at the
// end has reported them.
func without(e hcl.Expression, metrics map[string]cty.Value) []string {
	var out []string
	for _, ref := range e.Variables() {
		if ref.RootName() != "metrics" || len(ref) < 2 {
			continue
		}
		name, ok := ref[1].(hcl.TraverseAttr)
		if !ok {
			continue
		}
		if v, ok := metrics[name.Name]; !ok {
			out = append(out, fmt.Sprintf("metrics.%s was not reported", name.Name))
		} else if v.IsNull() {
			out = append(out, fmt.Sprintf("metrics.%s is not a finite number", name.Name))
		}
	}
	return out
}

// shortest is a float32 as the shortest decimal that means it, as expressions see metrics. What is
// not finite is null.
func shortest(f float32) cty.Value {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return cty.NullVal(cty.Number)
	}
	v, err := cty.ParseNumberVal(strconv.FormatFloat(float64(f), 'g', -1, 32))
	if err != nil {
		return cty.NullVal(cty.Number)
	}
	return v
}
