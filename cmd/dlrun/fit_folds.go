package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/dlrun/dlrun/dsl"
)

// folds is how many folds the document's cross-validation has.
func folds(doc *dsl.Document) (int, error) {
	n := 0
	for _, d := range doc.Datasets {
		if s := d.Split; s != nil && s.Folds > 0 {
			if n > 0 && n != s.Folds {
				return 0, usagef("the datasets of %s have %d folds and %d: -fold means one of as many", doc.Path, n, s.Folds)
			}
			n = s.Folds
		}
	}
	if n == 0 {
		return 0, usagef("%s has no folds: `folds = 5` in the split block of a dataset makes them", doc.Path)
	}
	return n, nil
}

// foldsEvent is the last line of fit -all-folds -json.
type foldsEvent struct {
	Event   string        `json:"event"` // folds
	Folds   int           `json:"folds"`
	Metrics []foldsMetric `json:"metrics"`
}

// foldsMetric is a metric over the folds.
type foldsMetric struct {
	Train  string    `json:"train"`
	Name   string    `json:"name"`
	Mean   float64   `json:"mean"`
	Spread float64   `json:"spread"` // standard deviation of the folds' values, by n-1
	Values []float32 `json:"values"`
}

// fitFolds trains once for each fold. With -run-dir each has the folder fold-N there, without it a run of its own.
func (a *app) fitFolds(ctx context.Context, m *modelFile, o fitOptions) error {
	if o.fold > 0 {
		return usagef("options -fold and -all-folds cannot be combined")
	}
	p, _, err := m.check()
	if err != nil {
		return err
	}
	n, err := folds(p.Doc)
	if err != nil {
		return err
	}
	result := foldsEvent{Event: "folds", Folds: n}
	var failed error // a check's
	for k := 1; k <= n; k++ {
		one := o
		one.fold = k
		if o.runDir != "" {
			one.runDir = filepath.Join(o.runDir, fmt.Sprintf("fold-%d", k))
		}
		a.view.say("Fold %d/%d", k, n)
		outcomes, err := a.fit(ctx, m, one)
		if err != nil && exitCode(err) != exitCheckFailed {
			return err
		}
		if err != nil {
			failed = err
		}
		for _, out := range outcomes {
			for _, x := range out.Metrics {
				result.add(out.Train, x.Name, x.Value)
			}
		}
	}
	for i := range result.Metrics {
		x := &result.Metrics[i]
		x.Mean, x.Spread = meanSpread(x.Values)
		name := x.Name
		if len(p.Doc.Trains) > 1 && o.only == "" {
			name = x.Train + ": " + name
		}
		a.view.printf("%s: %.4f ± %.4f", name, x.Mean, x.Spread)
	}
	a.view.event(result)
	return failed
}

func (r *foldsEvent) add(train, name string, v float32) {
	for i := range r.Metrics {
		if x := &r.Metrics[i]; x.Train == train && x.Name == name {
			x.Values = append(x.Values, v)
			return
		}
	}
	r.Metrics = append(r.Metrics, foldsMetric{Train: train, Name: name, Values: []float32{v}})
}

// meanSpread is the mean and the standard deviation, by n-1.
func meanSpread(values []float32) (mean, spread float64) {
	for _, v := range values {
		mean += float64(v)
	}
	mean /= float64(len(values))
	if len(values) < 2 {
		return mean, 0
	}
	for _, v := range values {
		d := float64(v) - mean
		spread += d * d
	}
	return mean, math.Sqrt(spread / float64(len(values)-1))
}
