//go:build amd64

package f32winograd

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
	cmd := exec.Command("go", "run", "./asm", "-dispatch", in("dispatch_amd64.go"), "-out", in("tile_amd64.s"), "-stubs", in("tile_amd64.go"), "-pkg", "f32winograd")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	for _, name := range []string{"tile_amd64.s", "tile_amd64.go", "dispatch_amd64.go"} {
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
