// Command bench compares dlrun with its peers, side by side: they do the same work on the same random data in turn, several times, and
// what is printed is the ratio of the medians.
//
//	go build -o dlrun ./cmd/dlrun
//	go run ./internal/bench -dlrun ./dlrun -python PYTHON -peers keras-jax,torch w1 w2:32 w2-predict:1 w6-epoch w8
//
// A row is WORKLOAD or WORKLOAD-KIND, after a colon the batch size. The workload is a file beside this one, WORKLOAD.hcl; the peers' twins
// of it are in peers/. The kinds, one file each: without one, a training step; predict, a prediction; epoch, an epoch of a million rows;
// and w8, a process from its start to the end of an epoch; csv and w7, data without a model. The interpreter must have what the named peers need; dlrun needs nothing.
// The workloads conv1d, conv2d, conv3d and depthwise are some layers of one kind, whose numbers a row may set, as conv2d,kernel=7,strides=2:32.
//
// With -device cuda all compute on the GPU, in the precision named; what is then to be read is how many examples a second each does.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	b := bench{}
	flag.StringVar(&b.dlrun, "dlrun", "./dlrun", "the `binary` to measure")
	flag.StringVar(&b.python, "python", "python3", "the `interpreter` that has the peers")
	flag.StringVar(&b.folder, "folder", "internal/bench", "the `folder` of the workloads")
	names := flag.String("peers", "keras-jax", "the `peers`, divided by commas: "+strings.Join(peerNames(), ", "))
	flag.IntVar(&b.rounds, "rounds", 3, "how often they take turns")
	flag.IntVar(&b.threads, "threads", runtime.NumCPU(), "threads of each")
	flag.StringVar(&b.device, "device", "", "the `device` of all: cuda; by default the CPU")
	flag.StringVar(&b.precision, "precision", "float32", "the `precision` of all on a GPU: float32, tf32 or bf16")
	out := flag.String("json", "", "a `file` to write the results to, as JSON")
	markdown := flag.Bool("markdown", false, "print lines of a Markdown table")
	flag.Parse()
	b.peers = slices.DeleteFunc(strings.Split(*names, ","), func(p string) bool { return p == "" })
	if err := b.all(flag.Args(), *markdown, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// all measures the rows. A row that fails does not keep the others from being measured.
func (b bench) all(rows []string, markdown bool, file string) error {
	if len(rows) == 0 {
		return errors.New("name a row, as w1, w2:128 or w2-predict")
	}
	if !slices.Contains([]string{"float32", "tf32", "bf16"}, b.precision) || b.precision != "float32" && b.device == "" {
		return fmt.Errorf("a precision of %q on device %q", b.precision, b.device)
	}
	var err error
	for _, p := range []*string{&b.dlrun, &b.folder} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	results := []result{}
	for _, name := range rows {
		list, failed := b.row(name)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, failed))
			continue
		}
		for _, r := range list {
			if markdown {
				fmt.Println(r.markdown())
			} else {
				fmt.Println(r)
			}
		}
		results = append(results, list...)
	}
	if file == "" {
		return err
	}
	text, failed := json.MarshalIndent(results, "", "  ")
	if failed == nil {
		failed = os.WriteFile(file, append(text, '\n'), 0o644)
	}
	return errors.Join(err, failed)
}
