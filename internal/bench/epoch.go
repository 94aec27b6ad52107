package main

import "fmt"

// epochRows are the rows of an epoch that is timed as a whole.
const epochRows = 1_000_000

// An epoch of a million rows that are in memory: all its steps, with what lies between them.
var _ = register("-epoch", kind{
	batch: func(string) int { return 1024 },
	data:  func(int) int { return epochRows },
	ours: func(t turn) (quantities, error) {
		s, err := t.fit("-var", fmt.Sprint("batch=", t.batch))
		if err != nil {
			return nil, err
		}
		n := (epochRows + t.batch - 1) / t.batch
		var epochs []float64
		for ; len(s) >= 2*n; s = s[:len(s)-n] { // the first warms up
			total := 0.0
			for _, v := range s[len(s)-n:] {
				total += v
			}
			epochs = append(epochs, total)
		}
		if len(epochs) == 0 {
			return nil, fmt.Errorf("only %d steps were logged, want %d and more", len(s), 2*n)
		}
		return quantities{"epoch": epochs}, nil
	},
	their: func(t turn, p peer) (quantities, error) {
		v, err := t.values(p, "epoch")
		return quantities{"epoch": v}, err
	},
})
