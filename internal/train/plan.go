package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/plan"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/pipeline"
)

// PlanOptions are what dlrun plan was asked.
type PlanOptions struct {
	Settings
	Load    Loader
	Only    string // one train and what it needs; "" for all
	Measure bool   // time a few steps
	Command []string
	Machine run.Machine
}

// Plan says what a train would do, before it is done.
type Plan struct {
	Train     string       `json:"train"`
	Model     string       `json:"model"`
	Dataset   string       `json:"dataset"`
	Layers    []PlanLayer  `json:"layers"`
	Total     int          `json:"total_params"`
	Trainable int          `json:"trainable_params"`
	Epochs    int          `json:"epochs"`
	Batch     int          `json:"batch_size"`
	Steps     int          `json:"steps_per_epoch"`
	Memory    PlanMemory   `json:"memory"`
	Flops     float64      `json:"flops_per_step"` // two for each multiply-add of a training step
	Seconds   *PlanTime    `json:"time,omitempty"`
	Rows      PlanRows     `json:"rows"`
	Columns   []PlanColumn `json:"columns"`
	Files     []PlanFile   `json:"files"`
	Metrics   []string     `json:"metrics"` // what an epoch reports
	Checks    []string     `json:"checks,omitempty"`

	Manifest *run.Manifest `json:"-"` // what a run of it would begin with
}

// PlanLayer is one layer: its first use.
type PlanLayer struct {
	Path   string  `json:"name"`
	Type   string  `json:"type"`
	Shape  []int   `json:"output_shape"` // without the batch
	Params int     `json:"params"`
	Flops  float64 `json:"flops"` // of the forward pass of one example
	Bytes  int     `json:"bytes"` // of the outputs of one example
}

// PlanMemory is the memory that a train takes on the CPU, in bytes. The arena is what its steps are planned in: exact.
type PlanMemory struct {
	Arena     int   `json:"arena"`
	Unplanned int   `json:"without_reuse"` // what the arena would be if no memory were used twice
	Weights   int   `json:"weights"`
	Slots     int   `json:"optimizer"`
	Peak      int   `json:"peak"`            // arena, weights and slots
	Limit     int64 `json:"limit,omitempty"` // what the machine has for it; 0 where that is not known
}

// PlanTime is an estimate from a few measured steps, in seconds.
type PlanTime struct {
	Step  float64 `json:"step"`
	Epoch float64 `json:"epoch"` // of training; validation is not in it
	All   float64 `json:"all"`
}

// PlanRows are the sizes of the splits.
type PlanRows struct {
	Train      int `json:"train"`
	Validation int `json:"validation"`
	Test       int `json:"test"`
}

// PlanColumn is a feature or target and what it feeds.
type PlanColumn struct {
	Name    string   `json:"name"`
	Target  bool     `json:"target"`
	Columns []string `json:"columns"`
	Shape   []int    `json:"shape"` // -1 for an axis of any length
	DType   string   `json:"dtype,omitempty"`
	Feeds   string   `json:"feeds,omitempty"` // input.NAME or output.NAME; "" for nothing
	Classes []string `json:"classes,omitempty"`
	Counts  []int    `json:"counts,omitempty"` // rows of the train split by class
}

// PlanFile is a data file.
type PlanFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// MakePlan reads the data, plans every step, and measures some. Where a train does not fit into memory the
// diagnostics say which batch would.
func MakePlan(ctx context.Context, o PlanOptions) ([]*Plan, hcl.Diagnostics, error) {
	s, diags, err := open(ctx, o.Settings, o.Load, func(p *Project) ([]*Unit, error) { return p.only(o.Only) }, nil)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	defer s.machine.Close()
	var out []*Plan
	for _, u := range s.units {
		p, more, err := s.plan(ctx, o, u, diags)
		if diags = append(diags, more...); err != nil {
			return out, diags, fmt.Errorf("train %q: %w", u.Train.Name, err)
		}
		out = append(out, p)
	}
	return out, diags, nil
}

