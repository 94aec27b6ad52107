package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/optimizer"
	"github.com/dlrun/dlrun/builder/schedule"
	"github.com/dlrun/dlrun/callbacks"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/safetensors"
	"github.com/dlrun/dlrun/pipeline"
)

// loop trains one unit: for each batch, feed -> run -> callbacks -> run directory. Everything that
// outlives a step is in its fields and goes into every checkpoint.
type loop struct {
	unit    *Unit
	data    *pipeline.Data
	engine  *engine
	dir     *run.Dir
	logs    *run.Logs
	watch   Observer
	now     func() time.Time
	seed    int64
	version string
	limit   int64 // optimizer steps in all; 0 for no limit

	batches int // in a pass over the training split
	steps   int // in an epoch
	tally   *tally
	names   []string // what an epoch reports, without val_

	epoch     int  // complete epochs
	epochStep int  // batches done in the epoch after those
	begun     bool // the callbacks were told of the beginning of that epoch
	cut       bool // the limit ended training within it
	step      int64
	rate      *float64 // set by a callback; nil where the schedule rules
	stopped   bool
	last      run.Metrics // of the last complete epoch
	kept      map[int]*kept
	restored  run.Metrics // of the weights that a callback restored
	scale     optimizer.Scale
	swapped   bool // the moving averages are where the weights are trained
	saved     bool // the present state is in a checkpoint
	notedLoss bool // it was said that the loss is not finite
	bundle    func(path string) error
}

// kept is what one callback asked to remember: weights and the logs of their epoch.
type kept struct {
	weights []safetensors.Tensor
	logs    run.Metrics
}

// loopState is what the loop itself declares in a checkpoint.
type loopState struct {
	Rate    *float64            `json:"learning_rate,omitempty"`
	Scale   *optimizer.Scale    `json:"loss_scale,omitempty"`
	Begun   bool                `json:"begun,omitempty"`
	Swapped bool                `json:"swapped,omitempty"`
	Stopped bool                `json:"stopped,omitempty"`
	Last    run.Metrics         `json:"last,omitempty"`
	Kept    map[int]run.Metrics `json:"kept,omitempty"`
}

// errInterrupted ends training after everything was saved.
var errInterrupted = fmt.Errorf("interrupted")

// train runs epochs until the last, the limit, a callback's stop or an interruption.
func (l *loop) train(ctx context.Context) error {
	if err := l.begin(); err != nil {
		return err
	}
	if !l.saved && l.hasLoggers() { // or a run killed before it saved could not tell its lines from older ones
		if err := l.checkpoint(); err != nil {
			return err
		}
	}
	for !l.over() {
		if err := l.oneEpoch(ctx); err != nil {
			return err
		}
	}
	if l.swapped {
		if err := l.swap(); err != nil {
			return err
		}
	}
	if err := l.engine.average(); err != nil {
		return err
	}
	return l.end()
}

// hasLoggers tells whether a callback appends to files.
func (l *loop) hasLoggers() bool {
	return slices.ContainsFunc(l.unit.Callbacks, func(c callbacks.Callback) bool {
		_, ok := c.(callbacks.Logger)
		return ok
	})
}

// over tells whether training is over. An epoch of which batches were done is ended first, also by a
// run that was killed after its last batch.
func (l *loop) over() bool {
	return l.cut || l.epochStep == 0 && (l.epoch >= l.unit.Training.Epochs || l.stopped || l.limited())
}

func (l *loop) limited() bool { return l.limit > 0 && l.step >= l.limit }

