// Command bench compares dlrun with its peers, side by side: they do the same work on the same random data in turn, several times, and
// what is printed is the ratio of the medians.
//
//	go build -o dlrun ./cmd/dlrun
//	go run ./internal/bench -dlrun ./dlrun -python PYTHON -peers keras-jax,torch w1 w2:32 w2-predict:1 w6-epoch w8
//
// A row is WORKLOAD or WORKLOAD-KIND, after a colon the batch size. The workload is a file beside this one, WORKLOAD.hcl; the peers' twins
// of it are in peers/. The kinds, one file each: without one, a training step; predict, a prediction; epoch, an epoch of a million rows;
// and w8, a process from its start to the end of an epoch; csv and w7, data without a model. The interpreter must have what the named peers need; dlrun needs nothing.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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
	out := flag.String("json", "", "a `file` to write the results to, as JSON")
	markdown := flag.Bool("markdown", false, "print lines of a Markdown table")
	flag.Parse()
	b.peers = strings.Split(*names, ",")
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
