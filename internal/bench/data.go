package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Data without a model: a csv file of a million rows of 28 numbers and a label, 293 MB, read, parsed and standardised to float32; and
// images of 32x32x3 bytes, cropped, flipped and normalised in batches, each drawn for itself.
var (
	_ = register("csv", dataKind(1_000_000, 1024, "read", "read_seconds"))
	_ = register("w7", dataKind(50_000, 128, "epoch", "epoch_seconds"))
)

func dataKind(rows, batch int, quantity, field string) kind {
	return kind{
		batch: func(string) int { return batch },
		data:  func(int) int { return rows },
		ours: func(t turn) (quantities, error) {
			text, err := output(t.work, nil, t.dlrun, "time", "-data", "-json", "-threads", fmt.Sprint(t.threads), "-var", fmt.Sprint("batch=", t.batch), "model.hcl")
			if err != nil {
				return nil, err
			}
			var got struct{ Data []map[string]any }
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				return nil, err
			}
			if len(got.Data) != 1 {
				return nil, errors.New("dlrun timed no data")
			}
			v, ok := got.Data[0][field].(float64)
			if !ok {
				return nil, fmt.Errorf("dlrun gave no %s", field)
			}
			return quantities{quantity: {v}}, nil
		},
		their: func(t turn, p peer) (quantities, error) {
			v, err := t.values(p, quantity)
			return quantities{quantity: v}, err
		},
	}
}
