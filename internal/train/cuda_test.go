//go:build cuda

package train

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/gpu"
	_ "github.com/dlrun/dlrun/gpu/cuda"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
)

// needsGPU skips a test where there is no GPU, emulated ones included.
func needsGPU(t *testing.T) {
	t.Helper()
	if err := gpu.Check("cuda"); err != nil {
		t.Skip(err)
	}
}

// emulated skips a test on a real GPU: it makes the device fail.
func emulated(t *testing.T) {
	t.Helper()
	needsGPU(t)
	_, infos, err := gpu.Find("cuda")
	if err != nil {
		t.Fatal(err)
	}
	if infos[0].Name != "emulated GPU" {
		t.Skipf("%s is no emulated GPU", infos[0].Name)
	}
}

// onDevice is a document for tests, with a model's layers and what else its train block says.
func onDevice(layers, train string) string {
	return `
dataset "iris" {
  source "iris" {}
  feature "x" {
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    transform "normalization" {}
  }
  target "species" {}
  split {
    validation = 0.2
  }
}
model "m" {
  input "x" {
    shape = [4]
  }
` + layers + `
}
train "t" {
  model             = model.m
  data              = dataset.iris
  loss              = "sparse_categorical_crossentropy"
  metrics           = ["accuracy"]
  batch_size        = 24
  log_every_n_steps = 1
` + train + `
}
`
}

const perceptron = `
  layer "dense" "a" {
    units      = 16
    activation = "relu"
  }
  layer "dropout" "drop" {
    rate = 0.2
  }
  layer "dense" "b" {
    units      = 8
    activation = "gelu"
  }
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }
`

// fitOn trains a document on a device.
func fitOn(t *testing.T, text, device, dir string, limit int64, notes func(string)) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "model.hcl")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return fitFile(t, file, device, dir, limit, notes)
}

func fitFile(t *testing.T, file, device, dir string, limit int64, notes func(string)) error {
	t.Helper()
	if notes == nil {
		notes = func(string) {}
	}
	_, diags, err := Fit(t.Context(), FitOptions{
		Settings: Settings{Threads: 1, ISA: isa.Detect(), Device: device, Version: "test", Now: time.Now, Observer: noted{notes: notes}},
		Load: func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
			return dsl.Load(file, dsl.Options{Info: info})
		},
		RunDir: dir, Resume: true, LimitSteps: limit,
	})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return err
}

type noted struct {
	Silent
	notes func(string)
}

func (n noted) Note(text string) { n.notes(text) }

// losses are those of every step of a run.
func losses(t *testing.T, dir string) []float64 {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "steps.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []float64
	for s := bufio.NewScanner(f); s.Scan(); {
		var line struct{ Loss float64 }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line.Loss)
	}
	return out
}

// weights are those of a run's bundle, one after the other.
func weights(t *testing.T, dir string) []float32 {
	t.Helper()
	b, err := run.ReadBundle(filepath.Join(dir, run.BundleFile))
	if err != nil {
		t.Fatal(err)
	}
	var out []float32
	for _, w := range b.Weights {
		f, err := w.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f...)
	}
	return out
}

// alike holds a run to another: losses step by step and the weights at the end.
func alike(t *testing.T, got, want string, tolerance float64) {
	t.Helper()
	a, b := losses(t, got), losses(t, want)
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d steps, on the CPU %d", len(a), len(b))
	}
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= tolerance*max(1, math.Abs(b[i]))) {
			t.Fatalf("the loss of step %d is %g, on the CPU %g", i+1, a[i], b[i])
		}
	}
	u, v := weights(t, got), weights(t, want)
	for i := range u {
		if !(math.Abs(float64(u[i]-v[i])) <= 10*tolerance*max(1, math.Abs(float64(v[i])))) {
			t.Fatalf("weight %d is %g, on the CPU %g", i, u[i], v[i])
		}
	}
}

// trained are small models of every kind of layer that has GPU kernels.
var trained = map[string]string{
	"perceptron": onDevice(perceptron, `
  epochs = 3
  optimizer "adam" {
    learning_rate = 0.01
  }`),
	"perceptron of an average, clipped, penalized": onDevice(`
  layer "dense" "a" {
    units              = 16
    activation         = "tanh"
    kernel_regularizer = "l2"
    kernel_constraint  = "non_neg"
  }
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }`, `
  epochs                      = 2
  gradient_accumulation_steps = 2
  optimizer "sgd" {
    learning_rate   = 0.05
    momentum        = 0.9
    nesterov        = true
    global_clipnorm = 0.5
  }`),
}

