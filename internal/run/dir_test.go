package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/internal/durable"
)

func mustOpen(t *testing.T, o Options) *Dir {
	t.Helper()
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func mustClose(t *testing.T, d *Dir) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustWrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDefaultDirectoriesAreNumbered(t *testing.T) {
	t.Chdir(t.TempDir())
	at := func(parts ...string) string { return filepath.Join(append([]string{"runs", "mnist"}, parts...)...) }
	first := mustOpen(t, Options{Name: "mnist", Resume: true}) // nothing to resume: started
	if first.Path != at("0001") || first.Previous != nil {
		t.Errorf("the first run is in %s, previous %v", first.Path, first.Previous)
	}
	if second := mustOpen(t, Options{Name: "mnist"}); second.Path != at("0002") {
		t.Errorf("the second run is in %s", second.Path)
	}
	mustWrite(t, at("0003"), "a file, not a folder")
	for _, name := range []string{"9", "+0009", "00009", "x"} { // not names that numbering gives
		if err := os.Mkdir(at(name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if third := mustOpen(t, Options{Name: "mnist"}); third.Path != at("0004") {
		t.Errorf("the third run is in %s", third.Path)
	}
	if err := os.Mkdir(at("10000"), 0o777); err != nil {
		t.Fatal(err)
	}
	if latest := mustOpen(t, Options{Name: "mnist", Resume: true}); latest.Path != at("10000") {
		t.Errorf("the latest run is in %s", latest.Path)
	}
	other := mustOpen(t, Options{Root: "elsewhere", Name: "../con"})
	if want := filepath.Join("elsewhere", ".._con", "0001"); other.Path != want {
		t.Errorf("a run with a dangerous name is in %s, want %s", other.Path, want)
	}
}

func TestDirectoryThatHoldsARun(t *testing.T) {
	for _, mark := range []string{"manifest.json", "metrics.jsonl", "steps.jsonl", "model.dlrun", "checkpoints/x", "main/manifest.json"} {
		path := filepath.Join(t.TempDir(), "r")
		mustWrite(t, filepath.Join(path, filepath.FromSlash(mark)), "")
		_, err := Open(Options{Path: path})
		var exists *ExistsError
		if !errors.As(err, &exists) || exists.Dir != path {
			t.Errorf("with %s: %v", mark, err)
		}
		if _, err := os.Stat(filepath.Join(path, ".lock")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("with %s: the refusal left a lock file (%v)", mark, err)
		}
	}
	path := t.TempDir()
	mustWrite(t, filepath.Join(path, "notes.txt"), "the user's own")
	mustWrite(t, filepath.Join(path, "data", "x.csv"), "")
	d := mustOpen(t, Options{Path: path})
	if err := d.WriteManifest(&Manifest{Status: Interrupted, Name: "n"}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, d)
	_, err := Open(Options{Path: path})
	if err == nil || !strings.Contains(err.Error(), "already holds a run (interrupted); continue it with -resume") {
		t.Errorf("message: %v", err)
	}
	again := mustOpen(t, Options{Path: path, Resume: true})
	if again.Previous == nil || again.Previous.Status != Interrupted || again.Previous.Name != "n" {
		t.Errorf("resumed with %+v", again.Previous)
	}
	var held *durable.LockedError
	if _, err := Open(Options{Path: path, Resume: true}); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("a held directory: %v", err)
	}
	mustClose(t, again)
	mustWrite(t, filepath.Join(path, "manifest.json"), `{"format":1`)
	if _, err := Open(Options{Path: path, Resume: true}); err == nil {
		t.Error("a torn manifest was resumed")
	}
	mustWrite(t, filepath.Join(path, "manifest.json"), `{"format":99}`)
	if _, err := Open(Options{Path: path, Resume: true}); err == nil || !strings.Contains(err.Error(), "format 99") {
		t.Errorf("a manifest of the future: %v", err)
	}
	if err := os.Remove(filepath.Join(path, "manifest.json")); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, Options{Path: path}) // the failed opens let the directory go
	file := filepath.Join(t.TempDir(), "f")
	mustWrite(t, file, "")
	if _, err := Open(Options{Path: file}); err == nil {
		t.Error("a file was opened as a run directory")
	}
}

func TestFileInsteadOfADirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	mustWrite(t, path, "mine")
	for _, resume := range []bool{false, true} {
		if _, err := Open(Options{Path: path, Resume: resume}); err == nil || !strings.HasSuffix(err.Error(), "out is a file") {
			t.Error(err)
		}
	}
}

func TestOpenRemovesTemporaryFiles(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{".dlrun-tmp-00", "checkpoints/.dlrun-tmp-00"} {
		mustWrite(t, filepath.Join(path, filepath.FromSlash(name)), "half")
	}
	d := mustOpen(t, Options{Path: path, Resume: true})
	for _, name := range []string{".dlrun-tmp-00", "checkpoints/.dlrun-tmp-00"} {
		if _, err := os.Stat(d.File(name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSeveralTrains(t *testing.T) {
	d := mustOpen(t, Options{Path: filepath.Join(t.TempDir(), "r")})
	a, err := d.Sub("teacher")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(d.Path, "teacher"); a.Path != want {
		t.Errorf("the train is in %s, want %s", a.Path, want)
	}
	if err := a.WriteManifest(&Manifest{Status: Complete}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: a.Path, Resume: true}); err == nil {
		t.Error("another opened the directory of a train that runs")
	}
	if _, err := d.Sub("Teacher"); err == nil || !strings.Contains(err.Error(), "share the folder") {
		t.Errorf("a name that differs in case only: %v", err)
	}
	mustClose(t, a)
	mustClose(t, d)
	if _, err := Open(Options{Path: d.Path}); err == nil {
		t.Error("a directory with a train's run was taken for empty")
	}
	d = mustOpen(t, Options{Path: d.Path, Resume: true})
	a, err = d.Sub("teacher")
	if err != nil {
		t.Fatal(err)
	}
	if a.Previous == nil || a.Previous.Status != Complete || d.Previous != nil {
		t.Errorf("resumed with %+v in %+v", a.Previous, d.Previous)
	}
	mustClose(t, a)
}

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"mnist_mlp-2.v1":         "mnist_mlp-2.v1",
		"größe":                  "größe",
		"":                       "_",
		".":                      "_",
		"..":                     "__",
		"a/b\\c:d":               "a_b_c_d",
		"a.":                     "a_",
		"a ":                     "a_",
		"NUL":                    "_NUL",
		"com1.txt":               "_com1.txt",
		"con .x":                 "_con .x",
		"console":                "console",
		"tab\there\x00":          "tab_here_",
		"bad\xff":                "bad_",
		strings.Repeat("é", 200): strings.Repeat("é", 100),
		"<>|?*\"":                "______",
	} {
		got := SafeName(name)
		if got != want {
			t.Errorf("SafeName(%q) = %q, want %q", name, got, want)
		}
		if again := SafeName(got); again != got {
			t.Errorf("SafeName(%q) = %q, but that becomes %q", name, got, again)
		}
	}
}

func TestManifestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifest.json")
	want := &Manifest{
		Format: manifestFormat, Name: "mnist <1>", Status: Complete, Dlrun: "0.1", Go: "go1.26", Command: []string{"dlrun", "fit"},
		Seed: 1<<62 + 1, Device: "cpu", Precision: "float32", Machine: Machine{OS: "linux", Arch: "amd64", Cores: 2, Threads: 2},
		Inputs:        []Input{HashBytes("dlrun:mnist", []byte("abc"))},
		Configuration: Config{Epochs: 5, Source: map[string]string{"model.hcl": "a < b\n"}},
		Warnings:      []string{"w"}, Metrics: Metrics{{"loss", 0.1}, {"accuracy", 0.99}}, Checks: []Check{{"good", true, ""}},
	}
	if err := WriteManifest(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	for _, text := range []string{`"a < b\n"`, `"loss": 0.1,`} {
		if !strings.Contains(mustRead(t, path), text) {
			t.Errorf("no %s in %s", text, mustRead(t, path))
		}
	}
	if _, err := ReadManifest(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing manifest: %v", err)
	}
}
