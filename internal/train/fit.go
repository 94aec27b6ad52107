package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/safetensors"
	"github.com/dlrun/dlrun/pipeline"
)

// Loader reads the document anew with what is known of the data; nil means nothing is.
type Loader func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics)

// Settings are what a run depends on besides its document. None of them changes a result.
type Settings struct {
	Threads     int
	ISA         isa.ISA
	MemoryLimit int64  // bytes; 0 for none
	CacheDir    string // for data that is larger than the memory it may take; "" for none
	CacheLimit  int64  // bytes of such data that are kept; 0 for any number
	Device      string // overrides the file's, where not ""
	TF32        bool   // a GPU may round the factors of products to TensorFloat-32, where the file asks for float32
	Version     string
	Now         func() time.Time
	Observer    Observer
	Downloads   func(context.Context, []*dsl.Download) (string, error) // brings the files of a dataset, and returns their folder
}

// FitOptions are what dlrun fit was asked.
type FitOptions struct {
	Settings
	Load       Loader
	RunDir     string // "" for the default
	Resume     bool
	LimitSteps int64                    // 0 for none
	Only       string                   // one train and what it needs; "" for all
	Planned    map[string]*run.Manifest // by train, what a saved plan promised: anything else is refused; nil for no plan
	Command    []string
	Machine    run.Machine
}

// Outcome is how a train ended.
type Outcome struct {
	Train       string
	Dir         string // of this train
	Root        string // the run directory, of which Dir is a folder where there are several trains
	Metrics     run.Metrics
	Checks      []run.Check
	Interrupted bool
	Complete    bool           // it was complete before
	Malformed   *run.Malformed // what of the data was passed over; nil for nothing
}

// Fit trains the document's trains in order. Mistakes in the document are diagnostics; an error is
// what went wrong while running. An interrupted run has saved what -resume continues from.
func Fit(ctx context.Context, o FitOptions) ([]*Outcome, hcl.Diagnostics, error) {
	s, diags, err := open(ctx, o.Settings, o.Load, func(p *Project) ([]*Unit, error) { return p.only(o.Only) }, nil)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	defer s.machine.Close()
	root, err := run.Open(run.Options{Path: o.RunDir, Name: s.project.Doc.Run.Name, Resume: o.Resume})
	if err != nil {
		return nil, diags, err
	}
	defer root.Close()
	var outcomes []*Outcome
	for _, u := range s.units {
		dir := root
		if len(s.project.Units) > 1 {
			if dir, err = root.Sub(u.Train.Name); err != nil {
				return outcomes, diags, err
			}
		}
		out, err := s.fit(ctx, o, u, dir, diags)
		if dir != root {
			err = errors.Join(err, dir.Close())
		}
		if out != nil {
			out.Root = root.Path
			outcomes = append(outcomes, out)
		}
		if err != nil || out.Interrupted {
			return outcomes, diags, err
		}
		s.done[u.Train.Name] = dir.File(run.BundleFile)
	}
	return outcomes, diags, root.Close()
}

// ErrData says that the diagnostics beside it are about the data, not about the document.
var ErrData = errors.New("the data cannot be used")

// session is a document with its data open, on a machine.
type session struct {
	Settings
	project *Project
	units   []*Unit
	data    map[string]*pipeline.Data // by train
	machine *cpu.Machine
	done    map[string]string // bundles of the trains that are done

	progress func(stage string, rows int) // pipeline.Options.Progress; may be nil
}

