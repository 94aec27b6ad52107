//go:build amd64

package philox

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAssemblyIsFresh runs the generator and compares its output with what is committed.
func TestAssemblyIsFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the generator")
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	cmd := exec.Command("go", "run", "./asm", "-out", in("kernel_amd64.s"), "-stubs", in("kernel_amd64.go"), "-pkg", "philox")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	for _, name := range []string{"kernel_amd64.s", "kernel_amd64.go"} {
		got, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// The first line names the command, with its files.
		_, got, _ = bytes.Cut(got, []byte("\n"))
		_, want, _ = bytes.Cut(want, []byte("\n"))
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate in this folder", name)
		}
	}
}