func init() {
	trained["images"] = onDevice(`
  layer "reshape" "image" {
    target_shape = [2, 2, 1]
  }
  layer "conv2d_transpose" "larger" {
    filters     = 2
    kernel_size = 3
    strides     = 3
  }
  layer "conv2d" "c" {
    filters     = 6
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "batch_normalization" "bn" {}
  layer "depthwise_conv2d" "d" {
    kernel_size = 3
    strides     = 2
  }
  layer "layer_normalization" "ln" {}
  layer "max_pooling2d" "p" {}
  layer "flatten" "f" {}
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }`, `
  epochs    = 2
  optimizer = "rmsprop"`)
	trained["sequences"] = onDevice(`
  layer "reshape" "steps" {
    target_shape = [4, 1]
  }
  layer "lstm" "l" {
    units            = 5
    return_sequences = true
  }
  layer "multi_head_attention" "a" {
    num_heads = 2
    key_dim   = 3
    dropout   = 0.1
  }
  layer "layer_normalization" "n" {}
  layer "gru" "g" {
    units = 4
  }
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }`, `
  epochs    = 2
  optimizer = "nadam"`)
}

func TestDevicesAgree(t *testing.T) {
	needsGPU(t)
	for name, text := range trained {
		t.Run(name, func(t *testing.T) {
			cpu, cuda, again := filepath.Join(t.TempDir(), "cpu"), filepath.Join(t.TempDir(), "cuda"), filepath.Join(t.TempDir(), "again")
			for dir, device := range map[string]string{cpu: "cpu", cuda: "cuda", again: "cuda:0"} {
				if err := fitOn(t, text, device, dir, 0, nil); err != nil {
					t.Fatal(err)
				}
			}
			alike(t, cuda, cpu, 2e-4)
			if !slices.Equal(weights(t, cuda), weights(t, again)) {
				t.Error("two runs on the GPU have other bits")
			}
		})
	}
}

// Predictions and times come from the GPU where it is asked for, as evaluations do.
func TestDevicePredicts(t *testing.T) {
	needsGPU(t)
	dir := t.TempDir()
	runDir, rows := filepath.Join(dir, "run"), filepath.Join(dir, "rows.csv")
	if err := fitOn(t, trained["perceptron"], "cuda", runDir, 4, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rows, []byte("sepal_length,sepal_width,petal_length,petal_width\n"+strings.Repeat("5.1,3.5,1.4,0.2\n6.1,2.8,4.7,1.2\n", 200)), 0o666); err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(runDir, run.BundleFile)
	out := map[string][]byte{}
	for _, device := range []string{"cpu", "cuda", ""} {
		name := filepath.Join(dir, "out"+device+".csv")
		set := Settings{Threads: 1, ISA: isa.Detect(), Device: device, Version: "test", Now: time.Now, Observer: Silent{}}
		n, diags, err := Predict(t.Context(), PredictOptions{Settings: set, Bundle: bundle, Input: rows, Output: name})
		if err != nil || diags.HasErrors() || n != 400 {
			t.Fatalf("on %q: %d rows, %v, %v", device, n, err, diags)
		}
		if out[device], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		times, diags, err := TimePrediction(t.Context(), TimeOptions{Settings: set, Bundle: bundle, Steps: 2, Batch: 8})
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags)
		}
		if onGPU := times[0].Device != ""; onGPU != (device != "cpu") {
			t.Errorf("predictions of device %q were timed on %q", device, times[0].Device)
		}
	}
	if string(out["cuda"]) != string(out[""]) {
		t.Error("auto is not the GPU")
	}
	numbers := func(b []byte) (v []float64) {
		for _, f := range strings.FieldsFunc(string(b), func(r rune) bool { return r == ',' || r == '\n' }) {
			if x, err := strconv.ParseFloat(f, 64); err == nil {
				v = append(v, x)
			}
		}
		return v
	}
	a, b := numbers(out["cuda"]), numbers(out["cpu"])
	if len(a) != len(b) || len(a) < 1200 {
		t.Fatalf("%d numbers, on the CPU %d", len(a), len(b))
	}
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-5 {
			t.Fatalf("number %d is %g, on the CPU %g", i, a[i], b[i])
		}
	}
	file := filepath.Join(dir, "model.hcl")
	if err := os.WriteFile(file, []byte(trained["perceptron"]), 0o666); err != nil {
		t.Fatal(err)
	}
	set := Settings{Threads: 1, ISA: isa.Detect(), Device: "cuda", Version: "test", Now: time.Now, Observer: Silent{}}
	load := func(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
		return dsl.Load(file, dsl.Options{Info: info})
	}
	times, diags, err := Time(t.Context(), TimeOptions{Settings: set, Load: load, Steps: 4})
	if err != nil || diags.HasErrors() || times[0].Device == "" || times[0].Step <= 0 {
		t.Fatalf("%v, %v, %+v", err, diags, times)
	}
	var ops float64
	for _, o := range times[0].Ops {
		ops += o.Seconds
	}
	if ops <= 0 || ops > times[0].Step {
		t.Errorf("operations take %g s of a step's %g", ops, times[0].Step)
	}
}

