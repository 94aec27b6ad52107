package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
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

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteFileReplacesWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := WriteFile(path, text("old")); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	half := func(w io.Writer) error {
		if err := text(strings.Repeat("x", 3<<20))(w); err != nil { // beyond the buffer: some of it is on the disk
			return err
		}
		return boom
	}
	if err := WriteFile(path, half); !errors.Is(err, boom) || !strings.Contains(err.Error(), path) {
		t.Errorf("a failing writer gave %v", err)
	}
	refuse := func(temporary string) error {
		if got := mustRead(t, temporary); got != "new" {
			t.Errorf("check sees %q", got)
		}
		if got := mustRead(t, path); got != "old" {
			t.Errorf("during the check the file is %q", got)
		}
		return boom
	}
	if err := WriteChecked(path, text("new"), refuse); !errors.Is(err, boom) {
		t.Errorf("a failing check gave %v", err)
	}
	if got := mustRead(t, path); got != "old" {
		t.Errorf("after failures the file is %q", got)
	}
	if err := WriteFile(path, text("new")); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, path); got != "new" {
		t.Errorf("the file is %q", got)
	}
	if diff := cmp.Diff([]string{"f"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := WriteFile(filepath.Join(dir, "missing", "f"), text("")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gave %v", err)
	}
	if err := WriteFile(dir, text("")); err == nil {
		t.Error("a folder was replaced by a file")
	}
}

func TestRemoveTemporary(t *testing.T) {
	dir := t.TempDir()
	f, err := createTemporary(dir) // as a killed process leaves it
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(dir, "keep"), text("")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if n, err := RemoveTemporary(dir); n != want || err != nil {
			t.Errorf("RemoveTemporary = %d, %v, want %d", n, err, want)
		}
	}
	if diff := cmp.Diff([]string{"keep"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if n, err := RemoveTemporary(filepath.Join(dir, "missing")); n != 0 || err != nil {
		t.Errorf("of a missing folder: %d, %v", n, err)
	}
}

func TestMkdirAll(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	for range 2 {
		if err := MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteFile(filepath.Join(dir, "f"), text("")); err != nil {
		t.Fatal(err)
	}
	if err := MkdirAll(filepath.Join(dir, "f")); err == nil {
		t.Error("a file passed for a folder")
	}
	t.Chdir(dir)
	if err := MkdirAll(filepath.Join("x", "y")); err != nil {
		t.Errorf("a relative path: %v", err)
	}
}

func TestTruncateAndRemove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteFile(path, text("abcdef")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		size int64
		ok   bool
		want string
	}{{7, false, "abcdef"}, {6, true, "abcdef"}, {2, true, "ab"}, {3, false, "ab"}, {0, true, ""}} {
		if err := Truncate(path, c.size); (err == nil) != c.ok {
			t.Errorf("Truncate to %d: %v", c.size, err)
		}
		if got := mustRead(t, path); got != c.want {
			t.Errorf("after Truncate to %d: %q, want %q", c.size, got, c.want)
		}
	}
	for range 2 {
		if err := Remove(path); err != nil {
			t.Errorf("Remove: %v", err)
		}
	}
	if err := Truncate(path, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Truncate of a missing file: %v", err)
	}
}

func TestOpenRegular(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := OpenRegular(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder gave %v", err)
	}
	if _, _, err := OpenRegular(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gave %v", err)
	}
}
