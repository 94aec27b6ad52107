package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/plan"
	"github.com/dlrun/dlrun/pipeline"
)

// TimeOptions are what dlrun time was asked. Of Load and Bundle one is given; a bundle can only predict.
type TimeOptions struct {
	Settings
	Load   Loader
	Bundle string // a model.dlrun
	Only   string // one train of several
	Steps  int    // to time; 0 for as many as fit into two seconds, and at least 8
	Batch  int    // examples in a step; 0 for the file's own batch_size, or what dlrun predict takes at once
}

const (
	// warmUp is how many steps go before those that are timed: memory is touched and caches are filled.
	warmUp = 3
	// timed and leastTimed are for how long steps are timed where no number was asked for, and how many at least.
	timed      = 2 * time.Second
	leastTimed = 8
)

// Timing is where the time of a step goes. Times are in seconds of a step; they are means over the middle half of the steps, by how
// long these took, so that what disturbed a few does not count and sums are still sums.
type Timing struct {
	Train   string // "" for a prediction
	Model   string
	Batch   int     // examples in a step
	Steps   int     // that were timed
	Threads int     // 0 on a GPU
	ISA     string  // "" on a GPU
	Device  string  // the GPU's name, "" on the CPU. Its steps are launched one by one to time them; in a run they are replayed together
	Peak    float64 // floating-point operations in a second that all threads do at best; 0 where it is not known, as on a GPU
	Step    float64 // all of a step: the sum of Parts
	Parts   []PartTime
	Layers  []LayerTime
	Ops     []OpTime // in the order in which they run
	Alone   *Alone   // of a prediction
}

// PartTime is a part of a step: forward, backward, loss, optimizer, metrics, data, feed or rest.
type PartTime struct {
	Part    string
	Seconds float64
}

// LayerTime is what one layer takes in the parts that have to do with layers.
type LayerTime struct {
	Layer, Type               string
	Forward, Backward, Update Work
}

// Work is a time and the floating-point operations done in it: two for each multiply-add of matrix products and convolutions; what is
// computed element by element does not count.
type Work struct {
	Seconds float64
	Flops   float64
}

// OpTime is the time of one operation of the graph.
type OpTime struct {
	Layer, Part, Kind string
	Shape             []int // of its first output
	Work
}

// Alone is how long predicting one example alone takes, in seconds.
type Alone struct {
	Calls                     int
	Median, NinetyNine, Least float64 // NinetyNine: 99 of 100 calls took no longer
}

// Time runs training steps of the document's trains on their data and tells where the time goes. Nothing is written.
func Time(ctx context.Context, o TimeOptions) ([]*Timing, hcl.Diagnostics, error) {
	s, diags, err := open(ctx, o.Settings, o.Load, func(p *Project) ([]*Unit, error) { return p.named(o.Only) }, nil)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	defer s.machine.Close()
	var out []*Timing
	for _, u := range s.units {
		t, err := s.time(ctx, o, u)
		if err != nil {
			return nil, diags, fmt.Errorf("train %q: %w", u.Train.Name, err)
		}
		out = append(out, t)
	}
	return out, diags, nil
}

