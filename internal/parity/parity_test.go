package parity

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"
)

var (
	casesDir  = flag.String("cases", filepath.Join("testdata", "cases"), "folder of parity cases")
	dlrunPath = flag.String("dlrun", "", "dlrun binary to test instead of building ./cmd/dlrun")
)

// expected is what Keras computed; see gen/generate.py for the meaning of each field.
type expected struct {
	Losses        []float64            `json:"losses"`
	Tolerance     float64              `json:"tolerance"`
	LearningRates []float64            `json:"learning_rates"`
	Metrics       []map[string]float64 `json:"metrics"`
	Test          map[string]float64   `json:"test"`
}

// TestParity trains every case with the command, as a user would, and compares the steps' losses, the final weights and the metrics.
func TestParity(t *testing.T) {
	entries, err := os.ReadDir(*casesDir)
	if err != nil {
		t.Fatal(err)
	}
	dlrun := build(t)
	slots := make(chan struct{}, 2) // the processes run with two threads each; more at once only makes them slower
	cases := 0
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		cases++
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			runCase(t, dlrun, filepath.Join(*casesDir, e.Name()))
		})
	}
	if cases == 0 {
		t.Fatalf("no cases in %s", *casesDir)
	}
}

// build compiles the command once for all cases.
func build(t *testing.T) string {
	t.Helper()
	if *dlrunPath != "" {
		path, err := filepath.Abs(*dlrunPath)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := filepath.Join(t.TempDir(), "dlrun")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", path, "./cmd/dlrun")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/dlrun: %v\n%s", err, out)
	}
	return path
}

