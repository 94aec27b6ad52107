package main

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/internal/train"
)

// timeOptions are the options of time.
type timeOptions struct {
	machineOptions
	steps, batch int
	predict, ops bool
	data         bool
	only         string
}

func timeCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "time FILE|DIR|model.dlrun [options]",
		Short: "Show where the time of a training step or a prediction goes.",
		Long: "Runs training steps on the data of a model file, keeps nothing of them, and shows where their time goes: for each\n" +
			"layer the forward pass, the backward pass and the update of its weights; then loss, optimizer, metrics, data (waiting\n" +
			"for the next batch), feed (copying it) and the rest. Times are means over the middle half of the steps.\n\n" +
			"GFLOP/s counts two operations for each multiply-add of matrix products and convolutions; of peak is the share of what\n" +
			"this machine's threads can do at best, which is measured too.\n\n" +
			"With -predict, and for a model.dlrun, it is predictions that are timed: of a batch and of one example alone. With -data it is\n" +
			"the data by itself: reading it, and making the batches of an epoch.",
		Example: "dlrun time model.hcl\ndlrun time model.hcl -ops -threads 1\ndlrun time model.hcl -predict -batch 128\ndlrun time model.hcl -data\ndlrun time runs/model/0001/model.dlrun -json",
		Args:    oneFile("a model file, a directory or a model.dlrun"),
	}
	var o timeOptions
	m := a.modelFile(c)
	f := c.Flags()
	f.BoolVar(&o.predict, "predict", false, "Time predictions instead of training steps.")
	f.BoolVar(&o.data, "data", false, "Time the data instead: reading it, and making batches.")
	f.BoolVar(&o.ops, "ops", false, "Show each operation too.")
	f.IntVar(&o.steps, "steps", 0, "Time `n` steps; by default as many as fit into two seconds, and at least 8.")
	f.IntVar(&o.batch, "batch", 0, "Take `n` examples for a step; by default the file's batch_size, and 256 for predictions.")
	f.StringVar(&o.only, "train", "", "Time only the train of this `name`.")
	o.bind(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		m.path = args[0]
		return a.time(c.Context(), m, o)
	}
	return c
}

func (a *app) time(ctx context.Context, m *modelFile, o timeOptions) error {
	for name, n := range map[string]int{"steps": o.steps, "batch": o.batch} {
		if n < 0 {
			return usagef("option -%s: a number of at least 1 is wanted, got %d", name, n)
		}
	}
	set, err := a.settings(o.machineOptions, noting{view: a.view})
	if err != nil {
		return err
	}
	if o.data {
		if err := o.noData(); err != nil {
			return err
		}
	}
	options := train.TimeOptions{Settings: set, Only: o.only, Steps: o.steps, Batch: o.batch}
	bundle, ok, err := bundlePath(m.path)
	if err != nil {
		return err
	}
	if ok {
		if len(m.vars)+len(m.varFiles) > 0 {
			return usagef("options -var and -var-file go with a model file; %s has the values of its training", bundle)
		}
		options.Bundle, o.predict = bundle, true
	} else {
		p, _, err := m.check()
		if err != nil {
			return err
		}
		if !o.predict || len(p.Doc.Trains) > 0 || o.only != "" {
			if err := needTrain(p.Doc, o.only); err != nil {
				return err
			}
		}
		if len(p.Doc.Models) == 0 {
			return usagef("%s has no model", m.path)
		}
		options.Load = m.load
	}
	if o.data {
		if ok {
			return usagef("option -data: %s has no data of its own; name a model file", bundle)
		}
		return a.timeData(ctx, m, options)
	}
	call := train.Time
	if o.predict {
		call = train.TimePrediction
	}
	list, diags, err := call(ctx, options)
	if err := a.view.outcome(diags, m.files, err); err != nil {
		return err
	}
	result := timeResult{CPU: cpuName(), Timings: []timing{}}
	for i, t := range list {
		shown := timingOf(t, o.ops)
		result.Timings = append(result.Timings, shown)
		if i > 0 {
			a.view.printf("")
		}
		a.view.printf("%s", strings.TrimRight(shown.text(result.CPU), "\n"))
	}
	a.view.result(result)
	return nil
}

