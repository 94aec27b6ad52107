package transform

import (
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"
)

// FuzzTokenizer reads any bytes as a tokenizer.json, and takes a text apart with it.
func FuzzTokenizer(f *testing.F) {
	f.Add([]byte(`{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}`), "abba")
	f.Add([]byte(`{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"model":{"type":"BPE","vocab":{"a":0,"Ġ":7},"merges":[["Ġ","a"]]},"added_tokens":[{"id":9,"content":"<s>"}]}`), "a <s> é")
	raw, err := os.ReadFile("testdata/bytepairs.json")
	if err != nil {
		f.Fatal(err)
	}
	var cases []struct{ Tokenizer json.RawMessage }
	if err := json.Unmarshal(raw, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add([]byte(c.Tokenizer), "It's a café, isn't it? 123  \n")
	}
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		if len(file) > 1<<16 || len(text) > 1<<12 || !utf8.ValidString(text) {
			return
		}
		pairs, err := readBytePairs(file)
		if err != nil {
			return
		}
		ids := newBytePairWork(pairs).tokens(nil, text)
		for _, id := range ids {
			if id < 0 || int(id) >= pairs.size {
				t.Fatalf("index %d of a vocabulary of %d", id, pairs.size)
			}
		}
		if again := newBytePairWork(pairs).tokens(nil, text); len(again) != len(ids) {
			t.Fatal("other tokens the second time")
		}
	})
}