// Products of rounded factors: near the CPU's, not the same, and the same again in another run. The manifest names the precision.
func TestDeviceMixedPrecision(t *testing.T) {
	needsGPU(t)
	for _, precision := range []string{"mixed_bfloat16", "mixed_float16"} {
		t.Run(precision, func(t *testing.T) {
			text := onDevice(perceptron, "\n  epochs = 2\n  precision = \""+precision+"\"")
			cpu, cuda, again := filepath.Join(t.TempDir(), "cpu"), filepath.Join(t.TempDir(), "cuda"), filepath.Join(t.TempDir(), "again")
			for dir, device := range map[string]string{cpu: "cpu", cuda: "cuda", again: "cuda"} {
				if err := fitOn(t, text, device, dir, 0, nil); err != nil {
					t.Fatal(err)
				}
			}
			alike(t, cuda, cpu, 2e-2)
			a, b := weights(t, cuda), weights(t, cpu)
			if slices.Equal(a, b) {
				t.Error("products were not rounded")
			}
			if !slices.Equal(a, weights(t, again)) {
				t.Error("two runs on the GPU have other bits")
			}
			for dir, want := range map[string]string{cuda: `"precision": "` + precision + `"`, cpu: `"precision": "float32"`} {
				m, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
				if err != nil || !strings.Contains(string(m), want) {
					t.Errorf("%s is not in the manifest (%v)", want, err)
				}
			}
		})
	}
}

// A step whose gradients are not finite is passed over there too.
func TestDeviceScalesLosses(t *testing.T) {
	needsGPU(t)
	text := onDevice(perceptron, `
  epochs = 3
  optimizer "loss_scale_optimizer" {
    initial_scale        = 3e38
    dynamic_growth_steps = 2
    inner_optimizer "sgd" {
      learning_rate = 0.01
    }
  }`)
	cpu, cuda := filepath.Join(t.TempDir(), "cpu"), filepath.Join(t.TempDir(), "cuda")
	for dir, device := range map[string]string{cpu: "cpu", cuda: "cuda"} {
		if err := fitOn(t, text, device, dir, 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	alike(t, cuda, cpu, 2e-4)
}

// A run that is stopped on one device goes on on another.
func TestResumedAcrossDevices(t *testing.T) {
	needsGPU(t)
	file := filepath.Join(t.TempDir(), "model.hcl")
	if err := os.WriteFile(file, []byte(trained["perceptron"]), 0o666); err != nil {
		t.Fatal(err)
	}
	whole, split := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "split")
	if err := fitFile(t, file, "cpu", whole, 0, nil); err != nil {
		t.Fatal(err)
	}
	for i, device := range []string{"cuda", "cpu", "cuda"} {
		limit := int64(4 * (i + 1))
		if i == 2 {
			limit = 0
		}
		if err := fitFile(t, file, device, split, limit, nil); err != nil {
			t.Fatal(err)
		}
	}
	alike(t, split, whole, 2e-4)
}

func TestDeviceErrors(t *testing.T) {
	emulated(t)
	unknown := onDevice(`
  layer "dense" "wide" {
    units = 64
  }
  layer "reshape" "cube" {
    target_shape = [2, 2, 2, 2, 2, 2]
  }
  layer "permute" "turned" {
    dims = [6, 5, 4, 3, 2, 1]
  }
  layer "flatten" "flat" {}
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }`, "")
	for name, c := range map[string]struct {
		text, device string
		env          map[string]string
		want         []string
	}{
		"no kernel":      {unknown, "cuda", nil, []string{"model.hcl:24: ", `layer "turned": the GPU kernel of operation "transpose" cannot do this yet: 7 axes that cannot be joined`, `device = "cpu" can run it`}},
		"no such device": {trained["perceptron"], "cuda:3", nil, []string{`device "cuda:3": there are only 1`}},
		"none":           {trained["perceptron"], "cuda", map[string]string{"EMULATED_DEVICES": "0"}, []string{"no GPU on this machine"}},
		"too old":        {trained["perceptron"], "cuda", map[string]string{"EMULATED_CAPABILITY": "7"}, []string{"compute capability 7.0; dlrun's kernels want 8.0"}},
		"no memory": {trained["perceptron"], "cuda", map[string]string{"EMULATED_MEMORY": "10000"}, []string{
			"a step of 24 examples needs", "KiB on emulated GPU", ": batch_size = ", "would fit",
		}},
		"no memory for the weights": {trained["perceptron"], "cuda", map[string]string{"EMULATED_MEMORY": "500"}, []string{"for its weights and the optimizer's slots alone; emulated GPU"}},
		"a launch that fails":       {trained["perceptron"], "cuda", map[string]string{"EMULATED_FAIL_LAUNCH": "crossentropy"}, []string{"epoch 1, batch 1", "kernel crossentropy", "cuLaunchKernel"}},
		"a device that fails":       {trained["perceptron"], "cuda", map[string]string{"EMULATED_FAULT": "update"}, []string{"epoch 1, batch 1", "a step on the device"}},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			err := fitOn(t, c.text, c.device, filepath.Join(t.TempDir(), "run"), 0, nil)
			for _, w := range c.want {
				if !strings.Contains(fmt.Sprint(err), w) {
					t.Errorf("%q is not in: %v", w, err)
				}
			}
		})
	}
	t.Run("auto", func(t *testing.T) {
		var notes []string
		dir := filepath.Join(t.TempDir(), "run")
		if err := fitOn(t, unknown, "auto", dir, 0, func(s string) { notes = append(notes, s) }); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(notes, "\n"); !strings.Contains(text, "The CPU is used, although there is a GPU") || !strings.Contains(text, `"transpose"`) {
			t.Errorf("notes: %s", text)
		}
	})
}