// open checks a document, reads the data of the trains that pick takes and checks it again with what is
// now known. learned is what the preprocessing of a train had learned before; where it is nil, all learn.
func open(ctx context.Context, set Settings, load Loader, pick func(*Project) ([]*Unit, error), learned func(*Project, *Unit) (*pipeline.State, error)) (*session, hcl.Diagnostics, error) {
	if set.Observer == nil {
		set.Observer = Silent{}
	}
	doc, diags := load(nil)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	p, more := Check(doc)
	if diags = append(diags, more...); diags.HasErrors() {
		return nil, diags, nil
	}
	if set.Device != "" {
		if err := DeviceError(set.Device); err != nil {
			return nil, diags, err
		}
	}
	units, err := pick(p)
	if err != nil {
		return nil, diags, err
	}
	s := &session{Settings: set, data: map[string]*pipeline.Data{}, done: map[string]string{}}
	info := &Info{data: map[string]*pipeline.Preprocessing{}, steps: map[string]int{}}
	for _, u := range units {
		var st *pipeline.State
		if learned != nil {
			if st, err = learned(p, u); err != nil {
				return nil, diags, err
			}
		}
		d, more := s.openData(ctx, doc.Run.Seed, u, st)
		if diags = append(diags, more...); more.HasErrors() {
			return nil, diags, errors.Join(ErrData, ctx.Err())
		}
		s.data[u.Train.Name], info.data[u.Train.Data.Name] = d, d.Preprocessing
		_, info.steps[u.Train.Name] = stepsOf(u.Training, d)
	}
	// Now that the data is known, sizes that depend on it are too. Warnings stay those of the first pass.
	doc, more = load(info)
	if more.HasErrors() {
		return nil, more, nil
	}
	p, more = check(doc, s.data)
	if more.HasErrors() {
		return nil, more, nil
	}
	s.project = p
	if s.units, err = pick(p); err != nil {
		return nil, diags, err
	}
	for _, u := range s.units {
		if err := u.Model.Complete(); err != nil {
			return nil, diags, err
		}
		if need := int64(bytesOfState(u.Program.State())); s.MemoryLimit > 0 && need > s.MemoryLimit {
			return nil, diags, fmt.Errorf("model %q needs %d MiB for its weights and the optimizer's slots alone; there are %d MiB for it on this machine", u.Model.Name, need>>20, s.MemoryLimit>>20)
		}
	}
	if diags.HasErrors() {
		return nil, diags, nil
	}
	s.machine = &cpu.Machine{Pool: cpu.NewPool(set.Threads), ISA: set.ISA}
	return s, diags, nil
}

// only are the units of one train and those it starts from, or all.
func (p *Project) only(name string) ([]*Unit, error) {
	if name == "" {
		if len(p.Units) == 0 {
			return nil, fmt.Errorf("%s has no train block, so there is nothing to train", p.Doc.Path)
		}
		return p.Units, nil
	}
	wanted := map[string]bool{name: true}
	var units []*Unit
	for i := len(p.Units) - 1; i >= 0; i-- {
		u := p.Units[i]
		if !wanted[u.Train.Name] {
			continue
		}
		units = append([]*Unit{u}, units...)
		if before := u.startsFrom(); before != "" {
			wanted[before] = true
		}
	}
	if len(units) == 0 {
		var names []string
		for _, u := range p.Units {
			names = append(names, u.Train.Name)
		}
		return nil, fmt.Errorf("there is no train %q; there is %s", name, strings.Join(names, ", "))
	}
	return units, nil
}

// startsFrom is the train whose weights this one starts from, or "".
func (u *Unit) startsFrom() string {
	v := u.Training.InitialWeights
	if v != cty.NilVal && v.IsKnown() && !v.IsNull() && v.Type().IsObjectType() && v.Type().HasAttribute("name") {
		return v.GetAttr("name").AsString()
	}
	return ""
}

// openData opens the dataset of a train for its model and losses.
func (s *session) openData(ctx context.Context, seed int64, u *Unit, st *pipeline.State) (*pipeline.Data, hcl.Diagnostics) {
	// Rows are held twice while they are transformed, and the model wants room too.
	o := pipeline.Options{Seed: seed, Workers: max(1, s.Threads), State: st, MemoryLimit: s.MemoryLimit / 3, CacheDir: s.CacheDir, CacheLimit: s.CacheLimit, Version: s.Version, Progress: s.progress, Downloads: s.Downloads}
	for _, in := range u.Model.Inputs {
		o.Features = append(o.Features, pipeline.Use{Name: in.Name, DType: string(in.Tensor.Spec.DType), Shape: in.Tensor.Spec.Shape})
	}
	for _, h := range u.Program.Heads {
		if h.Target != "" {
			o.Targets = append(o.Targets, pipeline.Use{Name: h.Target, DType: string(h.Spec.DType)})
		}
	}
	return pipeline.Open(ctx, u.Train.Data, o)
}

