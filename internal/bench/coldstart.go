package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// W8: a process from its start to its end, in which it trains an epoch on 60,000 images of bytes that it reads from a file: the seconds
// seen from outside, and the most memory it had.
var _ = register("w8", kind{
	batch: func(string) int { return 128 },
	data:  func(int) int { return 60_000 },
	ours: func(t turn) (quantities, error) {
		dir := filepath.Join(t.work, fmt.Sprint("run", t.round))
		return whole(t.work, nil, t.dlrun, "fit", "-quiet", "-threads", fmt.Sprint(t.threads), "-var", fmt.Sprint("batch=", t.batch), "-run-dir", dir, "model.hcl")
	},
	their: func(t turn, p peer) (quantities, error) {
		env, args := t.command(p, "cold")
		return whole(t.work, env, t.python, args...)
	},
})

// whole runs a program to its end.
func whole(dir string, env []string, name string, args ...string) (quantities, error) {
	var said bytes.Buffer
	c := exec.Command(name, args...)
	c.Dir, c.Env, c.Stderr = dir, append(os.Environ(), env...), &said
	start := time.Now()
	err := c.Run()
	seconds := time.Since(start).Seconds()
	if err != nil {
		return nil, failed(c, err, said.String())
	}
	bytes := peakMemory(c.ProcessState)
	if bytes == 0 {
		return nil, errors.New("this system does not tell how much memory a process had")
	}
	return quantities{"process": {seconds}, "memory": {bytes}}, nil
}
