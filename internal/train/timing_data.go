package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/pipeline"
)

// DataTiming is how long the data of a train takes by itself, without a model.
type DataTiming struct {
	Train, Dataset string
	Batch, Threads int
	Rows           int     // in all splits
	Read           float64 // seconds to read and parse all rows, learn and transform
	Stages         []DataStage
	TrainRows      int     // rows of the train split
	Epoch          float64 // seconds to make the batches of an epoch: gather, augment, transform
}

// DataStage is how long one part of opening the data takes.
type DataStage struct {
	Name    string // reading, learning, transforming
	Rows    int
	Seconds float64
}

// add counts seconds for a stage.
func (t *DataTiming) add(name string, rows int, seconds float64) {
	for i := range t.Stages {
		if s := &t.Stages[i]; s.Name == name {
			s.Rows, s.Seconds = max(s.Rows, rows), s.Seconds+seconds
			return
		}
	}
	t.Stages = append(t.Stages, DataStage{name, rows, seconds})
}

// TimeData reads the data of the document's trains and makes the batches of an epoch, the second, so that
// buffers are warm. Nothing is trained and nothing is written. Of o, Steps does not count.
func TimeData(ctx context.Context, o TimeOptions) ([]*DataTiming, hcl.Diagnostics, error) {
	s, diags, err := open(ctx, o.Settings, o.Load, func(p *Project) ([]*Unit, error) { return p.named(o.Only) }, nil)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	defer s.machine.Close()
	var out []*DataTiming
	for _, u := range s.units {
		s.data[u.Train.Name] = nil // room for reading it once more, by itself
		t := &DataTiming{Train: u.Train.Name, Dataset: u.Train.Data.Name, Batch: u.Training.BatchSize, Threads: max(1, s.Threads)}
		if o.Batch > 0 {
			t.Batch = o.Batch
		}
		start := s.Now()
		last := start
		s.progress = func(stage string, rows int) {
			now := s.Now()
			t.add(stage, rows, now.Sub(last).Seconds())
			last = now
		}
		d, more := s.openData(ctx, s.project.Doc.Run.Seed, u, nil)
		if more.HasErrors() {
			return nil, append(diags, more...), errors.Join(ErrData, ctx.Err())
		}
		s.progress = nil
		t.Read = s.Now().Sub(start).Seconds()
		t.TrainRows = d.Rows(pipeline.Train)
		t.Rows = t.TrainRows + d.Rows(pipeline.Validation) + d.Rows(pipeline.Test)
		for epoch := range 2 {
			start = s.Now()
			for _, err := range d.Batches(ctx, pipeline.BatchOptions{Split: pipeline.Train, BatchSize: t.Batch, Shuffle: u.Training.Shuffle, Augment: true, Epoch: epoch}) {
				if err != nil {
					return nil, diags, fmt.Errorf("train %q: %w", u.Train.Name, err)
				}
			}
			t.Epoch = s.Now().Sub(start).Seconds()
		}
		out = append(out, t)
	}
	return out, diags, nil
}