func (l *loop) begin() error {
	r := &callbacks.Run{
		Now: l.now,
		Dir: l.dir.Path, Epochs: l.unit.Training.Epochs, Steps: l.steps, Reports: l.unit.reports(), Rising: l.unit.rising(), Resuming: l.step > 0,
	}
	for _, c := range l.unit.Callbacks {
		if b, ok := c.(callbacks.TrainBeginner); ok {
			if err := b.TrainBegin(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// end tells the callbacks, which may restore weights they kept.
func (l *loop) end() error {
	return l.each(func(c callbacks.Callback) (callbacks.Decision, error) {
		if e, ok := c.(callbacks.TrainEnder); ok {
			return e.TrainEnd()
		}
		return callbacks.Decision{}, nil
	}, nil)
}

// each asks every callback and carries out what it decides.
func (l *loop) each(ask func(c callbacks.Callback) (callbacks.Decision, error), logs run.Metrics) error {
	checkpoint := false
	for i, c := range l.unit.Callbacks {
		d, err := ask(c)
		if err != nil {
			return fmt.Errorf("callback %q: %w", l.unit.Train.Callbacks[i].Kind, err)
		}
		if d.Note != "" {
			l.watch.Note(d.Note)
		}
		if d.LearningRate != nil {
			r := *d.LearningRate
			l.rate = &r
		}
		if d.Swap {
			if err := l.swap(); err != nil {
				return err
			}
		}
		if d.Keep {
			weights, err := l.engine.snapshot()
			if err != nil {
				return err
			}
			l.kept[i] = &kept{weights: weights, logs: append(run.Metrics(nil), logs...)}
		}
		if d.Restore && l.kept[i] != nil {
			if err := l.engine.restore(l.kept[i].weights, false); err != nil {
				return err
			}
			l.restored = l.kept[i].logs
		}
		if d.Save != "" {
			if err := l.save(d.Save, d.WeightsOnly); err != nil {
				return err
			}
		}
		l.stopped = l.stopped || d.Stop
		checkpoint = checkpoint || d.Checkpoint
	}
	if checkpoint {
		return l.checkpoint()
	}
	return nil
}

// swap exchanges the weights and their moving averages.
func (l *loop) swap() error {
	l.swapped = !l.swapped
	return l.engine.swap()
}

// save writes the weights as a callback asked.
func (l *loop) save(name string, weightsOnly bool) error {
	path := name
	if !filepath.IsAbs(path) {
		path = l.dir.File(filepath.ToSlash(name))
	}
	if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	if weightsOnly {
		weights, err := l.engine.tensors(false)
		if err != nil {
			return err
		}
		return safetensors.WriteFile(path, weights)
	}
	return l.bundle(path)
}

// oneEpoch trains from where the epoch stands to its end.
func (l *loop) oneEpoch(ctx context.Context) error {
	if !l.begun {
		l.tally.clear()
		l.begun = true
		err := l.each(func(c callbacks.Callback) (callbacks.Decision, error) {
			if b, ok := c.(callbacks.EpochBeginner); ok {
				return b.EpochBegin(callbacks.Epoch{Epoch: l.epoch, Rate: l.learningRate()})
			}
			return callbacks.Decision{}, nil
		}, nil)
		if err != nil {
			return err
		}
	}
	pass, first, steps := l.part(l.epoch)
	l.watch.Epoch(l.epoch+1, l.unit.Training.Epochs, steps)
	full := func() bool { return l.epochStep >= steps || l.stopped || l.limited() }
	if full() { // continued from a checkpoint of its last batch
		l.watch.Step(l.epochStep, steps, func() run.Metrics { return l.tally.results(l.names, "") })
	} else if err := l.batchesOf(ctx, pass, first, steps, full); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return l.interrupted()
	}
	if l.epochStep < steps && !l.stopped {
		return l.partEpoch(ctx)
	}
	return l.endEpoch(ctx)
}

// batchesOf trains on what is left of an epoch, until it is full.
func (l *loop) batchesOf(ctx context.Context, pass, first, steps int, full func() bool) error {
	t := l.unit.Training
	asked := l.now()
	for b, err := range l.data.Batches(ctx, pipeline.BatchOptions{Split: "train", BatchSize: t.BatchSize, Shuffle: t.Shuffle, Augment: true, Epoch: pass, Start: first + l.epochStep}) {
		if ctx.Err() != nil {
			return l.interrupted()
		}
		if err != nil {
			return err
		}
		if waited := l.now().Sub(asked); waited > 0 {
			l.watch.Waited(waited)
		}
		if err := l.oneStep(b, steps, asked); err != nil {
			return err
		}
		if full() {
			return nil
		}
		if ctx.Err() != nil {
			return l.interrupted()
		}
		asked = l.now()
	}
	return nil
}

// part is what an epoch trains on: a pass over the data, its first batch and the number of batches.
// With steps_per_epoch a pass is cut into several epochs, of which the last may be shorter, as in Keras.
func (l *loop) part(epoch int) (pass, first, steps int) {
	parts := (l.batches + l.steps - 1) / l.steps
	pass, first = epoch/parts, epoch%parts*l.steps
	return pass, first, min(l.steps, l.batches-first)
}

// interrupted saves what -resume continues from.
func (l *loop) interrupted() error {
	if !l.saved {
		if err := l.checkpoint(); err != nil {
			return err
		}
	}
	return errInterrupted
}

// oneStep runs one batch: forward, backward, update.
func (l *loop) oneStep(b *pipeline.Batch, steps int, asked time.Time) error {
	apply, update := l.unit.Program.Applies(l.iterations())
	s, err := l.engine.train(b.Size, apply)
	if err != nil {
		return err
	}
	if err := l.engine.feed(s, b, true); err != nil {
		return l.engine.blame(err, s, b, l.data)
	}
	rate := l.learningRate()
	l.engine.steer(update, l.rateOf)
	l.engine.state[builder.ScaleInput][0] = l.scale.Value
	c := cpu.Context{Seed: uint64(l.seed), Step: uint64(l.step)}
	err = s.program.Run(&c)
	if scaling := l.unit.Training.Scaling(); scaling != nil {
		l.scale = scaling.After(l.scale, !errors.Is(err, op.ErrNotFinite))
	}
	if err != nil && !errors.Is(err, op.ErrNotFinite) {
		return fmt.Errorf("epoch %d, batch %d: %w", l.epoch+1, l.epochStep+1, l.engine.blame(err, s, b, l.data))
	}
	l.tally.add(s)
	seconds := l.now().Sub(asked).Seconds()
	l.step++
	l.epochStep++
	l.saved = false
	loss := s.loss.F[0]
	l.notFinite(loss, b)
	if l.step%int64(l.unit.Training.LogEvery) == 0 {
		if err := l.logs.Step(run.Step{Step: l.step, Loss: loss, LearningRate: float32(rate), Seconds: seconds}); err != nil {
			return err
		}
	}
	l.watch.Step(l.epochStep, steps, func() run.Metrics { return l.tally.results(l.names, "") })
	return l.each(func(c callbacks.Callback) (callbacks.Decision, error) {
		e, ok := c.(callbacks.StepEnder)
		if !ok {
			return callbacks.Decision{}, nil
		}
		return e.StepEnd(callbacks.Step{
			Epoch: l.epoch, Batch: l.epochStep - 1, Step: l.step, Size: b.Size, Loss: loss,
			Logs: logsOf(l.tally.results(l.names, "")), Rate: rate,
		})
	}, nil)
}

// iterations are the steps that optimizers have taken.
func (l *loop) iterations() int { return int(l.step - l.scale.Lost) }

// learningRate is that of the next step; of several optimizers, of the one that is for all other weights.
func (l *loop) learningRate() float64 {
	if l.rate != nil {
		return *l.rate
	}
	return l.unit.Training.Main().Common().LearningRate.At(l.iterations())
}

// rates are the learning rates of the optimizers, for the logs.
func (l *loop) rates() callbacks.Logs {
	var out callbacks.Logs
	list := l.unit.Training.Optimizers
	for i, o := range list {
		name, n := "learning_rate", 0
		if len(list) > 1 {
			name += "_" + o.Name
			for _, before := range list[:i] {
				if before.Name == o.Name {
					n++
				}
			}
			if n > 0 {
				name += fmt.Sprint("_", n)
			}
		}
		rate := o.Thing.Common().LearningRate.At(l.iterations())
		if l.rate != nil {
			rate = *l.rate
		}
		out = append(out, callbacks.Log{Name: name, Value: rate})
	}
	return out
}

// rateOf is the learning rate of a group's optimizer in the next step.
func (l *loop) rateOf(g *builder.Group) float64 {
	if l.rate != nil {
		return *l.rate
	}
	return g.Rate(l.iterations())
}

// endEpoch validates, logs, asks the callbacks and saves.
func (l *loop) endEpoch(ctx context.Context) error {
	logs, err := l.epochLogs(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return l.interrupted()
		}
		return err
	}
	if err := l.logs.Epoch(l.epoch+1, logs); err != nil {
		return err
	}
	epoch := l.epoch
	l.epoch, l.epochStep, l.begun, l.last = l.epoch+1, 0, false, logs
	l.saved = false // a checkpoint of the last step has not seen the end of the epoch
	l.watch.EpochEnd(logs)
	err = l.each(func(c callbacks.Callback) (callbacks.Decision, error) {
		if e, ok := c.(callbacks.EpochEnder); ok {
			return e.EpochEnd(callbacks.Epoch{
				Epoch: epoch, Logs: logsOf(logs), Rate: l.learningRate(), Step: l.step, Rates: l.rates(), Weights: l.engine.weights,
			})
		}
		return callbacks.Decision{}, nil
	}, logs)
	if err != nil || l.saved {
		return err
	}
	return l.checkpoint()
}

// partEpoch ends training in the middle of an epoch, as -limit-steps demanded: the
// checkpoint is taken before the epoch's line is written, so that a resumed run writes it whole.
func (l *loop) partEpoch(ctx context.Context) error {
	if !l.saved {
		if err := l.checkpoint(); err != nil {
			return err
		}
	}
	logs, err := l.epochLogs(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return errInterrupted
		}
		return err
	}
	l.last = logs
	l.watch.EpochEnd(logs)
	if err := l.logs.Epoch(l.epoch+1, logs); err != nil {
		return err
	}
	l.cut = true
	return nil
}

// epochLogs are the means of training so far and, when it is time, those of validation.
func (l *loop) epochLogs(ctx context.Context) (run.Metrics, error) {
	logs := l.tally.results(l.names, "")
	if l.data.Rows("validation") > 0 && (l.epoch+1)%l.unit.Training.ValidationFreq == 0 {
		val, err := l.validate(ctx)
		if err != nil {
			return nil, err
		}
		logs = append(logs, val...)
	}
	if l.unit.setsRate() { // as Keras' callbacks add it to the logs
		logs = append(logs, run.Metric{Name: "learning_rate", Value: float32(l.learningRate())})
	}
	return logs, nil
}

// validate measures the validation split: the weights, or their moving averages where a callback says so.
func (l *loop) validate(ctx context.Context) (val run.Metrics, err error) {
	if l.unit.measuresAverages() {
		if err := l.engine.swap(); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, l.engine.swap()) }()
	}
	return l.engine.measure(ctx, l.data, "validation", l.unit.Training.BatchSize, l.names, "val_", l.watch)
}