func (s *session) plan(ctx context.Context, o PlanOptions, u *Unit, diags hcl.Diagnostics) (*Plan, hcl.Diagnostics, error) {
	data := s.data[u.Train.Name]
	weighted, _, err := sampleWeights(u, data)
	if err != nil {
		return nil, nil, err
	}
	rows := PlanRows{data.Rows("train"), data.Rows("validation"), data.Rows("test")}
	if rows.Train == 0 {
		return nil, nil, fmt.Errorf("dataset %q has no rows to train on", u.Train.Data.Name)
	}
	p := &Plan{
		Train: u.Train.Name, Model: u.Model.Name, Dataset: u.Train.Data.Name, Epochs: u.Training.Epochs, Rows: rows,
		Batch: min(u.Training.BatchSize, rows.Train), Metrics: u.reports(), Columns: s.columns(u, data),
	}
	p.Total, p.Trainable, _ = u.Model.Parameters()
	_, p.Steps = stepsOf(u.Training, data)
	for _, f := range data.Files() {
		p.Files = append(p.Files, PlanFile{f.Path, f.Size, f.SHA256})
	}
	for _, c := range u.Train.Checks {
		p.Checks = append(p.Checks, c.Name)
	}
	if p.Manifest, err = s.manifest(ctx, FitOptions{Settings: o.Settings, Command: o.Command, Machine: o.Machine}, u, data, diags, s.precision(u)); err != nil {
		return nil, nil, err
	}
	main, err := p.memory(s, u, weighted)
	if err != nil {
		return nil, nil, err
	}
	p.layers(u.Model, main)
	if s.MemoryLimit > 0 && int64(p.Memory.Peak) > s.MemoryLimit {
		return p, hcl.Diagnostics{s.tooLarge(u, p, weighted)}, nil
	}
	if o.Measure && s.Device != "cuda" {
		t, err := s.time(ctx, TimeOptions{Settings: o.Settings, Steps: measuredSteps}, u)
		if err != nil {
			return nil, nil, err
		}
		step := t.Step
		p.Seconds = &PlanTime{Step: step, Epoch: step * float64(p.Steps), All: step * float64(p.Steps) * float64(p.Epochs)}
	}
	return p, nil, nil
}

// measuredSteps are timed for the estimate.
const measuredSteps = 4

// memory plans the steps of a run: training, with the smaller last batch, validation, prediction. All lie in one arena.
func (p *Plan) memory(s *session, u *Unit, weighted [][]int) (*plan.Plan, error) {
	for _, v := range u.Program.State() {
		if n := 4 * v.Shape.Size(); v.Slot == "" {
			p.Memory.Weights += n
		} else {
			p.Memory.Slots += n
		}
	}
	var main *plan.Plan
	add := func(g *builder.Graph, err error) error {
		if err != nil {
			return err
		}
		made, err := planned(s.machine, g, false)
		if err != nil {
			return err
		}
		if main == nil {
			main, p.Memory.Unplanned = made, made.Unplanned
		}
		p.Memory.Arena = max(p.Memory.Arena, made.Arena)
		return nil
	}
	if err := add(u.Program.Train(op.Float32, p.Batch, weighted, true)); err != nil {
		return nil, err
	}
	if u.Training.Accumulate != nil {
		if err := add(u.Program.Train(op.Float32, p.Batch, weighted, false)); err != nil {
			return nil, err
		}
	}
	if p.Rows.Validation > 0 || p.Rows.Test > 0 {
		if err := add(u.Program.Evaluate(op.Float32, min(u.Training.BatchSize, max(p.Rows.Validation, p.Rows.Test)), weighted)); err != nil {
			return nil, err
		}
	}
	p.Memory.Limit = s.MemoryLimit
	p.Memory.Peak = p.Memory.Arena + p.Memory.Weights + p.Memory.Slots
	return main, nil
}

// tooLarge says which batch would fit.
func (s *session) tooLarge(u *Unit, p *Plan, weighted [][]int) *hcl.Diagnostic {
	state := int64(p.Memory.Weights + p.Memory.Slots)
	fits := 0
	for low, high := 1, p.Batch-1; low <= high; {
		middle := (low + high) / 2
		g, err := u.Program.Train(op.Float32, middle, weighted, true)
		var made *plan.Plan
		if err == nil {
			made, err = planned(s.machine, g, false)
		}
		if err == nil && int64(made.Arena)+state <= s.MemoryLimit {
			fits, low = middle, middle+1
		} else {
			high = middle - 1
		}
	}
	err := &memoryError{p.Batch, int64(p.Memory.Peak), state, s.MemoryLimit}
	hint := "; not even one example fits: choose a smaller model"
	if fits > 0 {
		hint = fmt.Sprintf("; batch_size = %d would fit (with gradient_accumulation_steps = %d the updates stay about the same)", fits, (p.Batch+fits-1)/fits)
	}
	d := u.Training.Args.Diagnose("Does not fit into memory", fmt.Errorf("a step of %d examples needs %d MiB, of which %d MiB are weights and the optimizer's slots, and there are %d MiB for it on this machine%s",
		err.batch, err.need>>20, err.state>>20, err.limit>>20, hint))
	if r, ok := u.Training.Args.Ranges["batch_size"]; ok {
		d.Subject = &r
		if fits > 0 {
			d.Extra = &dsl.Fix{Title: fmt.Sprintf("Set batch_size = %d", fits), At: r.Start, Set: map[string]string{"batch_size": fmt.Sprint(fits)}}
		}
	}
	return d
}

