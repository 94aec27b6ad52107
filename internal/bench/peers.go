package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// peer is a program that does the same: a script in peers/ and what it needs in its environment.
type peer struct {
	script string
	env    []string
}

var peers = map[string]peer{
	"keras-jax":        {"keras_peer.py", []string{"KERAS_BACKEND=jax"}},
	"keras-tensorflow": {"keras_peer.py", []string{"KERAS_BACKEND=tensorflow"}},
	"torch":            {"torch_peer.py", nil},
	"torch-compile":    {"torch_peer.py", []string{"COMPILE=1"}},
	"pandas":           {"csv_peer.py", nil},
	"pyarrow":          {"csv_peer.py", nil},
	"tf-data":          {"csv_peer.py", nil},
	"torch-images":     {"images_peer.py", nil},
	"tf-data-images":   {"images_peer.py", nil},
}

func peerNames() []string { return slices.Sorted(maps.Keys(peers)) }

// command is how a peer is called in a turn.
func (t turn) command(p peer, what string) (env, args []string) {
	env = append([]string{fmt.Sprint("THREADS=", t.threads), "PEER=" + t.peer, "DEVICE=" + t.device, "PRECISION=" + t.precision}, p.env...)
	return env, append([]string{filepath.Join(t.folder, "peers", p.script), t.workload, fmt.Sprint(t.batch), what}, t.settings.list()...)
}

// values runs a peer, which prints numbers.
func (t turn) values(p peer, what string) ([]float64, error) {
	env, args := t.command(p, what)
	text, err := output(t.work, env, t.python, args...)
	if err != nil {
		return nil, err
	}
	v, err := numbers(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.script, err)
	}
	return v, nil
}