// runCase trains one case in a copy of its folder that lacks the answers.
func runCase(t *testing.T, dlrun, dir string) {
	var want expected
	readJSON(t, filepath.Join(dir, "expected.json"), &want)
	if len(want.Losses) == 0 || want.Tolerance <= 0 {
		t.Fatalf("%s/expected.json has no losses or no tolerance", dir)
	}
	work, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	copyInputs(t, dir, work)

	cmd := exec.Command(dlrun, "fit", "-quiet", "-threads", "2", "-run-dir", run, "model.hcl")
	cmd.Dir = work
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	if err != nil {
		t.Fatalf("dlrun fit: %v\n%s", err, output.String())
	}

	problems := compareSteps(want, readLines(t, filepath.Join(run, "steps.jsonl")))
	if want.Metrics != nil {
		problems = append(problems, compareMetrics(want, readLines(t, filepath.Join(run, "metrics.jsonl")))...)
	}
	final, err := readTensors(filepath.Join(dir, "final.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	mine, err := readBundleTensors(filepath.Join(run, "model.dlrun"))
	if err != nil {
		t.Fatal(err)
	}
	problems = append(problems, compareWeights(20*want.Tolerance, final, mine)...)
	for _, p := range problems {
		t.Error(p)
	}
}

// compareSteps names the first step whose loss differs, and the first learning rate.
func compareSteps(want expected, steps []line) (problems []string) {
	if len(steps) != len(want.Losses) {
		problems = append(problems, fmt.Sprintf("steps.jsonl has %d steps, Keras took %d", len(steps), len(want.Losses)))
		return problems
	}
	for i, s := range steps {
		if got := s["step"]; got == nil || *got != float64(i+1) {
			problems = append(problems, fmt.Sprintf("line %d of steps.jsonl is step %s", i+1, show(got)))
			return problems
		}
		// The first step that differs says most: what follows inherits its error.
		if got := s["loss"]; !near(got, want.Losses[i], want.Tolerance) {
			problems = append(problems, fmt.Sprintf("loss of step %d of %d is %s, Keras has %.8g", i+1, len(steps), show(got), want.Losses[i]))
			break
		}
	}
	for i, rate := range want.LearningRates {
		if got := steps[i]["learning_rate"]; !near(got, rate, 1e-6) {
			problems = append(problems, fmt.Sprintf("learning rate of step %d is %s, Keras has %.8g", i+1, show(got), rate))
			return problems
		}
	}
	return problems
}

// compareMetrics compares the metrics of every epoch and those of the test split.
func compareMetrics(want expected, lines []line) (problems []string) {
	if len(lines) < len(want.Metrics) {
		problems = append(problems, fmt.Sprintf("metrics.jsonl has %d lines, Keras trained %d epochs", len(lines), len(want.Metrics)))
		return problems
	}
	for i, epoch := range want.Metrics {
		for _, name := range sortedKeys(epoch) {
			if got := lines[i][name]; !near(got, epoch[name], 5*want.Tolerance) {
				problems = append(problems, fmt.Sprintf("%s of epoch %d is %s, Keras has %.8g", name, i+1, show(got), epoch[name]))
			}
		}
	}
	last := lines[len(lines)-1]
	for _, name := range sortedKeys(want.Test) {
		if got := last["test_"+name]; !near(got, want.Test[name], 5*want.Tolerance) {
			problems = append(problems, fmt.Sprintf("test_%s is %s, Keras has %.8g", name, show(got), want.Test[name]))
		}
	}
	epochs := 0
	for _, l := range lines {
		if l["loss"] != nil {
			epochs++
		}
	}
	if epochs != len(want.Metrics) {
		problems = append(problems, fmt.Sprintf("metrics.jsonl has %d epochs, Keras trained %d", epochs, len(want.Metrics)))
	}
	return problems
}

// compareWeights names every weight that is missing, of another shape, further away than the tolerance, or unknown to Keras.
func compareWeights(tolerance float64, want, got map[string]tensor) (problems []string) {
	for _, name := range sortedKeys(want) {
		if strings.Contains(name, "seed_generator") {
			continue
		}
		w, g := want[name], got[name]
		if _, ok := got[name]; !ok {
			problems = append(problems, fmt.Sprintf("weight %s is missing in model.dlrun, which has %s", name, strings.Join(sortedKeys(got), ", ")))
			continue
		}
		if fmt.Sprint(w.shape) != fmt.Sprint(g.shape) {
			problems = append(problems, fmt.Sprintf("weight %s has shape %v, Keras' has %v", name, g.shape, w.shape))
			continue
		}
		worst, at := 0.0, 0
		for i := range w.data {
			d := math.Abs(float64(w.data[i]) - float64(g.data[i]))
			if d > worst || math.IsNaN(d) {
				worst, at = d, i
			}
			if math.IsNaN(d) {
				break
			}
		}
		if !(worst <= tolerance) {
			problems = append(problems, fmt.Sprintf("weight %s differs by %.2e (at most %.1e): element %d of %v is %.8g, Keras has %.8g", name, worst, tolerance, at, w.shape, g.data[at], w.data[at]))
		}
	}
	for _, name := range sortedKeys(got) {
		if _, ok := want[name]; !ok && !strings.Contains(name, "seed_generator") {
			problems = append(problems, fmt.Sprintf("model.dlrun has a weight %s that Keras has not", name))
		}
	}
	return problems
}

// near reports |got - want| / (1 + |want|) <= tolerance; a missing or null value is not near.
func near(got *float64, want, tolerance float64) bool {
	return got != nil && math.Abs(*got-want)/(1+math.Abs(want)) <= tolerance
}

func show(v *float64) string {
	if v == nil {
		return "missing"
	}
	return fmt.Sprintf("%.8g", *v)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func copyInputs(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "expected.json" || e.Name() == "final.safetensors" || e.Name() == "want.safetensors" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// line is the numbers of one JSON object of a log; what is null or no number is not in it.
type line map[string]*float64

// readLines reads a file of JSON objects, one a line.
func readLines(t *testing.T, path string) []line {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		var raw map[string]any
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return lines
		} else if err != nil {
			t.Fatalf("%s: line %d: %v", path, len(lines)+1, err)
		}
		l := line{}
		for k, v := range raw {
			if number, ok := v.(float64); ok {
				l[k] = &number
			}
		}
		lines = append(lines, l)
	}
}

// tensor is one entry of a safetensors file. The reader here is the test's own, so that an error of internal/safetensors cannot hide itself.
type tensor struct {
	shape []int
	data  []float32
}

func readTensors(path string) (map[string]tensor, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseTensors(raw)
}

func readBundleTensors(path string) (map[string]tensor, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer z.Close()
	for _, f := range z.File {
		if filepath.Base(f.Name) != "weights.safetensors" {
			continue
		}
		if f.Method != zip.Store {
			return nil, fmt.Errorf("%s: %s is compressed", path, f.Name)
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		raw, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		return parseTensors(raw)
	}
	return nil, fmt.Errorf("%s: no weights.safetensors in it", path)
}

func parseTensors(raw []byte) (map[string]tensor, error) {
	if len(raw) < 8 {
		return nil, errors.New("safetensors: no header")
	}
	n := binary.LittleEndian.Uint64(raw)
	if n > uint64(len(raw)-8) {
		return nil, errors.New("safetensors: header longer than the file")
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw[8:8+n], &header); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	body := raw[8+n:]
	out := map[string]tensor{}
	for name, text := range header {
		if name == "__metadata__" {
			continue
		}
		var entry struct {
			Dtype   string `json:"dtype"`
			Shape   []int  `json:"shape"`
			Offsets [2]int `json:"data_offsets"`
		}
		if err := json.Unmarshal(text, &entry); err != nil {
			return nil, fmt.Errorf("safetensors: %s: %w", name, err)
		}
		if entry.Dtype != "F32" {
			if strings.Contains(name, "seed_generator") {
				continue
			}
			return nil, fmt.Errorf("safetensors: %s is %s, not F32", name, entry.Dtype)
		}
		low, high := entry.Offsets[0], entry.Offsets[1]
		if low < 0 || high < low || high > len(body) || (high-low)%4 != 0 {
			return nil, fmt.Errorf("safetensors: %s lies outside the file", name)
		}
		data := make([]float32, (high-low)/4)
		elements := 1
		for _, d := range entry.Shape {
			elements *= d
		}
		if elements != len(data) {
			return nil, fmt.Errorf("safetensors: %s has shape %v and %d elements", name, entry.Shape, len(data))
		}
		for i := range data {
			data[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[low+4*i:]))
		}
		out[name] = tensor{entry.Shape, data}
	}
	return out, nil
}