// checkpoint saves everything that resuming needs.
func (l *loop) checkpoint() error {
	state := loopState{Rate: l.rate, Begun: l.begun, Swapped: l.swapped, Stopped: l.stopped, Last: l.last, Kept: map[int]run.Metrics{}}
	if l.unit.Training.Scaling() != nil {
		state.Scale = &l.scale
	}
	weights, err := l.engine.tensors(false)
	if err != nil {
		return err
	}
	slots, err := l.engine.tensors(true)
	if err != nil {
		return err
	}
	c := &run.Checkpoint{
		Dlrun: l.version, Epoch: l.epoch, EpochStep: l.epochStep, Step: l.step,
		Weights: weights, Optimizer: slots, Metrics: l.tally.tensors(), Logs: map[string]int64{},
	}
	for i, cb := range l.unit.Callbacks {
		cs := run.CallbackState{Name: callbackName(l.unit, i)}
		if s, ok := cb.(callbacks.Stateful); ok {
			text, err := s.State()
			if err != nil {
				return fmt.Errorf("callback %s: %w", cs.Name, err)
			}
			cs.State = text
		}
		if k := l.kept[i]; k != nil {
			cs.Arrays, state.Kept[i] = k.weights, k.logs
		}
		if lg, ok := cb.(callbacks.Logger); ok {
			for _, name := range lg.LogFiles() {
				n, err := fileSize(l.dir, name)
				if err != nil {
					return err
				}
				c.Logs[name] = n
			}
		}
		c.Callbacks = append(c.Callbacks, cs)
	}
	if c.Loop, err = json.Marshal(state); err != nil {
		return err
	}
	if _, err := l.dir.SaveCheckpoint(c); err != nil {
		return err
	}
	l.saved = true
	return nil
}

