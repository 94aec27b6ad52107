package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/safetensors"
	"github.com/dlrun/dlrun/pipeline"
)

// measure evaluates a split: losses and metrics of the present weights, named with a prefix. States that go on from batch to batch go on
// here too, as in Keras; where it cannot be done to its end they are as they were.
func (e *engine) measure(ctx context.Context, data *pipeline.Data, split string, batch int, names []string, prefix string, watch Observer) (run.Metrics, error) {
	before, err := e.carried()
	if err != nil {
		return nil, err
	}
	m, err := e.measured(ctx, data, split, batch, names, prefix, watch)
	if err != nil {
		if undone := e.carry(before); undone != nil {
			err = errors.Join(err, undone)
		}
		return nil, err
	}
	return m, nil
}

// carried is a copy of the states that go on from batch to batch, by name.
func (e *engine) carried() (map[string][]float32, error) {
	var out map[string][]float32
	for _, v := range e.vars {
		if !v.IsCarried() {
			continue
		}
		if out == nil {
			out = map[string][]float32{}
			if err := e.gpu.pull(); err != nil {
				return nil, err
			}
		}
		out[v.Name] = slices.Clone(e.state[v.Name])
	}
	return out, nil
}

// carry sets them again.
func (e *engine) carry(states map[string][]float32) error {
	if len(states) == 0 {
		return nil
	}
	if err := e.gpu.pull(); err != nil {
		return err
	}
	e.gpu.changed()
	for name, s := range states {
		copy(e.state[name], s)
	}
	return nil
}

func (e *engine) measured(ctx context.Context, data *pipeline.Data, split string, batch int, names []string, prefix string, watch Observer) (run.Metrics, error) {
	t := newTally(e.program)
	rows, done, count := data.Rows(split), 0, uint64(0)
	for b, err := range data.Batches(ctx, pipeline.BatchOptions{Split: split, BatchSize: batch}) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		s, err := e.evaluate(b.Size)
		if err != nil {
			return nil, err
		}
		err = e.feed(s, b, false)
		if err == nil {
			err = s.program.Run(&cpu.Context{Step: count}) // each batch draws its own random numbers
		}
		count++
		if err != nil {
			return nil, fmt.Errorf("%s split: %w", split, e.blame(err, s, b, data))
		}
		t.add(s)
		done += b.Size
		watch.Measuring(split, done, rows)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.results(names, prefix), nil
}

// tensors are the accumulators, for a checkpoint.
func (t *tally) tensors() []safetensors.Tensor {
	var names []string
	for n := range t.acc {
		names = append(names, n)
	}
	sort.Strings(names)
	var out []safetensors.Tensor
	for _, n := range names {
		out = append(out, safetensors.Float64(n, []int{len(t.acc[n])}, t.acc[n]))
	}
	return out
}

func (t *tally) restore(saved []safetensors.Tensor) error {
	for _, s := range saved {
		v, err := s.Float64s()
		if err != nil {
			return err
		}
		if len(v) != len(t.acc[s.Name]) {
			return fmt.Errorf("accumulator %s has %d numbers in the checkpoint and %d here", s.Name, len(v), len(t.acc[s.Name]))
		}
		copy(t.acc[s.Name], v)
	}
	return nil
}