// layers lists the layers with what the plan knows of their forward pass.
func (p *Plan) layers(m *builder.Model, made *plan.Plan) {
	flops := map[string]float64{}
	for _, st := range made.Steps {
		if st.Op == nil {
			continue
		}
		var read []bool
		for _, v := range st.Out {
			read = append(read, made.Values[v].Read)
		}
		n := 2 * float64(st.Op.MultiplyAdds(read))
		p.Flops += n
		if at := op.OriginOf(st.Node); at.Part == op.Forward {
			flops[at.Layer] += n / float64(p.Batch)
		}
	}
	listed := map[*builder.Layer]bool{}
	for _, use := range m.Uses {
		if listed[use.Layer] {
			continue
		}
		listed[use.Layer] = true
		l := PlanLayer{Path: use.Layer.Path, Type: use.Layer.Type, Shape: use.Outs[0].Spec.Shape, Flops: flops[use.Layer.Path]}
		for _, w := range use.Layer.Weights {
			l.Params += w.Size()
		}
		for _, t := range use.Outs {
			if n := t.Spec.Shape.Size(); n != shape.Unknown {
				l.Bytes += 4 * n
			}
		}
		p.Layers = append(p.Layers, l)
	}
}

// columns are the dataset's features and targets, bound to the model.
func (s *session) columns(u *Unit, data *pipeline.Data) []PlanColumn {
	var out []PlanColumn
	sig := data.Signature()
	written := map[string][]string{}
	for _, list := range [][]*dsl.Column{u.Train.Data.Features, u.Train.Data.Targets} {
		for _, c := range list {
			written[c.Name] = c.Columns
		}
	}
	add := func(spec pipeline.Spec, target bool, feeds string) {
		c := PlanColumn{Name: spec.Name, Target: target, Columns: written[spec.Name], Shape: spec.Shape, DType: spec.DType, Feeds: feeds, Classes: spec.Classes.Names}
		if target {
			if counts, err := data.ClassCounts(spec.Name); err == nil && len(counts) > 1 && len(counts) <= maxListedClasses { // what is no class has no counts
				c.Counts = counts
			}
		}
		out = append(out, c)
	}
	for _, f := range sig.Features {
		feeds := ""
		for _, in := range u.Model.Inputs {
			if in.Name == f.Name {
				feeds = "input." + in.Name
			}
		}
		add(f, false, feeds)
	}
	for _, t := range sig.Targets {
		feeds := ""
		for _, h := range u.Program.Heads {
			if h.Target == t.Name {
				feeds = "output." + h.Name
			}
		}
		add(t, true, feeds)
	}
	return out
}

// maxListedClasses bounds the classes whose rows a plan counts.
const maxListedClasses = 1000

// Document checks a document without its data and says what each of its trains would be: what Compare takes.
func Document(load Loader) ([]*Subject, hcl.Diagnostics) {
	doc, diags := load(nil)
	if diags.HasErrors() {
		return nil, diags
	}
	p, more := Check(doc)
	if diags = append(diags, more...); diags.HasErrors() {
		return nil, diags
	}
	var out []*Subject
	for _, u := range p.Units {
		out = append(out, u.subject(doc))
	}
	return out, diags
}

// errNoRun says that there is nothing to compare with.
var errNoRun = errors.New("there is no run")

// Latest is the newest run directory of a document's name.
func Latest(load Loader, trainName string) (string, error) {
	doc, diags := load(nil)
	if diags.HasErrors() {
		return "", errNoRun
	}
	p, more := Check(doc)
	if more.HasErrors() {
		return "", errNoRun
	}
	return p.latestRun(trainName)
}
