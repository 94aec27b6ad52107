package transform

import (
	"encoding/json"
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("byte_pair_tokenizer", func() Transform { return new(bytePairTokenizer) })

// bytePairTokenizer turns a text into the indices of its tokens by a vocabulary of byte pairs. KerasHub:
// tokenizers/byte_pair_tokenizer.py; the file is that of Hugging Face's tokenizers.
type bytePairTokenizer struct {
	file   string
	length *int
	pad    int

	pairs  *bytePairs
	longer int // tokens of the longest text learned from
}

func (t *bytePairTokenizer) Schema(b *schema.Block) {
	b.Doc("Turns a text into the indices of its tokens, by the byte pairs of a tokenizer.json.", "keras_hub.tokenizers.BytePairTokenizer",
		`The file is one of Hugging Face's tokenizers with a model of type BPE over bytes (GPT-2 and its kind). Without sequence_length indices are padded to the longest text of the train split, and what a later text has more is cut off; with a window of the dataset all tokens are steps.`)
	b.String(&t.file, "tokenizer", `The content of a tokenizer.json, as in file("tokenizer.json"), which is then saved with the model.`, schema.Example(`file("tokenizer.json")`))
	b.OptInt(&t.length, "sequence_length", "How many indices a text becomes: padded, or cut.", schema.AtLeast(1), schema.AtMost(1<<24))
	b.Int(&t.pad, "pad_token_id", "The index that fills short texts up.", schema.Default(0), schema.AtLeast(0))
}

// Validate reads the file.
func (t *bytePairTokenizer) Validate() (err error) {
	if t.pairs, err = readBytePairs([]byte(t.file)); err != nil {
		return schema.At("tokenizer", err)
	}
	return nil
}

// Takes asks for text.
func (t *bytePairTokenizer) Takes() column.Kind { return column.String }

// Once is true: a text is taken apart once, not in each epoch.
func (t *bytePairTokenizer) Once() bool { return true }

// VocabularySize is one more than the largest index.
func (t *bytePairTokenizer) VocabularySize() int {
	if t.pairs == nil {
		return -1
	}
	return t.pairs.size
}

func (t *bytePairTokenizer) Out(in column.Field) (column.Field, error) {
	if in.Kind != column.String && in.Kind != column.Unknown {
		return in, fmt.Errorf("it takes text, and column %q holds %s", in.Name, in.Kind)
	}
	if in.Known && in.Size() != 1 {
		return in, fmt.Errorf("it takes one text a row, and column %q is %s", in.Name, in.Describe())
	}
	n := -1
	if t.length != nil {
		n = *t.length
	} else if t.longer > 0 {
		n = t.longer
	}
	return in.With(column.Int32, []int{n}), nil
}

func (t *bytePairTokenizer) Apply(dst, src *column.Values) error {
	n := dst.Size()
	w := newBytePairWork(t.pairs)
	for row, text := range src.Str {
		out := dst.I32[row*n:][:n]
		ids := w.tokens(w.ids[:0], text)
		w.ids = ids
		for i := copy(out, ids); i < n; i++ {
			out[i] = int32(t.pad)
		}
	}
	return nil
}

// Sequences is true without a length.
func (t *bytePairTokenizer) Sequences() bool { return t.length == nil }

// Count is the number of a text's tokens.
func (t *bytePairTokenizer) Count(text string) int { return len(t.Tokens(nil, text)) }

// Tokens appends the indices of a text's tokens.
func (t *bytePairTokenizer) Tokens(ids []int32, text string) []int32 {
	return newBytePairWork(t.pairs).tokens(ids, text)
}

// Parts appends the text: there is nothing to learn of it.
func (t *bytePairTokenizer) Parts(texts []string, text string, _ [][2]int) []string {
	return append(texts, text)
}

// Learns tells whether how long a text is comes from the data.
func (t *bytePairTokenizer) Learns() bool { return t.length == nil }

// Adapt begins to learn.
func (t *bytePairTokenizer) Adapt(column.Field) (Learning, error) { return &longestText{t: t}, nil }

// longestText looks for the longest text.
type longestText struct {
	t    *bytePairTokenizer
	most int
}

func (l *longestText) Part(rows *column.Values) (any, error) {
	most := 0
	for _, text := range rows.Str {
		most = max(most, l.t.Count(text))
	}
	return most, nil
}

func (l *longestText) Add(part any) { l.most = max(l.most, part.(int)) }

func (l *longestText) Done() error {
	l.t.longer = max(1, l.most)
	return nil
}

// State returns what was learned.
func (t *bytePairTokenizer) State() (json.RawMessage, error) {
	if !t.Learns() {
		return nil, nil
	}
	return json.Marshal(map[string]int{"length": t.longer})
}

// SetState takes back what was learned.
func (t *bytePairTokenizer) SetState(_ column.Field, state json.RawMessage) error {
	var s struct{ Length int }
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	if s.Length < 1 {
		return fmt.Errorf("the saved length of texts is missing")
	}
	t.longer = s.Length
	return nil
}
