package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect by what the commands write")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dlrun": main})
}

// TestScript runs the scripts in testdata/script: each calls dlrun as a user does, in a folder of its
// own. go test ./cmd/dlrun -run TestScript/NAME runs one.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		// The scripts use what the machine has only where they say so.
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "NO_COLOR=1")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "lines": lines, "same": same, "npz": npz, "adds": adds,
		},
		RequireUniqueNames: true,
	})
}

// exits CODE PROGRAM ARGS... runs a program that must end with the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// lines N FILE waits until a file, which another process writes, has at least N lines.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[1]))
		if err == nil && bytes.Count(text, []byte("\n")) >= want {
			return
		}
	}
	ts.Fatalf("%s did not get %d lines within a minute", args[1], want)
}

// same FILE FILE... tells whether all files have the same bytes.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: same FILE FILE...")
	}
	first := ts.ReadFile(args[0])
	if first == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	i := slices.IndexFunc(args[1:], func(name string) bool { return ts.ReadFile(name) != first })
	switch {
	case neg && i < 0:
		ts.Fatalf("all are the same")
	case !neg && i >= 0:
		ts.Fatalf("%s differs from %s", args[i+1], args[0])
	}
}

// npz FILE NAME DIM... writes an npz file with one array of float32 of that shape, filled with 0, 1, ... 15,
// 0, 1 and so on.
func npz(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: npz FILE NAME DIM...")
	}
	n, shape := 1, ""
	for _, a := range args[2:] {
		d, err := strconv.Atoi(a)
		ts.Check(err)
		n *= d
		shape += a + ", "
	}
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(args[1] + ".npy")
	ts.Check(err)
	content := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	content = append(content, header...)
	for i := range n {
		content = binary.LittleEndian.AppendUint32(content, math.Float32bits(float32(i%16)))
	}
	_, err = w.Write(content)
	ts.Check(err)
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}
