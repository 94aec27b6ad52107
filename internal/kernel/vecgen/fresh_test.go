package vecgen

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var directive = regexp.MustCompile(`(?m)^//go:generate (go run \./asm .*)$`)

// TestAssemblyIsFresh runs the generator of each kernel and compares its output with what is committed.
func TestAssemblyIsFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the generators")
	}
	generators, err := filepath.Glob(filepath.Join("..", "*", "asm"))
	if err != nil || len(generators) == 0 {
		t.Fatalf("no generators: %v", err)
	}
	for _, asm := range generators {
		folder := filepath.Dir(asm)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(folder, "generate.go"))
			if err != nil {
				t.Fatal(err)
			}
			found := directive.FindSubmatch(text)
			if found == nil {
				t.Fatal("generate.go has no line that runs ./asm")
			}
			fresh(t, folder, strings.Fields(string(found[1])))
		})
	}
}

// fresh runs a generator with its outputs elsewhere: the arguments that name files of the folder.
func fresh(t *testing.T, folder string, command []string) {
	t.Helper()
	made := map[string]string{}
	dir := t.TempDir()
	for i, arg := range command {
		if ext := filepath.Ext(arg); ext == ".go" || ext == ".s" {
			made[arg] = filepath.Join(dir, arg)
			command[i] = made[arg]
		}
	}
	if len(made) == 0 {
		t.Fatalf("%v writes no file", command)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	for name, file := range made {
		if !bytes.Equal(generated(t, file), generated(t, filepath.Join(folder, name))) {
			t.Errorf("%s is stale: run go generate in its folder", name)
		}
	}
}

// generated is a file but for its first line, which names the command with its files.
func generated(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	return rest
}