// timeResult is what time -json writes. Times are in seconds of a step, speeds in floating-point operations in a second.
type timeResult struct {
	CPU     string   `json:"cpu"`
	Timings []timing `json:"timings"`
}

type timing struct {
	Train    string      `json:"train,omitempty"` // absent where predictions are timed
	Model    string      `json:"model"`
	Batch    int         `json:"batch"`
	Steps    int         `json:"steps"`
	Threads  int         `json:"threads,omitempty"`
	ISA      string      `json:"isa,omitempty"`
	Device   string      `json:"device,omitempty"` // a GPU's name
	Peak     float64     `json:"peak_flops_per_second"`
	Step     float64     `json:"step_seconds"`
	Examples float64     `json:"examples_per_second"`
	Flops    float64     `json:"flops"`
	Share    float64     `json:"share_of_peak"`
	Parts    []timedPart `json:"parts"`
	Layers   []timedRow  `json:"layers"`
	Ops      []timedOp   `json:"ops,omitempty"`
	Alone    *alone      `json:"one_example,omitempty"`
}

type timedPart struct {
	Part    string  `json:"part"`
	Seconds float64 `json:"seconds"`
	Share   float64 `json:"share"` // of the step
}

// work is a time, and the speed in it where products are computed.
type work struct {
	Seconds float64 `json:"seconds"`
	Flops   float64 `json:"flops"`
	Speed   float64 `json:"flops_per_second,omitempty"`
	OfPeak  float64 `json:"share_of_peak,omitempty"`
}

type timedRow struct {
	Layer    string  `json:"layer"`
	Type     string  `json:"type"`
	Forward  work    `json:"forward"`
	Backward work    `json:"backward"`
	Update   work    `json:"update"`
	Share    float64 `json:"share"` // of the step
}

type timedOp struct {
	Layer string `json:"layer,omitempty"`
	Part  string `json:"part"`
	Op    string `json:"op"`
	Shape []int  `json:"output_shape"` // with the batch
	work
	Share float64 `json:"share"` // of the step
}

// alone is the latency of one example.
type alone struct {
	Calls      int     `json:"calls"`
	Median     float64 `json:"median_seconds"`
	NinetyNine float64 `json:"p99_seconds"`
	Least      float64 `json:"least_seconds"`
}

func timingOf(t *train.Timing, ops bool) timing {
	out := timing{
		Train: t.Train, Model: t.Model, Batch: t.Batch, Steps: t.Steps, Threads: t.Threads, ISA: t.ISA, Device: t.Device, Peak: t.Peak, Step: t.Step,
		Examples: ratio(float64(t.Batch), t.Step), Layers: []timedRow{},
	}
	workOf := func(w train.Work) work {
		return work{Seconds: w.Seconds, Flops: w.Flops, Speed: ratio(w.Flops, w.Seconds), OfPeak: ratio(w.Flops, w.Seconds*t.Peak)}
	}
	for _, p := range t.Parts {
		out.Parts = append(out.Parts, timedPart{p.Part, p.Seconds, ratio(p.Seconds, t.Step)})
	}
	for _, l := range t.Layers {
		row := timedRow{Layer: l.Layer, Type: l.Type, Forward: workOf(l.Forward), Backward: workOf(l.Backward), Update: workOf(l.Update)}
		row.Share = ratio(row.Forward.Seconds+row.Backward.Seconds+row.Update.Seconds, t.Step)
		out.Layers = append(out.Layers, row)
	}
	for _, o := range t.Ops {
		out.Flops += o.Flops
		if ops {
			out.Ops = append(out.Ops, timedOp{o.Layer, o.Part, o.Kind, append([]int{}, o.Shape...), workOf(o.Work), ratio(o.Seconds, t.Step)})
		}
	}
	out.Share = ratio(out.Flops, t.Step*t.Peak)
	if t.Alone != nil {
		a := alone(*t.Alone)
		out.Alone = &a
	}
	return out
}

