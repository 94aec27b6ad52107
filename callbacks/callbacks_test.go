package callbacks

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

func decode(t *testing.T, name, args string) (Callback, hcl.Diagnostics) {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(args), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{"low": cty.NumberFloatVal(0.25)})}}
	c, _, diags := schema.Resolve(Registry, name, hcl.Range{}, f.Body, ctx, "callback")
	return c, diags
}

func mustDecode(t *testing.T, name, args string) Callback {
	t.Helper()
	c, diags := decode(t, name, args)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return c
}

// loop is as much of a training loop as callbacks see. With again set it makes a new callback from
// the declared state before every event, as a run does that is stopped and continued.
type loop struct {
	t       *testing.T
	make    func() Callback
	c       Callback
	again   bool
	run     Run
	rate    float64
	stopped bool
	kept    int // epoch whose weights are kept, -1 for none
	now     int
	out     outcome
}

type outcome struct {
	Stopped  *int
	Restored *int
	Rates    []float64
	Saved    []string
}

func newLoop(t *testing.T, again bool, make func() Callback) *loop {
	return &loop{t: t, make: make, c: make(), again: again, rate: 0.5, kept: -1, run: Run{Dir: t.TempDir(), Reports: []string{"loss"}}}
}

func (l *loop) do(d Decision, err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	l.stopped = l.stopped || d.Stop
	if d.LearningRate != nil {
		l.rate = float64(float32(*d.LearningRate))
	}
	if d.Keep {
		l.kept = l.now
	}
	if d.Restore {
		if l.kept < 0 {
			l.t.Error("asked to restore what was not kept")
		}
		kept := l.kept
		l.out.Restored = &kept
	}
	if d.Save != "" {
		l.out.Saved = append(l.out.Saved, d.Save)
	}
	if !l.again {
		return
	}
	s, ok := l.c.(Stateful)
	if !ok {
		return
	}
	text, err := s.State()
	if err != nil {
		l.t.Fatal(err)
	}
	l.c = l.make()
	if err := l.c.(Stateful).Restore(text); err != nil {
		l.t.Fatal(err)
	}
	r := l.run
	r.Resuming = true
	l.begin(&r)
}

func (l *loop) begin(r *Run) {
	l.t.Helper()
	if b, ok := l.c.(TrainBeginner); ok {
		if err := b.TrainBegin(r); err != nil {
			l.t.Fatal(err)
		}
	}
}

// train runs an epoch for each value of the loss.
func (l *loop) train(values []float64, steps int) outcome {
	l.t.Helper()
	l.begin(&l.run)
	for e, v := range values {
		l.now = e
		logs := Logs{{"loss", v}}
		if b, ok := l.c.(EpochBeginner); ok {
			l.do(b.EpochBegin(Epoch{Epoch: e, Rate: l.rate}))
		}
		for b := range steps {
			if s, ok := l.c.(StepEnder); ok {
				l.do(s.StepEnd(Step{Epoch: e, Batch: b, Step: int64(e*steps + b + 1), Logs: logs, Rate: l.rate}))
			}
		}
		if x, ok := l.c.(EpochEnder); ok {
			l.do(x.EpochEnd(Epoch{Epoch: e, Logs: logs, Rate: l.rate}))
		}
		l.out.Rates = append(l.out.Rates, l.rate)
		if l.stopped {
			l.out.Stopped = &l.now
			break
		}
	}
	if x, ok := l.c.(TrainEnder); ok {
		l.do(x.TrainEnd())
	}
	return l.out
}

// What callbacks do on sequences of numbers is what Keras' do, and the same when the run is stopped
// and continued at every event. testdata/vectors.py makes the sequences.
func TestKerasVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Callback, Args string
		Values         []number
		Steps          int
		outcome
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		var values []float64
		for _, v := range c.Values {
			values = append(values, float64(v))
		}
		for _, again := range []bool{false, true} {
			got := newLoop(t, again, func() Callback { return mustDecode(t, c.Callback, c.Args) }).train(values, c.Steps)
			if show(got) != show(c.outcome) {
				t.Errorf("case %d, %s { %s } on %v, continued %v:\n got %s\nwant %s", i, c.Callback, strings.ReplaceAll(c.Args, "\n", "; "), values, again, show(got), show(c.outcome))
			}
		}
	}
}

func show(o outcome) string {
	num := func(p *int) string {
		if p == nil {
			return "never"
		}
		return fmt.Sprint(*p)
	}
	var rates []string
	for _, r := range o.Rates {
		rates = append(rates, fmt.Sprintf("%.6g", r))
	}
	return fmt.Sprintf("stopped %s, restored %s, rates %v, saved %v", num(o.Stopped), num(o.Restored), rates, o.Saved)
}