// resume sets the loop to a checkpoint.
func (l *loop) resume(c *run.Checkpoint) error {
	for _, part := range []struct {
		saved []safetensors.Tensor
		slots bool
	}{{c.Weights, false}, {c.Optimizer, true}} {
		if err := l.engine.restore(part.saved, part.slots); err != nil {
			return fmt.Errorf("the checkpoint does not fit the model: %w", err)
		}
	}
	if err := l.tally.restore(c.Metrics); err != nil {
		return err
	}
	var state loopState
	if err := json.Unmarshal(c.Loop, &state); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	l.epoch, l.epochStep, l.step = c.Epoch, c.EpochStep, c.Step
	l.swapped = state.Swapped
	if state.Scale != nil {
		l.scale = *state.Scale
	}
	l.rate, l.begun, l.stopped, l.last, l.saved = state.Rate, state.Begun, state.Stopped, state.Last, true
	for i, cb := range l.unit.Callbacks {
		if i >= len(c.Callbacks) || c.Callbacks[i].Name != callbackName(l.unit, i) {
			return fmt.Errorf("the checkpoint holds other callbacks than the file")
		}
		cs := c.Callbacks[i]
		if s, ok := cb.(callbacks.Stateful); ok && cs.State != nil {
			if err := s.Restore(cs.State); err != nil {
				return fmt.Errorf("callback %s: %w", cs.Name, err)
			}
		}
		if logs, ok := state.Kept[i]; ok {
			l.kept[i] = &kept{weights: cs.Arrays, logs: logs}
		}
	}
	return nil
}

func callbackName(u *Unit, i int) string {
	return fmt.Sprintf("%d-%s", i, u.Train.Callbacks[i].Kind)
}

// settable tells whether callbacks may set the learning rate: it must not follow a schedule.
func settable(s schedule.Schedule) bool {
	_, ok := s.(schedule.Constant)
	return ok
}

func logsOf(m run.Metrics) callbacks.Logs {
	out := make(callbacks.Logs, len(m))
	for i, x := range m {
		out[i] = callbacks.Log{Name: x.Name, Value: float64(x.Value)}
	}
	return out
}
