package transform

import (
	"fmt"
	"testing"

	"github.com/dlrun/dlrun/pipeline/column"
)

// The results are those of keras.utils.pad_sequences, Keras 3.15.
func TestPadSequences(t *testing.T) {
	lists := [][]float64{{1}, {2, 3}, {4, 5, 6}, {}}
	src := &column.Values{Kind: column.List, Rows: len(lists)}
	for _, l := range lists {
		var b []byte
		for _, x := range l {
			b = column.PackList(b, x)
		}
		src.Str = append(src.Str, string(b))
	}
	two, five := 2, 5
	for _, c := range []struct {
		t    padSequences
		want string
	}{
		{padSequences{maxlen: nil, padding: "pre", truncating: "pre"}, "[0 0 1 0 2 3 4 5 6 0 0 0]"},
		{padSequences{maxlen: &two, padding: "pre", truncating: "pre"}, "[0 1 2 3 5 6 0 0]"},
		{padSequences{maxlen: &two, padding: "post", truncating: "post", value: -1}, "[1 -1 2 3 4 5 -1 -1]"},
		{padSequences{maxlen: &five, padding: "post", truncating: "pre", value: 7}, "[1 7 7 7 7 2 3 7 7 7 4 5 6 7 7 7 7 7 7 7]"},
	} {
		for _, dtype := range []string{"int32", "float32"} {
			tr := c.t
			tr.dtype = dtype
			got, err := apply(t, &tr, src, src)
			if err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprint(got.I32)
			if dtype == "float32" {
				text = fmt.Sprint(got.F32)
			}
			if text != c.want {
				t.Errorf("%+v: %s, want %s", c.t, text, c.want)
			}
		}
	}
	half := &column.Values{Kind: column.List, Rows: 1, Str: []string{string(column.PackList(nil, 0.5))}}
	tr := padSequences{maxlen: &two, dtype: "int32"}
	if _, err := apply(t, &tr, nil, half); err == nil {
		t.Error("0.5 became a whole number")
	}
}
