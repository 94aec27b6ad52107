package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/run"
)

func TestTwoDashes(t *testing.T) {
	a := &app{env: map[string]string{}, view: newView(&bytes.Buffer{}, &bytes.Buffer{}, nil)}
	c := a.root()
	for _, test := range [][2]string{
		{"fit m.hcl -run-dir out -resume", "fit m.hcl --run-dir out --resume"},
		{"fit --run-dir=out -quiet m.hcl", "fit --run-dir=out --quiet m.hcl"},
		{"fit -var a=-1 -limit-steps -5 m.hcl", "fit --var a=-1 --limit-steps -5 m.hcl"},
		{"fit -var -x m.hcl -json", "fit --var -x m.hcl --json"},
		{"fmt - -check", "fmt - --check"},
		{"fmt -- -check", "fmt -- -check"},
		{"-h", "--help"},
		{"fit -h", "fit --help"},
		{"fit -run-dir", "fit --run-dir"},
	} {
		got := strings.Join(twoDashes(c, strings.Fields(test[0])), " ")
		if got != test[1] {
			t.Errorf("%q becomes %q, want %q", test[0], got, test[1])
		}
	}
}

// TestInterrupted holds that a command whose context has ended exits with 130 and leaves no temporary files.
func TestInterrupted(t *testing.T) {
	guideModel(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range []string{"fit iris.hcl", "fmt -"} {
		var out, errs bytes.Buffer
		// A reader that never ends stands for a person who does not type.
		if code := execute(ctx, strings.Fields(args), nil, silent{}, &out, &errs); code != exitInterrupted {
			t.Errorf("%s: exit code %d, want %d\n%s%s", args, code, exitInterrupted, &out, &errs)
		}
	}
	left, err := filepath.Glob("runs/iris/*/.dlrun-tmp*")
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v %v", left, err)
	}
}

// guideModel goes to a new folder and writes the model of the guide there, as iris.hcl.
func guideModel(t *testing.T) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "guides", "first-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	var model string
	for _, f := range fences(string(page)) {
		if f.file == "iris.hcl" {
			model += f.text
		}
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("iris.hcl", []byte(model), 0o666); err != nil {
		t.Fatal(err)
	}
}

// trigger calls a function when a text is written.
type trigger struct {
	bytes.Buffer
	text string
	call func()
}

func (w *trigger) Write(b []byte) (int, error) {
	if strings.Contains(string(b), w.text) {
		w.call()
	}
	return w.Buffer.Write(b)
}

// TestInterruptedTraining ends a run in its fourth epoch and lets it go on: exit codes and what is said.
func TestInterruptedTraining(t *testing.T) {
	guideModel(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out bytes.Buffer
	errs := &trigger{text: "Epoch 4/8", call: cancel}
	args := []string{"fit", "iris.hcl", "-run-dir", "out"}
	if code := execute(ctx, args, nil, strings.NewReader(""), &out, errs); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d\n%s", code, exitInterrupted, errs)
	}
	if !strings.Contains(errs.String(), "Go on with: dlrun fit iris.hcl -run-dir out -resume") || out.Len() > 0 {
		t.Errorf("%s%s", &out, errs)
	}
	m, err := run.ReadManifest(filepath.Join("out", run.ManifestFile))
	if err != nil || m.Status != run.Interrupted {
		t.Errorf("the manifest says %v, %v", m, err)
	}
	if text, code := here(append(args, "-resume")...); code != exitDone {
		t.Errorf("exit code %d\n%s", code, text)
	}
}

// silent is standard input at which nothing comes.
type silent struct{}

func (silent) Read([]byte) (int, error) { select {} }

// broken is standard output that cannot be written.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// TestResultThatCannotBeWritten is a failure.
func TestResultThatCannotBeWritten(t *testing.T) {
	for _, args := range []string{"version", "version -json", "doctor", "-help", "fit -help"} {
		var errs bytes.Buffer
		if code := execute(context.Background(), strings.Fields(args), nil, strings.NewReader(""), broken{}, &errs); code != exitFailed {
			t.Errorf("%s: exit code %d, want %d", args, code, exitFailed)
		}
		if !strings.Contains(errs.String(), "the disk is full") {
			t.Errorf("%s says %q", args, errs.String())
		}
	}
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("no"), 1},
		{&diagnosedError{data: true}, 1},
		{&diagnosedError{}, 2},
		{usagef("no"), 2},
		{&run.ExistsError{Dir: "x"}, 2},
		{fmt.Errorf("run: %w", &durable.LockedError{Dir: "x"}), 2},
		{codeError(3), 3},
		{context.Canceled, 130},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 669706: "669,706", 1234567: "1,234,567", -1000: "-1,000"} {
		if diff := cmp.Diff(want, grouped(n)); diff != "" {
			t.Errorf("%d: %s", n, diff)
		}
	}
}
