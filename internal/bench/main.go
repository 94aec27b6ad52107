// Command bench compares dlrun with its peers on training steps, side by side: they train in turn on
// the same random data, several times, and what is printed is the ratio of the medians of a step.
//
//	go build -o dlrun ./cmd/dlrun
//	go run ./internal/bench -dlrun ./dlrun -python PYTHON -peers keras-jax,torch w1 w2:32 w2:128
//
// A workload is a file beside this one, NAME.hcl, after a colon the batch size; the peers' twins of
// it are in peers/. The interpreter must have what the named peers need; dlrun needs nothing.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
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

// peers are the commands of the peers, run in a folder with data.npz.
var peers = map[string]struct{ script, backend string }{
	"keras-jax":        {"keras_peer.py", "jax"},
	"keras-tensorflow": {"keras_peer.py", "tensorflow"},
	"torch":            {"torch_peer.py", ""},
}

// steps are those of an epoch.
const steps = 40

type bench struct {
	dlrun, python, folder string
	peers                 []string
	rounds, threads       int
}

func main() {
	dlrun := flag.String("dlrun", "./dlrun", "the `binary` to measure")
	python := flag.String("python", "python3", "the `interpreter` that has the peers")
	names := flag.String("peers", "keras-jax", "the `peers`, divided by commas: keras-jax, keras-tensorflow, torch")
	folder := flag.String("folder", "internal/bench", "the `folder` of the workloads")
	rounds := flag.Int("rounds", 3, "how often they take turns")
	threads := flag.Int("threads", runtime.NumCPU(), "threads of each")
	flag.Parse()
	b := bench{*dlrun, *python, *folder, strings.Split(*names, ","), *rounds, *threads}
	var err error
	if flag.NArg() == 0 {
		err = errors.New("name a workload, as w1 or w2:128")
	}
	for _, w := range flag.Args() {
		err = errors.Join(err, b.compare(w))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// compare measures one workload.
func (b bench) compare(workload string) error {
	name, size, _ := strings.Cut(workload, ":")
	batch := map[string]int{"w1": 128, "w2": 32, "w3": 128, "w4": 32, "w5": 16, "w6": 1024}[name]
	if size != "" {
		var err error
		if batch, err = strconv.Atoi(size); err != nil || batch < 1 {
			return fmt.Errorf("%q is no batch size", size)
		}
	}
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, p := range []*string{&b.dlrun, &b.folder} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	model, err := os.ReadFile(filepath.Join(b.folder, name+".hcl"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "model.hcl"), model, 0o644); err != nil {
		return err
	}
	if _, err := output(work, nil, b.python, filepath.Join(b.folder, "peers", "data.py"), name, fmt.Sprint(steps*batch)); err != nil {
		return err
	}
	times := map[string][]float64{}
	for round := range b.rounds {
		t, err := b.ours(work, round, batch)
		if err != nil {
			return err
		}
		times["dlrun"] = append(times["dlrun"], t...)
		for _, p := range b.peers {
			if t, err = b.theirs(work, p, name, batch); err != nil {
				return err
			}
			times[p] = append(times[p], t...)
		}
	}
	ours := median(times["dlrun"])
	fmt.Printf("%s batch %d, %d threads: dlrun %.2f ms", name, batch, b.threads, 1e3*ours)
	for _, p := range b.peers {
		t := median(times[p])
		fmt.Printf("; %s %.2f ms (%.2f times)", p, 1e3*t, t/ours)
	}
	fmt.Println()
	return nil
}

// ours returns the seconds of each step but those of the first epoch.
func (b bench) ours(work string, round, batch int) ([]float64, error) {
	dir := filepath.Join(work, fmt.Sprint("run", round))
	if _, err := output(work, nil, b.dlrun, "fit", "-quiet", "-threads", fmt.Sprint(b.threads), "-var", fmt.Sprint("batch=", batch), "-run-dir", dir, "model.hcl"); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, "steps.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []float64
	s := bufio.NewScanner(f)
	for s.Scan() {
		var line struct{ Seconds float64 }
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			return nil, err
		}
		out = append(out, line.Seconds)
	}
	if len(out) < 2*steps {
		return nil, errors.Join(fmt.Errorf("only %d steps were logged", len(out)), s.Err())
	}
	return out[steps:], nil
}

func (b bench) theirs(work, peer, workload string, batch int) ([]float64, error) {
	p, ok := peers[peer]
	if !ok {
		return nil, fmt.Errorf("there is no peer %q", peer)
	}
	env := []string{fmt.Sprint("THREADS=", b.threads), "KERAS_BACKEND=" + p.backend}
	text, err := output(work, env, b.python, filepath.Join(b.folder, "peers", p.script), workload, fmt.Sprint(batch))
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, line := range strings.Fields(text) {
		v, err := strconv.ParseFloat(line, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", peer, err)
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s printed no times", peer)
	}
	return out, nil
}

func output(dir string, env []string, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stderr = dir, append(os.Environ(), env...), os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	return string(out), nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