func TestAutoMode(t *testing.T) {
	for _, c := range []struct {
		mode string
		want string // epochs at which the model is saved
	}{{"auto", "[1 3]"}, {"max", "[1 3]"}, {"min", "[1 2]"}} {
		cb := mustDecode(t, "model_checkpoint", fmt.Sprintf("monitor = \"val_auc\"\nmode = %q\nsave_best_only = true\nfilepath = \"{epoch}.dlrun\"", c.mode))
		if err := cb.(TrainBeginner).TrainBegin(&Run{Reports: []string{"val_auc"}, Rising: []string{"auc", "val_auc"}}); err != nil {
			t.Fatal(err)
		}
		var saved []string
		for e, v := range []float64{0.5, 0.25, 0.75, 0.6} {
			d, err := cb.(EpochEnder).EpochEnd(Epoch{Epoch: e, Logs: Logs{{"val_auc", v}}})
			if err != nil {
				t.Fatal(err)
			}
			if d.Save != "" {
				saved = append(saved, strings.TrimSuffix(d.Save, ".dlrun"))
			}
		}
		if got := fmt.Sprint(saved); got != c.want {
			t.Errorf("mode %s: saved at epochs %s, want %s", c.mode, got, c.want)
		}
	}
}

func TestLearningRateScheduler(t *testing.T) {
	got := newLoop(t, false, func() Callback {
		return mustDecode(t, "learning_rate_scheduler", "schedule = epoch < 2 ? learning_rate : learning_rate * var.low")
	}).train([]float64{1, 1, 1, 1}, 0)
	if want := []float64{0.5, 0.5, 0.125, 0.03125}; !slices.Equal(got.Rates, want) {
		t.Errorf("rates %v, want %v", got.Rates, want)
	}
	// The rate enters as the shortest decimal of its float32.
	c := mustDecode(t, "learning_rate_scheduler", "schedule = learning_rate == 0.1 ? 1 : 2").(EpochBeginner)
	d, err := c.EpochBegin(Epoch{Rate: float64(float32(0.1))})
	if err != nil || d.LearningRate == nil || *d.LearningRate != 1 {
		t.Errorf("learning_rate is not 0.1: %+v, %v", d, err)
	}
}

