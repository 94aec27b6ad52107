// Command bench compares dlrun with a peer on one workload, side by side: the two train in turn,
// several times, on the same data, and what is printed is the ratio of the medians of a step.
//
//	go build -o dlrun ./cmd/dlrun
//	go run ./internal/bench -dlrun ./dlrun -python python3 internal/bench/w1
//
// A workload is a folder with model.hcl and peer.py, which prints the seconds of an epoch's step,
// one a line; make.py writes data.npz, the data of both. The peer needs Keras and JAX in the Python
// that is named; dlrun needs nothing.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

func main() {
	dlrun := flag.String("dlrun", "./dlrun", "the `binary` to measure")
	python := flag.String("python", "python3", "the `interpreter` that has the peer")
	rounds := flag.Int("rounds", 3, "how often the two take turns")
	threads := flag.Int("threads", runtime.NumCPU(), "threads of each")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [flags] FOLDER")
		os.Exit(2)
	}
	if err := compare(*dlrun, *python, flag.Arg(0), *rounds, *threads); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare(dlrun, python, folder string, rounds, threads int) error {
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var paths [4]string
	for i, p := range []string{dlrun, filepath.Join(folder, "model.hcl"), filepath.Join(folder, "peer.py"), filepath.Join(folder, "make.py")} {
		if paths[i], err = filepath.Abs(p); err != nil {
			return err
		}
	}
	model, err := os.ReadFile(paths[1])
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "model.hcl"), model, 0o644); err != nil {
		return err
	}
	if _, err := output(work, nil, python, paths[3]); err != nil {
		return err
	}
	var ours, theirs []float64
	for i := range rounds {
		a, err := runDlrun(work, paths[0], i, threads)
		if err != nil {
			return err
		}
		b, err := runPeer(work, python, paths[2], threads)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, a...), append(theirs, b...)
		fmt.Printf("round %d: dlrun %.2f ms, peer %.2f ms\n", i+1, 1e3*median(a), 1e3*median(b))
	}
	o, t := median(ours), median(theirs)
	fmt.Printf("%s, %d threads, %s/%s: dlrun %.2f ms a step, peer %.2f ms; peer / dlrun = %.2f\n", filepath.Base(folder), threads, runtime.GOOS, runtime.GOARCH, 1e3*o, 1e3*t, t/o)
	return nil
}

// runDlrun returns the seconds of each step, those of the first epoch's warm-up left out.
func runDlrun(work, dlrun string, round, threads int) ([]float64, error) {
	dir := filepath.Join(work, fmt.Sprint("run", round))
	if _, err := output(work, nil, dlrun, "fit", "-quiet", "-threads", fmt.Sprint(threads), "-run-dir", dir, "model.hcl"); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, "steps.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []float64
	for s := bufio.NewScanner(f); s.Scan(); {
		var line struct{ Seconds float64 }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			return nil, err
		}
		out = append(out, line.Seconds)
	}
	if len(out) < 40 {
		return nil, fmt.Errorf("only %d steps were logged", len(out))
	}
	return out[20:], nil
}

func runPeer(work, python, script string, threads int) ([]float64, error) {
	text, err := output(work, []string{fmt.Sprint("THREADS=", threads)}, python, script)
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, line := range strings.Fields(text) {
		v, err := strconv.ParseFloat(line, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", script, err)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s printed no times", script)
	}
	return out, nil
}

func output(dir string, env []string, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stderr = dir, append(os.Environ(), env...), os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}

func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}
