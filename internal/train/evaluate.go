package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/pipeline"
)

// EvaluateOptions are what dlrun evaluate was asked. Of Load and Bundle one is given.
type EvaluateOptions struct {
	Settings
	Load   Loader // the file; the weights come from its run
	RunDir string // of that run; "" for the latest of its name
	Bundle string // a model.dlrun, whose data is found from the working directory
	Split  string // "" for test where there is one, else validation, else train
	Only   string // one train of several
}

// Evaluate computes losses and metrics of trained weights on a split.
func Evaluate(ctx context.Context, o EvaluateOptions) ([]*Outcome, hcl.Diagnostics, error) {
	if o.Bundle != "" {
		return evaluateBundle(ctx, o)
	}
	dir, bundles := o.RunDir, map[string]*run.Bundle{}
	pick := func(p *Project) ([]*Unit, error) { return p.named(o.Only) }
	s, diags, err := open(ctx, o.Settings, o.Load, pick, func(p *Project, u *Unit) (*pipeline.State, error) {
		if dir == "" {
			var err error
			if dir, err = p.latestRun(o.Only); err != nil {
				return nil, err
			}
		}
		path := filepath.Join(dir, p.bundleFile(u.Train.Name))
		b, err := run.ReadBundle(path)
		if err != nil {
			return nil, err
		}
		notes, err := notesOf(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		bundles[u.Train.Name] = b
		return notes.State, nil
	})
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	defer s.machine.Close()
	var outcomes []*Outcome
	for _, u := range s.units {
		out, err := s.evaluate(ctx, o, u, s.data[u.Train.Name], bundles[u.Train.Name])
		if err != nil {
			return nil, diags, err
		}
		out.Dir = filepath.Dir(filepath.Join(dir, s.project.bundleFile(u.Train.Name)))
		outcomes = append(outcomes, out)
	}
	return outcomes, diags, nil
}

// named is the unit of one train, or all.
func (p *Project) named(name string) ([]*Unit, error) {
	units, err := p.only(name)
	if err == nil && name != "" {
		units = units[len(units)-1:] // the train itself comes after what it starts from
	}
	return units, err
}

// bundleFile is where in a run directory the bundle of a train is: where there are several, each has a
// folder of its name.
func (p *Project) bundleFile(train string) string {
	if len(p.Units) > 1 {
		return filepath.Join(run.SafeName(train), run.BundleFile)
	}
	return run.BundleFile
}

// latestRun is the newest run directory of the document's name that has the bundle of a train, or of all.
func (p *Project) latestRun(train string) (string, error) {
	units, err := p.named(train)
	if err != nil {
		return "", err
	}
	root := filepath.Join(run.DefaultRoot, run.SafeName(p.Doc.Run.Name))
	entries, err := os.ReadDir(root)
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	for _, e := range slices.Backward(entries) {
		dir := filepath.Join(root, e.Name())
		if !slices.ContainsFunc(units, func(u *Unit) bool {
			_, err := os.Stat(filepath.Join(dir, p.bundleFile(u.Train.Name)))
			return err != nil
		}) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("there is no trained model in %s: train it first with dlrun fit, or name its directory with -run-dir", root)
}

// opened is a bundle with its document: what evaluate and predict begin from.
type opened struct {
	bundle *run.Bundle
	notes  bundleNotes
	doc    *dsl.Document
	data   *dsl.Dataset
	prep   *pipeline.Preprocessing
}

// notesOf reads the notes of a bundle.
func notesOf(b *run.Bundle) (bundleNotes, error) {
	var n bundleNotes
	if err := json.Unmarshal(b.Preprocessing, &n); err != nil {
		return n, fmt.Errorf("what its preprocessing had learned cannot be read: %w", err)
	}
	if n.State == nil {
		return n, errors.New("it lacks what its preprocessing had learned")
	}
	return n, nil
}

// openBundle reads a bundle and loads its document with what its preprocessing had learned.
func openBundle(path string) (*opened, hcl.Diagnostics, error) {
	b, err := run.ReadBundle(path)
	if err != nil {
		return nil, nil, err
	}
	o := &opened{bundle: b}
	if o.notes, err = notesOf(b); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	sources := map[string][]byte{}
	for name, text := range b.Source {
		sources[name] = []byte(text)
	}
	load := func(info dsl.DataInfo) hcl.Diagnostics {
		var diags hcl.Diagnostics
		o.doc, diags = dsl.LoadSources(sources, dsl.Options{Info: info})
		o.data = nil
		for _, d := range o.doc.Datasets {
			if d.Name == o.notes.Data {
				o.data = d
				d.Dir = "."
			}
		}
		return diags
	}
	if diags := load(nil); diags.HasErrors() {
		return nil, diags, nil
	}
	if o.data == nil {
		return nil, nil, fmt.Errorf("%s: its sources have no dataset %q", path, o.notes.Data)
	}
	prep, diags := pipeline.Load(o.data, o.notes.State)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	o.prep = prep
	if diags := load(&Info{data: map[string]*pipeline.Preprocessing{o.notes.Data: prep}}); diags.HasErrors() {
		return nil, diags, nil
	}
	return o, nil, nil
}

func evaluateBundle(ctx context.Context, o EvaluateOptions) ([]*Outcome, hcl.Diagnostics, error) {
	b, diags, err := openBundle(o.Bundle)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	if o.Observer == nil {
		o.Observer = Silent{}
	}
	p, diags := Check(b.doc)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	s := &session{Settings: o.Settings, project: p, machine: &cpu.Machine{Pool: cpu.NewPool(o.Threads), ISA: o.ISA}}
	defer s.machine.Close()
	for i, u := range p.Units {
		if u.Train.Name != b.notes.Train {
			continue
		}
		data, more := s.openData(ctx, b.doc.Run.Seed, u, b.notes.State)
		if diags = append(diags, more...); more.HasErrors() {
			return nil, diags, errors.Join(ErrData, ctx.Err())
		}
		if p, more = check(b.doc, map[string]*pipeline.Data{u.Train.Name: data}); more.HasErrors() {
			return nil, more, nil
		}
		out, err := s.evaluate(ctx, o, p.Units[i], data, b.bundle)
		if err != nil {
			return nil, diags, err
		}
		return []*Outcome{out}, diags, nil
	}
	return nil, diags, fmt.Errorf("%s: its sources have no train %q", o.Bundle, b.notes.Train)
}

// evaluate measures one unit with a bundle's weights.
func (s *session) evaluate(ctx context.Context, o EvaluateOptions, u *Unit, data *pipeline.Data, b *run.Bundle) (out *Outcome, err error) {
	if err := u.Model.Complete(); err != nil {
		return nil, err
	}
	split := o.Split
	if split == "" {
		for _, split = range []string{"test", "validation", "train"} {
			if data.Rows(split) > 0 {
				break
			}
		}
	}
	if data.Rows(split) == 0 {
		return nil, fmt.Errorf("dataset %q has no rows in split %q; it has train %d, validation %d, test %d", u.Train.Data.Name, split, data.Rows("train"), data.Rows("validation"), data.Rows("test"))
	}
	weighted, _, err := sampleWeights(u, data)
	if err != nil {
		return nil, err
	}
	e, _, err := s.engine(u, weighted, func(e *engine) error {
		_, err := e.evaluate(min(u.Training.BatchSize, data.Rows(split)))
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := e.restore(b.Weights, false); err != nil {
		return nil, fmt.Errorf("the weights do not fit the model: %w", err)
	}
	m, err := e.measure(ctx, data, split, u.Training.BatchSize, u.Program.Reports(), prefixOf(split), s.Observer)
	if err != nil {
		return nil, err
	}
	return &Outcome{Train: u.Train.Name, Metrics: m, Malformed: passedOver(data)}, nil
}

// prefixOf is what the names of metrics of a split begin with: as in the logs of a run, but for those of
// training, which are means over an epoch there.
func prefixOf(split string) string {
	if split == "validation" {
		return "val_"
	}
	return split + "_"
}
