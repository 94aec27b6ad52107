package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	t.Chdir(t.TempDir())
	page, err := os.ReadFile(filepath.Join(start, root, "docs", "guides", "first-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	var model string
	for _, f := range fences(string(page)) {
		if f.file == "iris.hcl" {
			model += f.text
		}
	}
	if err := os.WriteFile("iris.hcl", []byte(model), 0o666); err != nil {
		t.Fatal(err)
	}
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

// silent is standard input at which nothing comes.
type silent struct{}

func (silent) Read([]byte) (int, error) { select {} }

// start is the folder in which the tests begin: this package's.
var start = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

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
