package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// fitOptions are the options of fit.
type fitOptions struct {
	machineOptions
	runDir     string
	resume     bool
	locked     bool
	limitSteps int64
	only       string
	fold       int
	allFolds   bool
}

func fitCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "fit FILE|DIR|PLAN [options]",
		Short: "Train what a model file describes, evaluate and check it, and save it.",
		Long: "Trains what a model file describes, evaluates the test split, runs the checks and saves the model.\n\n" +
			"Everything goes to a run directory: model.dlrun, metrics.jsonl, history.csv, steps.jsonl, manifest.json\n" +
			"and checkpoints/. Ctrl-C finishes the step and saves; -resume goes on from there, also after a kill,\n" +
			"and ends with the same bits as a run that was never stopped. PLAN is what plan -out saved.",
		Example: "dlrun fit model.hcl\ndlrun fit model.hcl -var data=census.csv -run-dir runs/census\ndlrun fit model.hcl -run-dir runs/census -resume",
		Args:    oneFile("a model file or directory"),
	}
	var o fitOptions
	m := a.modelFile(c)
	f := c.Flags()
	f.StringVar(&o.runDir, "run-dir", "", "The run `directory`; by default runs/NAME/0001 and so on.")
	f.BoolVar(&o.resume, "resume", false, "Continue the run in its directory, also with more epochs; start it where there is none.")
	f.StringVar(&o.only, "train", "", "Train only the train of this `name`, and what it starts from.")
	f.Int64Var(&o.limitSteps, "limit-steps", 0, "End after `n` optimizer steps in all, then evaluate, check and save as usual.")
	f.IntVar(&o.fold, "fold", 0, "Hold out fold `n` of the file's cross-validation.")
	f.BoolVar(&o.allFolds, "all-folds", false, "Train once for each fold of the file's cross-validation, and show the mean and spread of the metrics.")
	o.bind(c)
	f.BoolVar(&a.view.quiet, "quiet", false, "Write errors only.")
	f.BoolVar(&o.locked, "locked", false, "Refuse data that differs from the lock file. Not in this version.")
	c.RunE = func(c *cobra.Command, args []string) error {
		m.path = args[0]
		if o.allFolds {
			return a.fitFolds(c.Context(), m, o)
		}
		_, err := a.fit(c.Context(), m, o)
		return err
	}
	return c
}

func (a *app) fit(ctx context.Context, m *modelFile, o fitOptions) ([]*train.Outcome, error) {
	switch {
	case o.locked:
		return nil, usagef("option -locked is not in this version of dlrun: there is no lock file yet")
	case o.fold < 0:
		return nil, usagef("option -fold: folds are counted from 1, got %d", o.fold)
	case o.limitSteps < 0:
		return nil, usagef("option -limit-steps: a number of at least 1 is wanted, got %d", o.limitSteps)
	}
	watch := newProgress(a.view)
	set, err := a.settings(o.machineOptions, watch)
	if err != nil {
		return nil, err
	}
	m.fold = o.fold
	var promised map[string]*run.Manifest
	saved, err := readPlan(m.path)
	if err != nil {
		return nil, err
	}
	if saved != nil {
		if len(m.vars) > 0 || len(m.varFiles) > 0 || o.only != "" {
			return nil, usagef("%s is a saved plan, which says the values of variables and what is trained; make a new plan for others", m.path)
		}
		m.path, m.vars, m.varFiles, o.only, promised = saved.Path, saved.Vars, saved.VarFiles, saved.Only, saved.Trains
	}
	// Fit checks the file too; here it is done for the warnings to stand before the training.
	p, _, err := m.check()
	if err != nil {
		return nil, err
	}
	if err := needTrain(p.Doc, o.only); err != nil {
		return nil, err
	}
	if _, err := folds(p.Doc); o.fold > 0 && err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, watch.interrupting)
	defer stop()
	outcomes, diags, err := train.Fit(ctx, train.FitOptions{
		Settings: set, Load: m.load, RunDir: o.runDir, Resume: o.resume, LimitSteps: o.limitSteps, Only: o.only, Planned: promised,
		Command: a.args, Machine: machine(set),
	})
	stop()
	watch.end()
	return outcomes, a.fitted(m, outcomes, a.view.outcome(diags, m.files, err))
}

// doneEvent is the last line of fit -json.
type doneEvent struct {
	Event    string        `json:"event"`
	Status   string        `json:"status"` // complete, check_failed, interrupted or failed
	ExitCode int           `json:"exit_code"`
	Error    string        `json:"error,omitempty"`
	Trains   []trainResult `json:"trains"`
}

// trainResult is how one train ended.
type trainResult struct {
	Train   string      `json:"train"`
	Status  run.Status  `json:"status"`
	RunDir  string      `json:"run_dir"`
	Bundle  string      `json:"bundle,omitempty"` // where the trained model is
	Metrics run.Metrics `json:"metrics,omitempty"`
	Checks  []run.Check `json:"checks,omitempty"`

	Malformed *run.Malformed `json:"malformed,omitempty"` // what of the data was passed over
}

// fitted shows how the trains ended and makes the exit code of it.
func (a *app) fitted(m *modelFile, outcomes []*train.Outcome, err error) error {
	done := doneEvent{Event: "done", Status: "complete", Trains: []trainResult{}}
	for _, out := range outcomes {
		r := trainResult{Train: out.Train, Status: run.Complete, RunDir: out.Dir, Metrics: out.Metrics, Checks: out.Checks, Malformed: out.Malformed}
		switch {
		case out.Interrupted:
			r.Status = run.Interrupted
		case err != nil && out == outcomes[len(outcomes)-1]:
			r.Status = run.Failed
		default:
			r.Bundle = filepath.Join(out.Dir, run.BundleFile)
		}
		done.Trains = append(done.Trains, r)
		if a.show(out, r, len(outcomes) > 1) && err == nil {
			done.Status, err = "check_failed", codeError(exitCheckFailed)
		}
		if out.Interrupted {
			done.Status, err = "interrupted", codeError(exitInterrupted)
			a.view.note("Interrupted; everything is saved. Go on with: dlrun fit %s -run-dir %s -resume", m.path, out.Root)
		}
	}
	if done.ExitCode = exitCode(err); err != nil && done.Status == "complete" {
		done.Status, done.Error = "failed", err.Error()
		if done.ExitCode == exitInterrupted {
			done.Status = "interrupted"
		}
	}
	a.view.event(done)
	a.view.done = true
	return err
}

// show writes the result of one train for a person and tells whether a check failed.
func (a *app) show(out *train.Outcome, r trainResult, several bool) bool {
	name := ""
	if several {
		name = fmt.Sprintf("train %q: ", out.Train)
	}
	if out.Complete {
		a.view.printf("%sthe run in %s was complete already.", name, out.Dir)
		return false
	}
	var test run.Metrics
	for _, x := range out.Metrics {
		if strings.HasPrefix(x.Name, "test_") {
			test = append(test, x)
		}
	}
	if len(test) > 0 {
		a.view.printf("%s%s", name, metricsText(test))
	}
	failed := false
	for _, c := range out.Checks {
		if c.Passed {
			a.view.printf("✓ %s", c.Name)
			continue
		}
		failed = true
		a.view.printf("✗ %s: %s", c.Name, c.Message)
		if a.view.quiet || a.view.json {
			a.view.say("✗ %s: %s", c.Name, c.Message)
		}
	}
	if r.Bundle != "" {
		a.view.printf("%sSaved %s", name, r.Bundle)
	}
	return failed
}