// A table's rows that were looked up, and what is said of an index that it has not got.
func TestDeviceLooksUp(t *testing.T) {
	needsGPU(t)
	for _, bad := range []string{"", "10,1\n"} {
		dir := t.TempDir()
		for name, content := range map[string]string{"words.hcl": strings.Replace(wordsFile, "batch_size = 4", "batch_size = 4\n  optimizer = \"adam\"\n  log_every_n_steps = 1", 1), "d.csv": "w,c\n" + strings.Repeat("1,2\n9,0\n0,1\n", 3) + bad} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		cpu, cuda := filepath.Join(dir, "cpu"), filepath.Join(dir, "cuda")
		for run, device := range map[string]string{cpu: "cpu", cuda: "cuda"} {
			err := fitFile(t, filepath.Join(dir, "words.hcl"), device, run, 0, nil)
			want := `d.csv, row 10, column "w": layer table: index 10 is outside the table, whose rows are 0 to 9`
			if bad == "" && err != nil || bad != "" && !strings.HasSuffix(fmt.Sprint(err), want) {
				t.Fatalf("on %s: %v", device, err)
			}
		}
		if bad == "" {
			alike(t, cuda, cpu, 2e-4)
		}
	}
}

// What is wrong with the data is said in the CPU's words.
func TestDeviceBlames(t *testing.T) {
	needsGPU(t)
	dir := t.TempDir()
	text := strings.ReplaceAll(wordsFile, `  layer "embedding" "table" {
    input_dim  = 10
    output_dim = 2
  }
`, `  layer "reshape" "table" {
    target_shape = [1]
  }
`)
	text = strings.ReplaceAll(text, `    dtype = "int32"
`, "")
	for name, content := range map[string]string{"words.hcl": text, "d.csv": "w,c\n" + strings.Repeat("1,2\n9,0\n0,1\n", 3) + "4,3\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, device := range []string{"cpu", "cuda"} {
		err := fitFile(t, filepath.Join(dir, "words.hcl"), device, filepath.Join(dir, device), 0, nil)
		if want := `d.csv, row 10, column "c": the label is 3, and the output has 3 classes, 0 to 2`; !strings.HasSuffix(fmt.Sprint(err), want) {
			t.Errorf("on %s: %v, want %s", device, err, want)
		}
	}
}