func TestTerminateOnNaN(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		got := newLoop(t, false, func() Callback { return mustDecode(t, "terminate_on_nan", "") }).train([]float64{1, v, 2}, 1)
		if got.Stopped == nil || *got.Stopped != 1 {
			t.Errorf("loss %g: stopped %v, want epoch 1", v, got.Stopped)
		}
	}
	c := mustDecode(t, "terminate_on_nan", "raise_error = true").(StepEnder)
	if _, err := c.StepEnd(Step{Epoch: 2, Batch: 4, Logs: Logs{{"loss", math.NaN()}}}); err == nil || !strings.Contains(err.Error(), "batch 5 of epoch 3") {
		t.Errorf("raise_error: %v", err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	count := func(args string, epochs, steps int) []string {
		c := mustDecode(t, "backup_and_restore", args)
		var at []string
		for e := range epochs {
			for b := range steps {
				if d, err := c.(StepEnder).StepEnd(Step{Epoch: e, Batch: b}); err != nil {
					t.Fatal(err)
				} else if d.Checkpoint {
					at = append(at, fmt.Sprintf("%d.%d", e, b))
				}
			}
			if d, err := c.(EpochEnder).EpochEnd(Epoch{Epoch: e}); err != nil {
				t.Fatal(err)
			} else if d.Checkpoint {
				at = append(at, fmt.Sprint(e))
			}
		}
		return at
	}
	if got := fmt.Sprint(count("", 2, 3)); got != "[0 1]" {
		t.Errorf("by epochs: %s", got)
	}
	if got := fmt.Sprint(count("save_freq = 2", 3, 3)); got != "[0.1 1.0 1.2 2.1]" {
		t.Errorf("every two steps: %s", got)
	}
}

func TestCSVLogger(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "logs", "a.csv")
	epoch := func(c Callback, e int, logs ...Log) {
		t.Helper()
		if _, err := c.(EpochEnder).EpochEnd(Epoch{Epoch: e, Logs: logs}); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(args string, resuming bool) Callback {
		t.Helper()
		c := mustDecode(t, "csv_logger", "filename = \"logs/a.csv\"\n"+args)
		if err := c.(TrainBeginner).TrainBegin(&Run{Dir: dir, Resuming: resuming}); err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := func(lines ...string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"); !slices.Equal(got, lines) {
			t.Errorf("file holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
		}
	}
	c := begin("", false)
	epoch(c, 0, Log{"loss", float64(float32(0.1))}, Log{"accuracy", math.NaN()})
	epoch(c, 1, Log{"loss", 0.25}, Log{"accuracy", math.Inf(1)}, Log{"val_loss", 1e-7})
	want("epoch,accuracy,loss,val_accuracy,val_loss", "0,nan,0.1,NA,NA", "1,inf,0.25,NA,1e-07")

	state, err := c.(Stateful).State()
	if err != nil {
		t.Fatal(err)
	}
	c = begin("", true)
	if err := c.(Stateful).Restore(state); err != nil {
		t.Fatal(err)
	}
	epoch(c, 2, Log{"loss", 3}, Log{"other", 4})
	want("epoch,accuracy,loss,val_accuracy,val_loss", "0,nan,0.1,NA,NA", "1,inf,0.25,NA,1e-07", "2,NA,3,NA,NA")

	c = begin("append = true", false)
	epoch(c, 0, Log{"val_loss", 5}, Log{"loss", 6})
	want("epoch,accuracy,loss,val_accuracy,val_loss", "0,nan,0.1,NA,NA", "1,inf,0.25,NA,1e-07", "2,NA,3,NA,NA", "0,6,5")

	c = begin("separator = \";\"", false)
	epoch(c, 0, Log{"val_loss", 5}, Log{"loss", 6})
	want("epoch;loss;val_loss", "0;6;5")
	if got := c.(Logger).LogFiles(); !slices.Equal(got, []string{"logs/a.csv"}) {
		t.Errorf("log files %v", got)
	}
}

func TestPattern(t *testing.T) {
	values := map[string]float64{"epoch": 7, "batch": 1234, "loss": float64(float32(0.1)), "val_loss": -1.23456, "big": 1e10}
	for in, want := range map[string]string{
		"plain":                      "plain",
		"{epoch}-{epoch:02d}.x":      "7-07.x",
		"{epoch:3d}|{batch:03d}":     "  7|1234",
		"{loss}/{loss:.2f}/{loss:f}": "0.1/0.10/0.100000",
		"{val_loss:.3f}":             "-1.235",
		"{val_loss:08.3f}":           "-001.235",
		"{val_loss:.2e}":             "-1.23e+00",
		"{val_loss:.2}":              "-1.2",
		"{epoch:.1f}":                "7.0",
		"{big:g}":                    "1e+10",
	} {
		p, err := parsePattern(in)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		got, err := p.format(func(n string) (float64, bool) { v, ok := values[n]; return v, ok })
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"{", "}", "a{epoch", "{}", "{epoch:x}", "{loss:d}", "{epoch:.2d}", "{a b}", "{loss:.999f}", "}{"} {
		if _, err := parsePattern(in); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"reduce_lr_on_plateau", "factor = 1", "below 1"},
		{"early_stopping", "patience = -1", "at least 0"},
		{"early_stopping", "patiense = 3", "Did you mean \"patience\""},
		{"model_checkpoint", "filepath = \"a.keras\"", "must end in .dlrun"},
		{"model_checkpoint", "filepath = \"a.dlrun\"\nsave_weights_only = true", "must end in .safetensors"},
		{"model_checkpoint", "filepath = \"{batch}.dlrun\"", "save_freq"},
		{"model_checkpoint", "filepath = \"{epoch\"", "brace"},
		{"model_checkpoint", "save_freq = 1.5", "whole number of steps"},
		{"model_checkpoint", "save_freq = \"batch\"", "\"epoch\" or a whole number"},
		{"backup_and_restore", "backup_dir = \"/tmp/x\"", "checkpoints"},
		{"learning_rate_scheduler", "schedule = \"x\"", "must be a number"},
		{"learning_rate_scheduler", "schedule = epocs * 2", "epocs"},
		{"learning_rate_scheduler", "", "needs the argument \"schedule\""},
		{"csv_logger", "separator = \"ab\"", "one character"},
		{"csv_logger", "filename = \"\"", "name of a file"},
		{"remote_monitor", "", "does not have yet"},
		{"tensorboard", "write_graph = true", "dlrun graph"},
		{"tensorboard", "profile_batch = 2", "dlrun time"},
		{"tensorboard", "embeddings_freq = 1", "not written"},
		{"tensorboard", "embeddings_metadata = \"a.tsv\"", "not written"},
		{"tensorboard", "update_freq = 0.5", "whole number of steps"},
		{"tensorboard", "log_dir = \"\"", "name of a folder"},
		{"early_stoping", "", "Did you mean \"early_stopping\""},
	} {
		_, diags := decode(t, c.name, c.args)
		if !diags.HasErrors() || !strings.Contains(strings.ToLower(diags.Error()), strings.ToLower(c.want)) {
			t.Errorf("%s { %s }: %v, want an error with %q", c.name, c.args, diags, c.want)
		}
	}
	c := mustDecode(t, "model_checkpoint", "filepath = \"{val_los:.2f}.dlrun\"")
	if err := c.(TrainBeginner).TrainBegin(&Run{Reports: []string{"loss", "val_loss"}}); err == nil || !strings.Contains(err.Error(), "Did you mean \"val_loss\"") {
		t.Errorf("a file name that asks for what nothing reports: %v", err)
	}
}

func TestMonitored(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"early_stopping", "", "val_loss"},
		{"reduce_lr_on_plateau", "monitor = \"loss\"", "loss"},
		{"model_checkpoint", "", ""},
		{"model_checkpoint", "save_best_only = true\nmonitor = \"val_auc\"", "val_auc"},
	} {
		if got := mustDecode(t, c.name, c.args).(Monitor).Monitored(); got != c.want {
			t.Errorf("%s { %s } monitors %q, want %q", c.name, c.args, got, c.want)
		}
	}
}