// time times the training steps of one unit.
func (s *session) time(ctx context.Context, o TimeOptions, u *Unit) (t *Timing, err error) {
	data := s.data[u.Train.Name]
	weighted, classes, err := sampleWeights(u, data)
	if err != nil {
		return nil, err
	}
	batch := u.Training.BatchSize
	if o.Batch > 0 {
		batch = o.Batch
	}
	if batch = min(batch, data.Rows("train")); batch == 0 {
		return nil, fmt.Errorf("dataset %q has no rows to train on", u.Train.Data.Name)
	}
	e, _, err := s.engine(u, weighted, func(e *engine) error {
		apply, _ := u.Program.Applies(0)
		_, err := e.train(batch, apply)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	e.classes = classes
	if err := e.initialize(s.project.Doc.Run.Seed); err != nil {
		return nil, err
	}
	p := newProfile(e, s.Now, o.Steps)
	if k := u.Training.Accumulate; k != nil {
		p.group = *k
	}
	r := &timedRun{profile: p, session: s, unit: u, engine: e, data: data, tally: newTally(u.Program)}
	for epoch := 0; !p.full(); epoch++ {
		if err := r.epoch(ctx, epoch, batch); err != nil {
			return nil, err
		}
	}
	t = p.timing(u.Model, batch)
	t.Train = u.Train.Name
	return t, nil
}

// timedRun is a training that is timed: as loop, without all that is kept.
type timedRun struct {
	*profile
	session *session
	unit    *Unit
	engine  *engine
	data    *pipeline.Data
	tally   *tally
	step    int
}

// epoch times the full batches of an epoch, until there are enough.
func (r *timedRun) epoch(ctx context.Context, epoch, batch int) error {
	at := r.clock()
	for b, err := range r.data.Batches(ctx, pipeline.BatchOptions{Split: "train", BatchSize: batch, Shuffle: r.unit.Training.Shuffle, Augment: true, Epoch: epoch}) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if b.Size != batch { // the last of an epoch
			break
		}
		if err := r.oneStep(b, at); err != nil {
			return err
		}
		if r.full() {
			break
		}
		at = r.clock()
	}
	return ctx.Err()
}

// oneStep does what loop.oneStep does, and takes the time of its parts.
func (r *timedRun) oneStep(b *pipeline.Batch, asked time.Duration) error {
	got := r.clock()
	apply, update := r.unit.Program.Applies(r.step)
	s, err := r.engine.train(b.Size, apply)
	if err != nil {
		return err
	}
	r.watch(s)
	beforeFeed := r.clock()
	if err := r.engine.feed(s, b, true); err != nil {
		return r.engine.blame(err, s, b, r.data)
	}
	fed := r.clock()
	r.engine.steer(update, func(g *builder.Group) float64 { return g.Rate(r.step) })
	if s := r.unit.Training.Scaling(); s != nil {
		r.engine.state[builder.ScaleInput][0] = float32(s.Initial)
	}
	if err := s.program.Run(&cpu.Context{Seed: uint64(r.session.project.Doc.Run.Seed), Step: uint64(r.step)}); err != nil && !errors.Is(err, op.ErrNotFinite) {
		return r.engine.blame(err, s, b, r.data)
	}
	ran := r.clock()
	r.tally.add(s)
	end := r.clock()
	r.step++
	r.add(s, end-asked, map[string]time.Duration{"data": got - asked, "feed": fed - beforeFeed, "metrics": end - ran})
	return nil
}

// partNames are the parts of a step, as they are listed; "rest" is what no other part names.
var partNames = []string{"forward", "backward", "loss", "optimizer", "metrics", "data", "feed", "rest"}

var opParts = map[op.Part]string{op.Forward: "forward", op.Backward: "backward", op.Loss: "loss", op.Update: "optimizer"}

// profile gathers the times of steps.
type profile struct {
	engine *engine
	clock  func() time.Duration
	wanted int  // steps; 0 for as many as there is time for
	group  int  // steps that belong together: those between two updates of the weights
	plain  bool // ops are not timed, which would cost short steps a few percent

	ops     []OpTime          // of all steppers
	ranges  map[*stepper]span // where the ops of each are
	runs    map[*stepper]int  // timed ones of each
	spent   []time.Duration   // by op, in the last step
	warm    int               // steps before the timed ones
	begun   time.Duration     // when the timed steps began
	samples []sample          // of the steps
}

// span is a range of ops.
type span struct{ from, to int }

// sample is the time of one step, or the mean of some that belong together.
type sample struct {
	total float64
	parts map[string]float64
	ops   []float64
	steps int
}

func newProfile(e *engine, now func() time.Time, wanted int) *profile {
	begin := now()
	return &profile{
		engine: e, clock: func() time.Duration { return now().Sub(begin) }, wanted: wanted, group: 1,
		ranges: map[*stepper]span{}, runs: map[*stepper]int{},
	}
}

// timedProgram is a program that can tell the times of its steps: cpu.Program and gpu.Program.
type timedProgram interface {
	program
	Steps() []plan.Step
	Read(i int) []bool
	Time(now func() time.Duration, spent []time.Duration)
}

// timed is the program of a stepper as one that tells its times, as those of every device do.
func (s *stepper) timed() timedProgram { return s.program.(timedProgram) }

// watch makes the program of a stepper tell its times.
func (p *profile) watch(s *stepper) {
	if _, ok := p.ranges[s]; ok {
		return
	}
	if p.plain {
		s.timed().Time(nil, nil)
		p.ranges[s] = span{}
		return
	}
	from := len(p.ops)
	prog := s.timed()
	for i, st := range prog.Steps() {
		at := op.OriginOf(st.Node)
		o := OpTime{Layer: at.Layer, Part: opParts[at.Part], Kind: "add", Shape: op.SpecOf(st.Node).Shape}
		if st.Op != nil {
			o.Kind, o.Shape = st.Op.Kind(), st.Op.Outs[0].Shape
			o.Flops = 2 * float64(st.Op.MultiplyAdds(prog.Read(i)))
		}
		p.ops = append(p.ops, o)
	}
	p.ranges[s] = span{from, len(p.ops)}
	p.spent = make([]time.Duration, len(p.ops))
	for s, r := range p.ranges {
		s.timed().Time(p.clock, p.spent[r.from:r.to])
	}
}

// add takes in a step. What the parts and ops leave of total is the rest.
func (p *profile) add(s *stepper, total time.Duration, parts map[string]time.Duration) {
	if p.warm < warmUp*p.group {
		p.warm++
		p.begun = p.clock()
		return
	}
	p.runs[s]++
	one := sample{total: total.Seconds(), parts: map[string]float64{}, ops: make([]float64, len(p.ops)), steps: 1}
	rest := total
	for name, d := range parts {
		one.parts[name] += d.Seconds()
		rest -= d
	}
	for i := p.ranges[s].from; i < p.ranges[s].to; i++ {
		d := p.spent[i]
		one.ops[i] = d.Seconds()
		one.parts[p.ops[i].Part] += d.Seconds()
		rest -= d
	}
	one.parts["rest"] = rest.Seconds()
	if n := len(p.samples); n > 0 && p.samples[n-1].steps < p.group {
		p.samples[n-1].join(one)
		return
	}
	p.samples = append(p.samples, one)
}

// join makes a the mean of its steps and one more.
func (a *sample) join(b sample) {
	n := float64(a.steps)
	mean := func(x, y float64) float64 { return (n*x + y) / (n + 1) }
	a.total = mean(a.total, b.total)
	for _, name := range partNames {
		a.parts[name] = mean(a.parts[name], b.parts[name])
	}
	for len(a.ops) < len(b.ops) {
		a.ops = append(a.ops, 0)
	}
	for i := range a.ops {
		a.ops[i] = mean(a.ops[i], b.ops[i])
	}
	a.steps++
}

// full tells whether enough steps were timed.
func (p *profile) full() bool {
	n := len(p.samples)
	if n == 0 || p.samples[n-1].steps < p.group {
		return false
	}
	if p.wanted > 0 {
		return n*p.group >= p.wanted
	}
	return n >= leastTimed && p.clock()-p.begun >= timed
}

// timing sums up the middle half of the samples.
func (p *profile) timing(m *builder.Model, batch int) *Timing {
	t := &Timing{Model: m.Name, Batch: batch, Steps: len(p.samples) * p.group, Ops: p.ops}
	if e := p.engine; e.gpu != nil {
		t.Device = e.gpu.Info.Name
	} else {
		t.Threads, t.ISA, t.Peak = e.machine.Workers(), e.machine.ISA.String(), e.machine.Peak(p.clock)
	}
	slices.SortFunc(p.samples, func(a, b sample) int { return cmp.Compare(a.total, b.total) })
	n := len(p.samples)
	middle := p.samples[n/4 : n-n/4]
	share := 1 / float64(len(middle))
	parts := map[string]float64{}
	for _, s := range middle {
		t.Step += share * s.total
		for name, v := range s.parts {
			parts[name] += share * v
		}
		for i, v := range s.ops {
			t.Ops[i].Seconds += share * v
		}
	}
	for _, name := range partNames {
		if v, ok := parts[name]; ok {
			t.Parts = append(t.Parts, PartTime{name, v})
		}
	}
	for s, r := range p.ranges { // with gradient accumulation not all ops run in every step
		for i := r.from; i < r.to; i++ {
			t.Ops[i].Flops *= float64(p.runs[s]) / float64(t.Steps)
		}
	}
	rows := map[string]*LayerTime{}
	t.Layers = make([]LayerTime, len(m.Layers))
	for i, l := range m.Layers {
		t.Layers[i] = LayerTime{Layer: l.Path, Type: l.Type}
		rows[l.Path] = &t.Layers[i]
	}
	for _, o := range t.Ops {
		row := rows[o.Layer]
		if row == nil {
			continue
		}
		for part, w := range map[string]*Work{"forward": &row.Forward, "backward": &row.Backward, "optimizer": &row.Update} {
			if part == o.Part {
				w.Seconds += o.Seconds
				w.Flops += o.Flops
			}
		}
	}
	return t
}
