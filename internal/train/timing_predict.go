package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/internal/cpu"
)

// TimePrediction times predictions, in batches and of one example alone: of a bundle, or of the models of a document, whose weights
// have their first values. What is fed is made up; data is only read where a model's sizes depend on it.
func TimePrediction(ctx context.Context, o TimeOptions) ([]*Timing, hcl.Diagnostics, error) {
	if o.Batch == 0 {
		o.Batch = predictBatch
	}
	if o.Bundle != "" {
		b, diags, err := openBundle(o.Bundle)
		if err != nil || diags.HasErrors() {
			return nil, diags, err
		}
		model, err := b.model()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", o.Bundle, err)
		}
		t, err := o.predictions(ctx, []*builder.Model{model}, func(e *engine) error {
			if err := e.restore(b.bundle.Weights, false); err != nil {
				return fmt.Errorf("%s: the weights do not fit the model: %w", o.Bundle, err)
			}
			return nil
		})
		return t, nil, err
	}
	doc, diags := o.Load(nil)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	p, more := Check(doc)
	if diags = append(diags, more...); diags.HasErrors() {
		return nil, diags, nil
	}
	models, complete, err := p.predicted(o.Only)
	if err != nil {
		return nil, diags, err
	}
	seed := doc.Run.Seed
	initialize := func(e *engine) error { return e.initialize(seed) }
	if complete {
		t, err := o.predictions(ctx, models, initialize)
		return t, diags, err
	}
	s, diags, err := open(ctx, o.Settings, o.Load, func(p *Project) ([]*Unit, error) { return p.named(o.Only) }, nil)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	s.machine.Close()
	if models, _, err = s.project.predicted(o.Only); err != nil {
		return nil, diags, err
	}
	t, err := o.predictions(ctx, models, initialize)
	return t, diags, err
}

// predicted are the models of the trains, or all where there is no train, and whether their sizes are known.
func (p *Project) predicted(only string) ([]*builder.Model, bool, error) {
	var models []*builder.Model
	if len(p.Units) == 0 && only == "" {
		for _, m := range p.Doc.Models {
			models = append(models, p.Models[m.Name])
		}
		if len(models) == 0 {
			return nil, false, fmt.Errorf("%s has no model", p.Doc.Path)
		}
	} else {
		units, err := p.named(only)
		if err != nil {
			return nil, false, err
		}
		seen := map[string]bool{}
		for _, u := range units {
			if !seen[u.Model.Name] {
				models = append(models, u.Model)
			}
			seen[u.Model.Name] = true
		}
	}
	complete := !slices.ContainsFunc(models, func(m *builder.Model) bool { return m.Complete() != nil })
	return models, complete, nil
}

// predictions times each model with the weights that fill gives.
func (o TimeOptions) predictions(ctx context.Context, models []*builder.Model, fill func(e *engine) error) ([]*Timing, error) {
	m := &cpu.Machine{Pool: cpu.NewPool(o.Threads), ISA: o.ISA}
	defer m.Close()
	var out []*Timing
	for _, model := range models {
		if err := model.Complete(); err != nil {
			return nil, err
		}
		model.Batch = max(o.Batch, predictBatch)
		p := &builder.Program{Model: model}
		if need := int64(bytesOfState(p.State())); o.MemoryLimit > 0 && need > o.MemoryLimit {
			return nil, &memoryError{o.Batch, need, need, o.MemoryLimit}
		}
		e, _, err := engineOn(o.ofBundle(), p, m, nil, o.MemoryLimit, o.note, func(e *engine) error {
			if err := fill(e); err != nil {
				return err
			}
			_, err := e.predictor(o.Batch)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("model %q: %w", model.Name, err)
		}
		t, err := e.timePrediction(ctx, o)
		if err = errors.Join(err, e.Close()); err != nil {
			return nil, fmt.Errorf("model %q: %w", model.Name, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// timePrediction times calls of o.Batch examples, then of one.
func (e *engine) timePrediction(ctx context.Context, o TimeOptions) (*Timing, error) {
	p := newProfile(e, o.Now, o.Steps)
	if err := e.predictions(ctx, p, o.Batch); err != nil {
		return nil, err
	}
	t := p.timing(e.program.Model, o.Batch)
	alone := newProfile(e, o.Now, o.Steps)
	alone.plain = true
	if err := e.predictions(ctx, alone, 1); err != nil {
		return nil, err
	}
	var calls []float64
	for _, s := range alone.samples {
		calls = append(calls, s.total)
	}
	slices.Sort(calls)
	n := len(calls)
	t.Alone = &Alone{Calls: n, Median: calls[n/2], NinetyNine: calls[(n-1)*99/100], Least: calls[0]}
	return t, nil
}

// predictions calls the model until p has enough.
func (e *engine) predictions(ctx context.Context, p *profile, batch int) error {
	s, err := e.predictor(batch)
	if err != nil {
		return err
	}
	given := madeUp(s.inputs)
	for !p.full() {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.watch(s)
		asked := p.clock()
		for i, in := range s.inputs {
			copy(in.F, given[i].F)
			copy(in.I, given[i].I)
		}
		fed := p.clock()
		if err := s.program.Run(new(cpu.Context)); err != nil {
			return err
		}
		p.add(s, p.clock()-asked, map[string]time.Duration{"feed": fed - asked})
	}
	return nil
}

// madeUp are values that any model can take: floats in [0, 1), and the number 1 for what may be an index.
func madeUp(inputs []cpu.Buf[float32]) []cpu.Buf[float32] {
	var out []cpu.Buf[float32]
	for _, in := range inputs {
		b := cpu.Buf[float32]{Shape: in.Shape, F: make([]float32, len(in.F)), I: make([]int32, len(in.I))}
		state := uint32(1)
		for i := range b.F {
			state = state*1664525 + 1013904223 // Knuth's linear congruences
			b.F[i] = float32(state>>8) / (1 << 24)
		}
		for i := range b.I {
			b.I[i] = 1
		}
		out = append(out, b)
	}
	return out
}
