package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// stepsOfEpoch are how many steps an epoch has in which steps are timed.
const stepsOfEpoch = 40

// A training step: the seconds from asking for a batch to the end of the update.
var _ = register("", kind{
	batch: func(workload string) int {
		if layers[workload] != nil {
			return 32
		}
		return map[string]int{"w1": 128, "w2": 32, "w3": 128, "w4": 32, "w5": 16, "w6": 1024}[workload[:min(2, len(workload))]]
	},
	data: func(batch int) int { return stepsOfEpoch * batch },
	ours: func(t turn) (quantities, error) {
		s, err := t.fit("-var", fmt.Sprint("batch=", t.batch))
		if err != nil {
			return nil, err
		}
		if len(s) < 2*stepsOfEpoch {
			return nil, fmt.Errorf("only %d steps were logged", len(s))
		}
		return quantities{"step": s[stepsOfEpoch:]}, nil // the first epoch warms up
	},
	their: func(t turn, p peer) (quantities, error) {
		v, err := t.values(p, "step")
		return quantities{"step": v}, err
	},
})

// fit trains the workload's model and returns the seconds of each step.
func (t turn) fit(more ...string) ([]float64, error) {
	dir := filepath.Join(t.work, fmt.Sprint("run", t.round))
	on, env := t.onDevice()
	args := slices.Concat([]string{"fit", "-quiet", "-threads", fmt.Sprint(t.threads), "-run-dir", dir}, on, t.settings.variables(), more, []string{"model.hcl"})
	if _, err := output(t.work, env, t.dlrun, args...); err != nil {
		return nil, err
	}
	return stepSeconds(filepath.Join(dir, "steps.jsonl"))
}

// stepSeconds reads the seconds of the steps that a run logged.
func stepSeconds(file string) ([]float64, error) {
	f, err := os.Open(file)
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
	if err := s.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("no steps were logged")
	}
	return out, nil
}
