package main

import (
	"context"

	"github.com/dlrun/dlrun/internal/train"
)

// dataResult is what time -data -json writes. Times are in seconds.
type dataResult struct {
	CPU  string       `json:"cpu"`
	Data []dataTiming `json:"data"`
}

type dataTiming struct {
	Train     string      `json:"train"`
	Dataset   string      `json:"dataset"`
	Batch     int         `json:"batch"`
	Threads   int         `json:"threads"`
	Rows      int         `json:"rows"`
	Read      float64     `json:"read_seconds"`
	ReadRate  float64     `json:"read_rows_per_second"`
	Stages    []dataStage `json:"stages"`
	TrainRows int         `json:"train_rows"`
	Epoch     float64     `json:"epoch_seconds"`
	EpochRate float64     `json:"epoch_rows_per_second"`
}

// dataStage is a part of reading.
type dataStage struct {
	Name    string  `json:"name"`
	Rows    int     `json:"rows"`
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"rows_per_second"`
}

// timeData shows how long the data takes without the model.
func (a *app) timeData(ctx context.Context, m *modelFile, o train.TimeOptions) error {
	list, diags, err := train.TimeData(ctx, o)
	if err := a.view.outcome(diags, m.files, err); err != nil {
		return err
	}
	result := dataResult{CPU: cpuName(), Data: []dataTiming{}}
	for i, t := range list {
		d := dataTiming{
			Train: t.Train, Dataset: t.Dataset, Batch: t.Batch, Threads: t.Threads, Rows: t.Rows, Read: t.Read, TrainRows: t.TrainRows, Epoch: t.Epoch,
			ReadRate: float64(t.Rows) / max(t.Read, 1e-9), EpochRate: float64(t.TrainRows) / max(t.Epoch, 1e-9),
		}
		d.Stages = []dataStage{}
		for _, s := range t.Stages {
			d.Stages = append(d.Stages, dataStage{s.Name, s.Rows, s.Seconds, float64(s.Rows) / max(s.Seconds, 1e-9)})
		}
		result.Data = append(result.Data, d)
		if i > 0 {
			a.view.printf("")
		}
		threads := "threads"
		if d.Threads == 1 {
			threads = "thread"
		}
		a.view.printf("Train %q: dataset %q, batch %d, %d %s, %s", d.Train, d.Dataset, d.Batch, d.Threads, threads, result.CPU)
		a.view.printf("%-34s %9d rows %9.3f s %12.0f rows/s", "read, parse, learn and transform", d.Rows, d.Read, d.ReadRate)
		for _, s := range d.Stages {
			a.view.printf("%-34s %9d rows %9.3f s %12.0f rows/s", "  "+s.Name, s.Rows, s.Seconds, s.Rate)
		}
		a.view.printf("%-34s %9d rows %9.3f s %12.0f rows/s", "batches of an epoch", d.TrainRows, d.Epoch, d.EpochRate)
	}
	a.view.result(result)
	return nil
}

// noData refuses what goes with -data no more than with the data itself.
func (o timeOptions) noData() error {
	if o.predict || o.ops || o.steps > 0 {
		return usagef("option -data times no steps: leave out -predict, -ops and -steps")
	}
	return nil
}
