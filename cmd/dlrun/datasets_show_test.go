package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/internal/train"
)

func TestSheet(t *testing.T) {
	var b bytes.Buffer
	err := writeSheet(&b, []train.Sample{{Dataset: "d<", Row: 4, Columns: []train.SampleColumn{
		{Name: "image", Shape: []int{2, 2, 1}, Before: []float32{0, 1, 2, 3}, After: [][]float32{{3, 2, 1, 0}}},
		{Name: "label", Target: true, Before: []float32{7}, After: [][]float32{{7}}},
	}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for want, n := range map[string]int{"<td>d&lt; 5</td>": 2, "data:image/png;base64,": 2, "<code>7</code>": 2, "<th>epoch 1</th>": 1, "[2, 2, 1]": 1} {
		if got := strings.Count(page, want); got != n {
			t.Errorf("%q is there %d times, want %d:\n%s", want, got, n, page)
		}
	}
}