// ratio is a/b, or 0 where there is nothing to divide by.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// text shows a timing to a person.
func (t timing) text(cpu string) string {
	var b strings.Builder
	what := fmt.Sprintf("Train %q: model %q", t.Train, t.Model)
	steps := plural(t.Steps, "step")
	if t.Train == "" {
		what = fmt.Sprintf("Predictions of model %q", t.Model)
		steps = plural(t.Steps, "call")
	}
	if t.Device != "" {
		fmt.Fprintf(&b, "%s, batch %s, on %s.\n", what, grouped(t.Batch), t.Device)
		fmt.Fprintf(&b, "%s timed, launched one by one; a run replays them together, which takes less.\n\n", steps)
	} else {
		fmt.Fprintf(&b, "%s, batch %s, %s, %s on %s.\n", what, grouped(t.Batch), plural(t.Threads, "thread"), t.ISA, cpu)
		fmt.Fprintf(&b, "%s timed; the peak is %.1f GFLOP/s.\n\n", steps, t.Peak/1e9)
	}
	training := t.Train != ""
	head := []string{"Layer (type)", "forward ms", "GFLOP/s", "of peak"}
	if training {
		head = append(head, "backward ms", "GFLOP/s", "of peak", "update ms")
	}
	rows := [][]string{append(head, "share")}
	for _, l := range t.Layers {
		row := append([]string{fmt.Sprintf("%s (%s)", l.Layer, l.Type)}, l.Forward.cells()...)
		if training {
			row = append(append(row, l.Backward.cells()...), l.Update.cells()[0])
		}
		rows = append(rows, append(row, percent(l.Share)))
	}
	table(&b, rows, 1)
	b.WriteString("\n")
	rows = [][]string{{"Part", "ms", "share"}}
	for _, p := range t.Parts {
		rows = append(rows, []string{p.Part, millis(p.Seconds), percent(p.Share)})
	}
	name := "step"
	if !training {
		name = "call"
	}
	table(&b, append(rows, []string{name, millis(t.Step), percent(1)}), 1)
	if len(t.Ops) > 0 {
		b.WriteString("\n")
		rows = [][]string{{"Operation", "layer", "part", "output", "ms", "GFLOP/s", "of peak", "share"}}
		for _, o := range t.Ops {
			rows = append(rows, append(append([]string{o.Op, o.Layer, o.Part, dims(o.Shape)}, o.cells()...), percent(o.Share)))
		}
		table(&b, rows, 4)
	}
	fmt.Fprintf(&b, "\n%s examples/s, %.1f GFLOP/s, %s of the peak.\n", grouped(int(t.Examples+0.5)), ratio(t.Flops, t.Step)/1e9, percent(t.Share))
	if a := t.Alone; a != nil {
		fmt.Fprintf(&b, "One example alone: %s ms, the median of %s; 99 %% take no longer than %s ms.\n", millis(a.Median), plural(a.Calls, "call"), millis(a.NinetyNine))
	}
	return b.String()
}

// cells are time, speed and share of the peak.
func (w work) cells() []string {
	if w.Flops == 0 {
		return []string{millis(w.Seconds), "", ""}
	}
	return []string{millis(w.Seconds), fmt.Sprintf("%.1f", w.Speed/1e9), percent(w.OfPeak)}
}

func millis(seconds float64) string {
	if seconds == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", 1e3*seconds)
}

func percent(share float64) string { return fmt.Sprintf("%.1f%%", 100*share) }

// dims writes a shape as 128x32.
func dims(shape []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(shape), "[]"), " ", "x")
}

// table writes rows in columns, of which the first few are flush left and the others flush right.
func table(b *strings.Builder, rows [][]string, left int) {
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			if i > 0 {
				line.WriteString("  ")
			}
			if i < left {
				fmt.Fprintf(&line, "%-*s", width[i], cell)
			} else {
				fmt.Fprintf(&line, "%*s", width[i], cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
