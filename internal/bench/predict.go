package main

import (
	"encoding/json"
	"fmt"
)

// A prediction of a batch that is in memory, from its values to those of the outputs; of one example the latency.
var _ = register("-predict", kind{
	batch: func(string) int { return 128 },
	data:  func(int) int { return 0 },
	ours: func(t turn) (quantities, error) {
		args := append([]string{"time", "model.hcl", "-predict", "-json", "-threads", fmt.Sprint(t.threads), "-batch", fmt.Sprint(t.batch)}, t.settings.variables()...)
		text, err := output(t.work, nil, t.dlrun, args...)
		if err != nil {
			return nil, err
		}
		var told struct {
			Timings []struct {
				Step  float64 `json:"step_seconds"`
				Alone struct {
					Median float64 `json:"median_seconds"`
				} `json:"one_example"`
			} `json:"timings"`
		}
		if err := json.Unmarshal([]byte(text), &told); err != nil {
			return nil, err
		}
		if len(told.Timings) != 1 || told.Timings[0].Step <= 0 {
			return nil, fmt.Errorf("dlrun time told of %d timings", len(told.Timings))
		}
		if t.batch == 1 {
			return quantities{"latency": {told.Timings[0].Alone.Median}}, nil
		}
		return quantities{"prediction": {told.Timings[0].Step}}, nil
	},
	their: func(t turn, p peer) (quantities, error) {
		v, err := t.values(p, "predict")
		if t.batch == 1 {
			return quantities{"latency": v}, err
		}
		return quantities{"prediction": v}, err
	},
})