// stepsOf is the number of batches in the training split, and of optimizer steps in an epoch.
func stepsOf(t *builder.Training, d *pipeline.Data) (batches, steps int) {
	batches = (d.TrainingRows() + t.BatchSize - 1) / t.BatchSize
	if t.StepsPerEpoch != nil && *t.StepsPerEpoch > 0 {
		return batches, min(batches, *t.StepsPerEpoch)
	}
	return batches, batches
}

// fit trains one unit in its directory.
func (s *session) fit(ctx context.Context, o FitOptions, u *Unit, dir *run.Dir, diags hcl.Diagnostics) (out *Outcome, err error) {
	data := s.data[u.Train.Name]
	out = &Outcome{Train: u.Train.Name, Dir: dir.Path, Malformed: passedOver(data)}
	weighted, classes, err := sampleWeights(u, data)
	if err != nil {
		return nil, err
	}
	e, device, err := s.engine(u, weighted, func(e *engine) error {
		apply, _ := u.Program.Applies(0)
		_, err := e.train(min(u.Training.BatchSize, max(1, data.TrainingRows())), apply)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	manifest, err := s.manifest(ctx, o, u, data, diags, e.precision())
	if err != nil {
		return nil, err
	}
	if want := o.Planned[u.Train.Name]; want != nil {
		changed := want.Changed(manifest)
		if want.Configuration.Epochs < manifest.Configuration.Epochs {
			changed = append(changed, run.Difference{Path: "epochs", Old: fmt.Sprint(want.Configuration.Epochs), New: fmt.Sprint(manifest.Configuration.Epochs)})
		}
		if len(changed) > 0 {
			return nil, &StaleError{What: changed}
		}
	}
	if old := dir.Previous; old != nil {
		if changed := old.Changed(manifest); len(changed) > 0 {
			return nil, &ChangedError{Dir: dir.Path, What: changed}
		}
		manifest.Started, manifest.Resumes = old.Started, old.Resumes
	}
	e.classes, manifest.Device = classes, device
	l := &loop{
		unit: u, data: data, engine: e, dir: dir, watch: s.Observer, now: s.Now, seed: s.project.Doc.Run.Seed, version: s.Version,
		limit: o.LimitSteps, tally: newTally(u.Program), names: u.Program.Reports(), kept: map[int]*kept{},
	}
	l.batches, l.steps = stepsOf(u.Training, data)
	if sc := u.Training.Scaling(); sc != nil {
		l.scale.Value = float32(sc.Initial)
	}
	l.bundle = func(path string) error { return s.writeBundle(path, l) }
	if l.steps == 0 {
		return nil, fmt.Errorf("dataset %q has no rows to train on", u.Train.Data.Name)
	}
	var c *run.Checkpoint
	if dir.Previous != nil {
		var damaged []run.Damage
		if c, damaged, err = dir.LatestCheckpoint(); err != nil {
			return nil, err
		}
		for _, d := range damaged {
			s.Observer.Note(fmt.Sprintf("Checkpoint %s could not be used: %v.", d.Path, d.Err))
		}
	}
	if c == nil {
		if err := e.initialize(l.seed); err != nil {
			return nil, err
		}
		if err := s.startingWeights(u, e); err != nil {
			return nil, err
		}
	} else {
		if err := l.resume(c); err != nil {
			return nil, err
		}
		if old := dir.Previous; old.Status == run.Complete && (l.limited() || l.epochStep == 0 && (l.stopped || l.epoch >= u.Training.Epochs)) && old.Configuration.Epochs == u.Training.Epochs {
			out.Complete, out.Metrics, out.Checks = true, old.Metrics, old.Checks
			return out, nil
		}
		manifest.Resumes = append(manifest.Resumes, run.Resume{At: s.Now(), Epoch: l.epoch, Step: l.step, Dlrun: s.Version, Device: device, Command: o.Command})
	}
	if l.logs, err = dir.OpenLogs(c); err != nil {
		return nil, err
	}
	manifest.Status = run.Running
	if err := dir.WriteManifest(manifest); err != nil {
		return nil, err
	}
	total, _, _ := u.Model.Parameters()
	s.Observer.Begin(Begin{
		Train: u.Train.Name, Dir: dir.Path, Parameters: total, Resumed: c != nil, Epoch: l.epoch, Step: l.step,
		Rows: map[string]int{"train": data.Rows("train"), "validation": data.Rows("validation"), "test": data.Rows("test")},
	})

	err = l.train(ctx)
	if err == nil {
		err = s.finish(ctx, l, manifest)
	}
	ended := s.Now()
	manifest.Ended = &ended
	switch {
	case err == nil:
		manifest.Status = run.Complete
	case errors.Is(err, errInterrupted):
		manifest.Status, out.Interrupted, err = run.Interrupted, true, nil
	default:
		manifest.Status, manifest.Error = run.Failed, err.Error()
	}
	out.Metrics, out.Checks = manifest.Metrics, manifest.Checks
	err = errors.Join(err, dir.WriteManifest(manifest))
	return out, err
}

// finish evaluates the test split, writes the bundle and the last line, and runs the checks.
func (s *session) finish(ctx context.Context, l *loop, m *run.Manifest) error {
	final := l.last
	if l.restored != nil {
		final = l.restored
	}
	m.Metrics = append(run.Metrics(nil), final...)
	if l.data.Rows("test") > 0 {
		test, err := l.engine.measure(ctx, l.data, "test", l.unit.Training.BatchSize, l.names, "test_", s.Observer)
		if err != nil {
			if ctx.Err() != nil {
				return errInterrupted
			}
			return err
		}
		s.Observer.Test(test)
		m.Metrics = append(m.Metrics, test...)
		if err := l.logs.Final(test); err != nil {
			return err
		}
	}
	if err := l.logs.Sync(); err != nil {
		return err
	}
	if err := s.writeBundle(l.dir.File(run.BundleFile), l); err != nil {
		return err
	}
	for _, c := range l.unit.Train.Checks {
		m.Checks = append(m.Checks, runCheck(c, m.Metrics))
	}
	return nil
}

// StaleError says that something is not as it was when a plan was saved.
type StaleError struct{ What []run.Difference }

func (e *StaleError) Error() string {
	var lines []string
	for _, d := range e.What {
		lines = append(lines, "  "+d.String())
	}
	return "the plan is stale, because something has changed since it was made:\n" + strings.Join(lines, "\n") + "\nMake a new plan."
}

// ChangedError says that a run cannot be continued because something else than epochs changed.
type ChangedError struct {
	Dir  string
	What []run.Difference
}

func (e *ChangedError) Error() string {
	var lines []string
	for _, d := range e.What {
		lines = append(lines, "  "+d.String())
	}
	return fmt.Sprintf("the run in %s cannot be continued, because something else than epochs has changed:\n%s\nUndo the change, or start a new run in another -run-dir.", e.Dir, strings.Join(lines, "\n"))
}

// startingWeights loads initial_weights of layers, then of the train.
func (s *session) startingWeights(u *Unit, e *engine) error {
	for _, st := range u.Model.Starts {
		if _, err := e.load(st.File, st.Path+"/", st.Prefix, false); err != nil {
			return fmt.Errorf("%s:%d: initial_weights: %w", st.Where.Filename, st.Where.Start.Line, err)
		}
	}
	file := ""
	switch v := u.Training.InitialWeights; {
	case v == cty.NilVal || v.IsNull():
		return nil
	case u.startsFrom() != "":
		file = s.done[u.startsFrom()]
	case v.Type() == cty.String:
		if file = v.AsString(); !filepath.IsAbs(file) {
			file = filepath.Join(s.project.Doc.Dir, file)
		}
	default:
		return fmt.Errorf("initial_weights wants the path of a safetensors file or model.dlrun, or train.NAME")
	}
	skipped, err := e.load(file, "", "", u.Training.SkipMismatch)
	if err != nil {
		r := u.Training.Args.Range("initial_weights")
		return fmt.Errorf("%s:%d: initial_weights: %w", r.Filename, r.Start.Line, err)
	}
	for _, line := range skipped {
		s.Observer.Note("initial_weights: " + line + ".")
	}
	return nil
}

// readWeights reads the tensors of a safetensors file or bundle.
func readWeights(path string) ([]safetensors.Tensor, error) {
	if strings.HasSuffix(path, ".dlrun") {
		b, err := run.ReadBundle(path)
		if err != nil {
			return nil, err
		}
		return b.Weights, nil
	}
	return safetensors.ReadFile(path)
}

// load sets the weights below path from a file whose names have a prefix: all of them and no others.
//
// With skip set those that fit are set, by name and shape, and what does not is told.
func (e *engine) load(file, path, prefix string, skip bool) (skipped []string, err error) {
	tensors, err := readWeights(file)
	if err != nil {
		return nil, err
	}
	if err := e.gpu.pull(); err != nil {
		return nil, err
	}
	e.gpu.changed()
	given := map[string]safetensors.Tensor{}
	for _, t := range tensors {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok && !strings.Contains(t.Name, "seed_generator") {
			given[path+name] = t
		}
	}
	var missing, extra, other []string
	loaded, wanted := 0, map[string]bool{}
	for _, v := range e.vars {
		if v.Slot != "" || !strings.HasPrefix(v.W.Path, path) {
			continue
		}
		wanted[v.W.Path] = true
		t, ok := given[v.W.Path]
		if !ok {
			if !v.W.Added { // low-rank adaptation begins with weights that were trained without
				missing = append(missing, v.W.Path)
			}
			continue
		}
		if fmt.Sprint(t.Shape) != fmt.Sprint([]int(v.Shape)) {
			if !skip {
				return nil, fmt.Errorf("%s: weight %s has shape %s there and %s in the model", file, t.Name, shape.Shape(t.Shape), v.Shape)
			}
			other = append(other, fmt.Sprintf("%s (%s there, %s in the model)", v.W.Path, shape.Shape(t.Shape), v.Shape))
			continue
		}
		f, err := t.AsFloat32s()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		copy(e.state[v.Name], f)
		loaded++
	}
	for _, t := range tensors {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok && !strings.Contains(t.Name, "seed_generator") && !wanted[path+name] {
			extra = append(extra, t.Name)
		}
	}
	switch {
	case skip && loaded == 0:
		return nil, fmt.Errorf("%s has no weight of the model's names and shapes (it has %s; the model has %s)", file, few(extra), few(missing))
	case skip:
		for _, part := range []struct {
			names []string
			why   string
		}{{other, "of another shape"}, {missing, "not in the file"}, {extra, "not in the model"}} {
			if len(part.names) > 0 {
				skipped = append(skipped, fmt.Sprintf("%s: %s", part.why, strings.Join(part.names, ", ")))
			}
		}
		return skipped, nil
	case len(missing) > 0:
		return nil, fmt.Errorf("%s has no %s, which the model needs (it has %s); skip_mismatch = true takes what fits", file, few(missing), few(extra))
	case len(extra) > 0:
		return nil, fmt.Errorf("%s has %s, which the model does not have; skip_mismatch = true takes what fits", file, few(extra))
	}
	return nil, nil
}

func few(names []string) string {
	switch {
	case len(names) == 0:
		return "nothing else"
	case len(names) > 5:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}

func fileSize(d *run.Dir, name string) (int64, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = d.File(filepath.ToSlash(name))
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
