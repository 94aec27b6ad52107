package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		row, workload string
		batch         int
		kind          string
	}{
		{"w1", "w1", 128, ""},
		{"w2:7", "w2", 7, ""},
		{"w2-predict", "w2", 128, "-predict"},
		{"w2-predict:1", "w2", 1, "-predict"},
		{"w6-epoch", "w6", 1024, "-epoch"},
		{"w8", "w8", 128, "w8"},
		{"conv2d,kernel=7,strides=2:8", "conv2d", 8, ""},
		{"conv7x7-predict:1", "conv2d", 1, "-predict"},
	} {
		workload, _, k, batch, err := parse(c.row)
		if err != nil || workload != c.workload || batch != c.batch {
			t.Errorf("%s: %s, batch %d, %v; want %s, batch %d", c.row, workload, batch, err, c.workload, c.batch)
		}
		if want := kinds[c.kind]; err == nil && k.data(batch) != want.data(batch) {
			t.Errorf("%s is of another kind than %q", c.row, c.kind)
		}
	}
	for _, row := range []string{"w1:", "w1:0", "w1:-3", "w1:many", "w1-quickly", "w1,kernel=3", "conv2d,", "conv2d,kernel=0", "conv2d,kernel", "depthwise,filters=3"} {
		if _, _, _, _, err := parse(row); err == nil {
			t.Errorf("%s is taken for a row", row)
		}
	}
}

// TestWorkloads holds the files to the rows: each can be given a batch size, and has a twin in every script.
func TestWorkloads(t *testing.T) {
	files, err := filepath.Glob("*.hcl")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d workloads, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `variable "batch"`) {
			t.Errorf("%s has no variable batch", f)
		}
		for v := range layers[strings.TrimSuffix(f, ".hcl")] {
			if !strings.Contains(string(text), "= var."+v+"\n") && !strings.Contains(string(text), "[var."+v+",") && !strings.Contains(string(text), "var."+v+"]") {
				t.Errorf("%s has nothing set by var.%s", f, v)
			}
		}
		name := strings.TrimSuffix(f, ".hcl")
		if _, _, _, batch, err := parse(name); err != nil || batch == 0 {
			t.Errorf("%s: batch %d, %v", name, batch, err)
		}
	}
	for name, p := range peers {
		if _, err := os.Stat(filepath.Join("peers", p.script)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSettings holds a row's settings, and a shorthand's, to be what is asked for.
func TestSettings(t *testing.T) {
	workload, s, err := set("conv7x7,size=33,kernel=5")
	want := []string{"channels=3", "filters=64", "kernel=5", "layers=1", "size=33", "strides=2"}
	if err != nil || workload != "conv2d" || !cmp.Equal(s.list(), want) {
		t.Errorf("%s %v, %v; want conv2d %v", workload, s.list(), err, want)
	}
	if layers["conv2d"]["size"] == 33 {
		t.Error("a row has changed the workload's defaults")
	}
	for name := range shorthands {
		if _, _, err := set(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, want := (settings{"b": 2, "a": 1}).variables(), []string{"-var", "a=1", "-var", "b=2"}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestStepSeconds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "steps.jsonl")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("{\"step\":1,\"loss\":2,\"seconds\":0.5}\n{\"step\":2,\"loss\":1,\"seconds\":0.25}\n")
	got, err := stepSeconds(file)
	if err != nil || !cmp.Equal(got, []float64{0.5, 0.25}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "{\"step\""} {
		write(bad)
		if got, err := stepSeconds(file); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	got, err := numbers("0.5\n1e-3  2\n")
	if err != nil || !cmp.Equal(got, []float64{0.5, 0.001, 2}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", " \n", "0.5 seconds"} {
		if got, err := numbers(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestResult(t *testing.T) {
	var g tally
	g.add(us, quantities{"step": {0.003, 0.001, 0.002}})
	g.add("slow", quantities{"step": {0.008}})
	g.add("fast", quantities{"step": {0.004, 0.004}})
	g.add(us, quantities{"step": {0.004}})
	g.add("slow", quantities{"step": {0.009}})
	g.add("fast", quantities{"step": {0.001}})
	if want := []float64{0.002, 0.004}; !cmp.Equal(g.values["step"][us], want) {
		t.Errorf("turns %v, want %v", g.values["step"][us], want)
	}
	r := newResult("w2:32", "step", 32, 2, g.values["step"])
	if got, want := r.String(), "w2 step, batch 32, 2 threads: dlrun 4.00 ms; fast 4.00 ms (1.00 times); slow 9.00 ms (2.25 times)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := r.markdown(), "| w2 step, batch 32, 2 threads | 4.00 ms | fast 4.00 ms | 1.00 | slow 9.00 ms (2.25) |"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back result
	if err := json.Unmarshal(text, &back); err != nil || !cmp.Equal(r, back) {
		t.Errorf("%s: %v", text, err)
	}
	for v, want := range map[float64]string{2.5: "2.50 s", 0.0125: "12.50 ms", 0.00001: "10.0 µs"} {
		if got := (result{Quantity: "step", Median: map[string]float64{us: v}}).show(us); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	if got := (result{Quantity: "memory", Median: map[string]float64{us: 104e6}}).show(us); got != "104 MB" {
		t.Errorf("memory is %s", got)
	}
}

// TestWhole measures a process that needs at least what it allocates: the Go command.
func TestWhole(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of processes is measured on Linux")
	}
	q, err := whole(t.TempDir(), nil, "go", "version")
	if err != nil {
		t.Fatal(err)
	}
	if s := q["process"][0]; s <= 0 || s > 60 {
		t.Errorf("%v s", s)
	}
	if m := q["memory"][0]; m < 1e6 || m > 1e10 {
		t.Errorf("%v bytes", m)
	}
	if _, err := whole(t.TempDir(), nil, "go", "no-such-command"); err == nil {
		t.Error("a process that failed counts")
	}
}

// On a device results are named by it, and shown as examples a second.
func TestOnDevice(t *testing.T) {
	b := bench{device: "cuda", precision: "bf16"}
	r := newResult("w2:32"+b.where(), "step", 32, 1, map[string][]float64{us: {0.001}, "torch": {0.002}})
	if got, want := r.markdown(), "| w2 on cuda in bf16 step, batch 32 | 3.2e+04 examples/s | torch 1.6e+04 examples/s | 2.00 |  |"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if args, env := b.onDevice(); !cmp.Equal(args, []string{"-device", "cuda"}) || env != nil {
		t.Errorf("%v, %v", args, env)
	}
	for _, row := range []string{"w2-predict", "w8"} {
		if _, err := b.row(row); err == nil || !strings.Contains(err.Error(), "only training steps") {
			t.Errorf("%s: %v", row, err)
		}
	}
	files, err := filepath.Glob("w[1-5]*.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			text, err = b.inPrecision(text)
		}
		if err != nil || !strings.Contains(string(text), `precision         = "mixed_bfloat16"`) {
			t.Errorf("%s: %v", f, err)
		}
	}
}
