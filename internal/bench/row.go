package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// us is the name of dlrun among those that are compared.
const us = "dlrun"

// bench is what all rows are measured with.
type bench struct {
	dlrun, python, folder string
	device, precision     string
	peers                 []string
	rounds, threads       int
}

// kind is a way to measure a workload.
type kind struct {
	batch func(workload string) int                // where the row names none
	data  func(batch int) int                      // how many rows of data it wants; 0 for none
	ours  func(t turn) (quantities, error)         // dlrun's values
	their func(t turn, p peer) (quantities, error) // a peer's
}

// quantities are the values that one turn measured, by what they are: "step" in seconds, "memory" in bytes.
type quantities map[string][]float64

// turn is one contender's turn.
type turn struct {
	bench
	work     string // the folder, with model.hcl and data.npz
	workload string
	settings settings // of a workload that has some
	batch    int
	round    int
	peer     string // whose turn it is, where it is not ours
}

// kinds are by the name of a workload, or by "-" and the suffix of a row; "" is that of all others.
var kinds = map[string]kind{}

func register(name string, k kind) bool {
	kinds[name] = k
	return true
}

// parse takes the name of a row apart. batch is 0 where it says none.
func parse(row string) (workload string, s settings, k kind, batch int, err error) {
	name, size, sized := strings.Cut(row, ":")
	if sized {
		if batch, err = strconv.Atoi(size); err != nil || batch < 1 {
			return "", nil, kind{}, 0, fmt.Errorf("%q is no batch size", size)
		}
	}
	name, suffix, suffixed := strings.Cut(name, "-")
	if workload, s, err = set(name); err != nil {
		return "", nil, kind{}, 0, err
	}
	k, ok := kinds[workload]
	switch {
	case suffixed:
		k, ok = kinds["-"+suffix]
	case !ok:
		k, ok = kinds[""]
	}
	if !ok {
		return "", nil, kind{}, 0, fmt.Errorf("there is no kind %q", suffix)
	}
	if batch == 0 {
		batch = k.batch(workload)
	}
	return workload, s, k, batch, nil
}

// row measures one row: the contenders take turns.
func (b bench) row(name string) ([]result, error) {
	workload, s, k, batch, err := parse(name)
	if err != nil {
		return nil, err
	}
	if b.device != "" && (kinds[workload].ours != nil || strings.Contains(name, "-")) {
		return nil, errors.New("on a device only training steps are measured")
	}
	if batch == 0 {
		return nil, errors.New("the workload needs a batch size, as " + name + ":32")
	}
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	model, err := os.ReadFile(filepath.Join(b.folder, workload+".hcl"))
	if err != nil {
		return nil, err
	}
	if model, err = b.inPrecision(model); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(work, "model.hcl"), model, 0o644); err != nil {
		return nil, err
	}
	if rows := k.data(batch); rows > 0 {
		if _, err := output(work, nil, b.python, append([]string{filepath.Join(b.folder, "peers", "data.py"), workload, fmt.Sprint(rows)}, s.list()...)...); err != nil {
			return nil, err
		}
	}
	var gathered tally
	for round := range b.rounds {
		t := turn{b, work, workload, s, batch, round, ""}
		q, err := k.ours(t)
		if err != nil {
			return nil, err
		}
		gathered.add(us, q)
		for _, name := range b.peers {
			p, ok := peers[name]
			if !ok {
				return nil, fmt.Errorf("there is no peer %q; there is %s", name, strings.Join(peerNames(), ", "))
			}
			t.peer = name
			if q, err = k.their(t, p); err != nil {
				return nil, err
			}
			gathered.add(name, q)
		}
	}
	var out []result
	for _, what := range gathered.order {
		out = append(out, newResult(name+b.where(), what, batch, b.threads, gathered.values[what]))
	}
	return out, nil
}

// where names a device that is not the CPU, and the precision there.
func (b bench) where() string {
	if b.device == "" {
		return ""
	}
	return " on " + b.device + " in " + b.precision
}

// inPrecision is a workload's file with its trains in the precision: TensorFloat-32 is asked for by the environment.
func (b bench) inPrecision(model []byte) ([]byte, error) {
	if b.precision != "bf16" {
		return model, nil
	}
	const at = "  batch_size        = var.batch\n"
	if !strings.Contains(string(model), at) {
		return nil, fmt.Errorf("the workload has no line %q, behind which its precision could be written", at)
	}
	return []byte(strings.ReplaceAll(string(model), at, at+"  precision         = \"mixed_bfloat16\"\n")), nil
}

// onDevice are the arguments and the environment by which dlrun computes on the device.
func (b bench) onDevice() (args, env []string) {
	if b.device == "" {
		return nil, nil
	}
	if b.precision == "tf32" {
		env = []string{"DLRUN_TF32=1"}
	}
	return []string{"-device", b.device}, env
}

// tally gathers the median of each turn.
type tally struct {
	order  []string                        // of the quantities
	values map[string]map[string][]float64 // by quantity, then by contender
}

func (g *tally) add(who string, q quantities) {
	if g.values == nil {
		g.values = map[string]map[string][]float64{}
	}
	var names []string
	for what := range q {
		names = append(names, what)
	}
	slices.Sort(names)
	for _, what := range names {
		if g.values[what] == nil {
			g.order = append(g.order, what)
			g.values[what] = map[string][]float64{}
		}
		g.values[what][who] = append(g.values[what][who], median(q[what]))
	}
}

// median is that of at least one value; of an even number the upper one.
func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// output runs a program and returns what it writes. What it says beside that is shown where it fails.
func output(dir string, env []string, name string, args ...string) (string, error) {
	var said bytes.Buffer
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stderr = dir, append(os.Environ(), env...), &said
	out, err := c.Output()
	if err != nil {
		return "", failed(c, err, said.String())
	}
	return string(out), nil
}

// failed is the error of a program that ended badly.
func failed(c *exec.Cmd, err error, said string) error {
	return fmt.Errorf("%s %s: %w\n%s", filepath.Base(c.Path), strings.Join(c.Args[1:], " "), err, strings.TrimSpace(said))
}

// numbers reads what a peer printed: numbers, apart from each other.
func numbers(text string) ([]float64, error) {
	var out []float64
	for _, word := range strings.Fields(text) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, errors.New("it printed no numbers")
	}
	return out, nil
}
