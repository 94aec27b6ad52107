package transform

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The indices are those of Hugging Face's tokenizers 0.23, by tokenizers that it made of a few lines.
func TestBytePairs(t *testing.T) {
	raw, err := os.ReadFile("testdata/bytepairs.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Tokenizer json.RawMessage
		Texts     []string
		IDs       [][]int32
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) != 2 {
		t.Fatal(err, len(cases))
	}
	for _, c := range cases {
		tr := &bytePairTokenizer{file: string(c.Tokenizer)}
		if err := tr.Validate(); err != nil {
			t.Fatal(err)
		}
		if n := tr.VocabularySize(); n != 330 {
			t.Errorf("a vocabulary of %d", n)
		}
		for i, text := range c.Texts {
			if got := tr.Tokens(nil, text); !slices.Equal(got, c.IDs[i]) {
				t.Errorf("%q: %v, want %v", text, got, c.IDs[i])
			}
		}
		n := 5
		tr.length, tr.pad = &n, 7
		got, err := apply(t, tr, nil, values(nil, c.Texts))
		if err != nil {
			t.Fatal(err)
		}
		for i, ids := range c.IDs {
			want := append(slices.Clone(ids), 7, 7, 7, 7, 7)[:5]
			if !slices.Equal(got.I32[i*5:i*5+5], want) {
				t.Errorf("%q: %v, want %v", c.Texts[i], got.I32[i*5:i*5+5], want)
			}
		}
	}
	for change, want := range map[string]string{
		`"BPE"->"WordPiece"`:                  "WordPiece",
		`"ByteLevel"->"Metaspace"`:            "Metaspace",
		`"merges":[->"merges":["a b c",`:      "merge 1",
		`{"version"->{"version`:               "no tokenizer.json",
		`"use_regex":true->"use_regex":false`: "use_regex",
	} {
		from, to, _ := strings.Cut(change, "->")
		file := strings.Replace(string(cases[0].Tokenizer), from, to, 1)
		if _, err := readBytePairs([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

// tinyTokenizer has the tokens of bytes "a" and "b", and one of both.
func tinyTokenizer() string {
	return fmt.Sprintf("tokenizer = %q", `{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}`)
}
