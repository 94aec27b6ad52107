package train

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	_ "github.com/dlrun/dlrun/datasets"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
)

// small is a file of whatever has state: random layers, moving statistics, slots, averages, accumulated
// gradients, callbacks.
const small = `
variable "rate" {
  default = 0.01
}
variable "steps" {
  default  = null
  nullable = true
}
variable "save_freq" {
  default = 2
}
variable "accumulate" {
  default = false
}
dataset "iris" {
  source "iris" {}
  feature "x" {
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    transform "normalization" {}
  }
  target "species" {}
  split {
    validation = 0.2
    test       = 0.1
  }
}
model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "a" {
    units = 5
  }
  layer "batch_normalization" "bn" {}
  layer "dropout" "drop" {
    rate = 0.3
  }
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }
}
train "t" {
  model                       = model.m
  data                        = dataset.iris
  loss                        = "sparse_categorical_crossentropy"
  metrics                     = ["accuracy"]
  epochs                      = 3
  batch_size                  = 24
  steps_per_epoch             = var.steps
  gradient_accumulation_steps = var.accumulate ? 2 : null
  log_every_n_steps           = 1
  optimizer "adam" {
    learning_rate = var.rate
    use_ema       = true
  }
  callback "learning_rate_scheduler" {
    schedule = learning_rate * 0.9
  }
  callback "early_stopping" {
    restore_best_weights = true
    patience             = 1
  }
  callback "csv_logger" {
    append = true
  }
  callback "terminate_on_nan" {}
  callback "swap_ema_weights" {
    swap_on_epoch = true
  }
  callback "tensorboard" {
    histogram_freq = 2
    write_images   = true
    update_freq    = 3
  }
  callback "model_checkpoint" {
    filepath          = "best.safetensors"
    save_best_only    = true
    save_weights_only = true
    verbose           = 1
  }
  callback "backup_and_restore" {
    save_freq = var.save_freq
  }
}
`

// scaled is small with a scaled loss, of which the first steps are too large.
var scaled = strings.Replace(small, `  optimizer "adam" {
    learning_rate = var.rate
    use_ema       = true
  }
`, `  optimizer "loss_scale_optimizer" {
    initial_scale        = 3e38
    dynamic_growth_steps = 2
    inner_optimizer "adam" {
      learning_rate = var.rate
      use_ema       = true
    }
  }
`, 1)

// several is small with several optimizers and learning rates.
var several = strings.Replace(strings.Replace(small, `  optimizer "adam" {
    learning_rate = var.rate
    use_ema       = true
  }
`, `  optimizer "sgd" {
    path          = "species/**"
    learning_rate = var.rate
    momentum      = 0.9
  }
  optimizer "adam" {
    use_ema = true
    learning_rate "exponential_decay" {
      initial_learning_rate = var.rate
      decay_steps           = 3
      decay_rate            = 0.5
    }
  }
  learning_rate_multipliers = [{ path = "*/bias", multiplier = 2 }]
`, 1), `  callback "learning_rate_scheduler" {
    schedule = learning_rate * 0.9
  }
`, "", 1)

// stateful is small with states that go on from batch to batch, of which the last of an epoch is smaller.
var stateful = strings.Replace(small, `  layer "dense" "a" {
    units = 5
  }
`, `  layer "reshape" "steps" {
    target_shape = [2, 2]
  }
  layer "lstm" "a" {
    units    = 5
    stateful = true
  }
`, 1)

// moments calls at for each moment of a run that an observer sees, in order.
type moments struct {
	Silent
	at func()
}

func (m moments) Epoch(int, int, int)                    { m.at() }
func (m moments) Step(int, int, func() run.Metrics)      { m.at() }
func (m moments) Measuring(split string, done, rows int) { m.at() }
func (m moments) EpochEnd(run.Metrics)                   { m.at() }
func (m moments) Test(run.Metrics)                       { m.at() }
func (m moments) Note(string)                            { m.at() }

// A run that is stopped, or killed, at any moment and continued ends as one that never was.
func TestStoppedAtAnyMoment(t *testing.T) {
	for name, c := range map[string]struct {
		vars  map[string]string
		limit int64
		file  string
	}{
		"plain":           {},
		"saved seldom":    {vars: map[string]string{"save_freq": "1000"}},
		"parts of a pass": {vars: map[string]string{"steps": "2"}},
		"accumulated":     {vars: map[string]string{"accumulate": "true"}},
		"scaled":          {file: scaled},
		"stateful":        {file: stateful},
		"several":         {file: several, vars: map[string]string{"accumulate": "true"}},
		"limit":           {limit: 7},
		"limit at an end": {limit: 5},
		"not a number":    {vars: map[string]string{"rate": "1e38", "save_freq": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			file, source := filepath.Join(base, "small.hcl"), c.file
			if source == "" {
				source = small
			}
			if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
				t.Fatal(err)
			}
			fit := func(ctx context.Context, dir string, at func()) *Outcome {
				t.Helper()
				out, diags, err := Fit(ctx, FitOptions{
					Settings: Settings{Threads: 1, ISA: isa.Generic, Version: "test", Now: func() time.Time { return time.Unix(1700000000, 0) }, Observer: moments{at: at}},
					Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
						return dsl.Load(file, dsl.Options{Vars: c.vars, Info: info})
					},
					RunDir: dir, Resume: true, LimitSteps: c.limit,
				})
				if err != nil || diags.HasErrors() {
					t.Fatal(diags, err)
				}
				return out[0]
			}
			whole := filepath.Join(base, "whole")
			count := 0
			fit(t.Context(), whole, func() {
				// What a kill would leave behind now.
				if err := os.CopyFS(filepath.Join(base, fmt.Sprint("killed", count)), os.DirFS(whole)); err != nil {
					t.Error(err)
				}
				count++
			})
			want := contents(t, whole)
			check := func(dir string) {
				t.Helper()
				fit(t.Context(), dir, func() {})
				if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
					t.Fatalf("%s of %d: %s", filepath.Base(dir), count, diff)
				}
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
			}
			stride := 1
			if testing.Short() {
				stride = 4
			}
			for moment := 0; moment < count; moment += stride {
				check(filepath.Join(base, fmt.Sprint("killed", moment)))
				dir := filepath.Join(base, fmt.Sprint("stopped", moment))
				ctx, stop := context.WithCancel(t.Context())
				seen := 0
				out := fit(ctx, dir, func() {
					if seen++; seen == moment+1 {
						stop()
					}
				})
				if !out.Interrupted && moment < count-1 {
					t.Errorf("moment %d of %d: it was not interrupted", moment, count)
				}
				check(dir)
			}
			if !fit(t.Context(), whole, func() { t.Error("it goes on") }).Complete {
				t.Error("the run is not complete")
			}
		})
	}
}

// contents are the files of a run directory that must not depend on how it came about.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, run.CheckpointsDir) || path == ".lock" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		switch path {
		case run.ManifestFile:
			var m run.Manifest
			if err := json.Unmarshal(text, &m); err != nil {
				return err
			}
			text = fmt.Append(nil, m.Status, m.Metrics)
		case run.StepsFile:
			lines := strings.Split(string(text), "\n")
			for i := range lines {
				lines[i], _, _ = strings.Cut(lines[i], `,"seconds"`)
			}
			text = []byte(strings.Join(lines, "\n"))
		}
		out[path] = string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 7 {
		t.Fatalf("only %v", maps.Keys(out))
	}
	return out
}
