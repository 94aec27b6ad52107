package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// evaluateOptions are the options of evaluate.
type evaluateOptions struct {
	machineOptions
	runDir string
	split  string
	only   string
}

func evaluateCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "evaluate FILE|DIR|model.dlrun [options]",
		Short: "Compute the losses and metrics of a trained model on a split of its data.",
		Long: "Computes losses and metrics of a trained model on a split of its data.\n\n" +
			"Of a model file the weights come from its latest run, or the one that -run-dir names. A model.dlrun\n" +
			"brings its own description; relative paths of its data start from the working directory.",
		Example: "dlrun evaluate model.hcl\ndlrun evaluate runs/model/0001/model.dlrun -split validation",
		Args:    oneFile("a model file, a directory or a model.dlrun"),
	}
	var o evaluateOptions
	m := a.modelFile(c)
	f := c.Flags()
	f.StringVar(&o.split, "split", "", "Evaluate the split of this `name`: train, validation or test; by default the last that there is.")
	f.StringVar(&o.runDir, "run-dir", "", "The run `directory` whose weights are taken; by default the latest of the file's.")
	f.StringVar(&o.only, "train", "", "Evaluate only the train of this `name`.")
	o.bind(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		m.path = args[0]
		return a.evaluate(c.Context(), m, o)
	}
	return c
}

// evaluateResult is what evaluate -json writes.
type evaluateResult struct {
	Trains []evaluated `json:"trains"`
}

type evaluated struct {
	Train   string      `json:"train"`
	RunDir  string      `json:"run_dir,omitempty"`
	Metrics run.Metrics `json:"metrics"` // named by the split: test_loss

	Malformed *run.Malformed `json:"malformed,omitempty"` // what of the data was passed over
}

func (a *app) evaluate(ctx context.Context, m *modelFile, o evaluateOptions) error {
	switch o.split {
	case "", "train", "validation", "test":
	default:
		return usagef("option -split: train, validation or test is wanted, got %q", o.split)
	}
	watch := newProgress(a.view)
	set, err := a.settings(o.machineOptions, watch)
	if err != nil {
		return err
	}
	options := train.EvaluateOptions{Settings: set, RunDir: o.runDir, Split: o.split, Only: o.only}
	bundle, ok, err := bundlePath(m.path)
	if err != nil {
		return err
	}
	if ok {
		if len(m.vars)+len(m.varFiles) > 0 {
			return usagef("options -var and -var-file go with a model file; %s has the values of its training", bundle)
		}
		options.Bundle = bundle
	} else {
		p, _, err := m.check()
		if err != nil {
			return err
		}
		if err := needTrain(p.Doc, o.only); err != nil {
			return err
		}
		options.Load = m.load
	}
	outcomes, diags, err := train.Evaluate(ctx, options)
	watch.end()
	if err := a.view.outcome(diags, m.files, err); err != nil {
		return err
	}
	result := evaluateResult{Trains: []evaluated{}}
	for _, out := range outcomes {
		result.Trains = append(result.Trains, evaluated{Train: out.Train, RunDir: out.Dir, Metrics: out.Metrics, Malformed: out.Malformed})
		if len(outcomes) > 1 {
			a.view.printf("train %q: %s", out.Train, metricsText(out.Metrics))
		} else {
			a.view.printf("%s", metricsText(out.Metrics))
		}
	}
	a.view.result(result)
	return nil
}
