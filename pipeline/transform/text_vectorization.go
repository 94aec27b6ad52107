package transform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("text_vectorization", func() Transform { return new(textVectorization) })

// textVectorization turns a text into the indices of its tokens, or into a vector with a place for each
// token. Keras: layers/preprocessing/text_vectorization.py.
//
// The indices are, in order: with output_mode "int" padding; unknown tokens; the vocabulary.
type textVectorization struct {
	tokenizer
	maxTokens *int
	mode      string
	length    *int
	pad       bool
	given     []string
	givenIDF  []float64

	tokens []string
	at     map[string]int32
	idf    []float32 // of each index
	longer int       // tokens of the longest text learned from
}

func (t *textVectorization) Schema(b *schema.Block) {
	b.Doc("Turns a text into the indices of its words, or a vector with a place for each word.", "keras.layers.TextVectorization",
		"A learned vocabulary has the more frequent words first and, of equally frequent ones, the later in the alphabet. Letters are made small and punctuation is found in ASCII alone, as Keras does. Without output_sequence_length indices are padded to the longest text of the train split; what a later text has more is cut off.")
	t.bindTokens(b)
	b.Enum(&t.standardize, "standardize", "What is done to the text first.", []string{"lower_and_strip_punctuation", "lower", "strip_punctuation", "none"}, schema.Default("lower_and_strip_punctuation"))
	b.Enum(&t.split, "split", "What tokens are: words between white space, characters, or the whole text.", []string{"whitespace", "character", "none"}, schema.Default("whitespace"))
	b.Value(&t.ngrams, "ngrams", "Take runs of tokens, joined by a space: of one to so many; or of just the lengths of a list.", isWidths, schema.Optional())
	b.Enum(&t.mode, "output_mode", "Indices; or a vector that tells which tokens are there, how often, or how telling that is (tf_idf).", []string{"int", "multi_hot", "count", "tf_idf"}, schema.Default("int"))
	b.Bool(&t.pad, "pad_to_max_tokens", "Make vectors max_tokens long however small the vocabulary is.", schema.Default(false))
	b.Floats(&t.givenIDF, "idf_weights", `The weight of each token of the vocabulary argument, with output_mode "tf_idf".`, schema.Optional())
}

// bindTokens are the arguments of character_vectorization too.
func (t *textVectorization) bindTokens(b *schema.Block) {
	b.OptInt(&t.maxTokens, "max_tokens", "Largest size of the vocabulary, special indices included.", schema.AtLeast(3))
	b.OptInt(&t.length, "output_sequence_length", "How many indices a text becomes: padded with zeros, or cut.", schema.AtLeast(1), schema.AtMost(1<<24))
	b.Strings(&t.given, "vocabulary", "The tokens in the order of their indices, instead of learning them.", schema.Optional())
}

func (t *textVectorization) Validate() error {
	t.prepare()
	switch {
	case t.length != nil && t.mode != "int":
		return schema.Atf("output_sequence_length", `it is of output_mode = "int", and the mode is %q`, t.mode)
	case t.pad && (t.maxTokens == nil || t.mode == "int"):
		return schema.Atf("pad_to_max_tokens", "it needs max_tokens, and an output_mode that makes vectors")
	case t.givenIDF != nil && t.mode != "tf_idf":
		return schema.Atf("idf_weights", `it is of output_mode = "tf_idf", and the mode is %q`, t.mode)
	case t.mode == "tf_idf" && len(t.givenIDF) != len(t.given):
		return schema.Atf("idf_weights", "the vocabulary has %d tokens and there are %d weights: each has one", len(t.given), len(t.givenIDF))
	}
	if t.given == nil {
		return nil
	}
	tokens := t.given
	if special := []string{"", unknownToken}[2-t.start():]; len(tokens) >= len(special) && slices.Equal(special, tokens[:len(special)]) {
		if tokens = tokens[len(special):]; t.givenIDF != nil {
			t.givenIDF = t.givenIDF[len(special):]
		}
	}
	if len(tokens) == 0 {
		return schema.Atf("vocabulary", "the vocabulary is empty")
	}
	seen := map[string]bool{"": true, unknownToken: true}
	for _, k := range tokens {
		if seen[k] {
			return schema.Atf("vocabulary", "%q is in it twice, or is a special token, which are left out or come first in their order", k)
		}
		seen[k] = true
	}
	if n := t.start() + len(tokens); t.maxTokens != nil && n > *t.maxTokens {
		return schema.Atf("vocabulary", "it makes %d indices with the special ones, and max_tokens is %d", n, *t.maxTokens)
	}
	t.set(tokens)
	if t.mode == "tf_idf" {
		t.weigh(t.givenIDF)
	}
	return nil
}

const unknownToken = "[UNK]"

// start is the index of the first token of the vocabulary.
func (t *textVectorization) start() int {
	if t.mode == "int" {
		return 2
	}
	return 1
}

func (t *textVectorization) set(tokens []string) {
	t.tokens, t.at = tokens, make(map[string]int32, len(tokens))
	for i, k := range tokens {
		t.at[k] = int32(t.start() + i)
	}
}

// weigh sets the weights of the tokens; unknown ones get the mean.
func (t *textVectorization) weigh(idf []float64) {
	t.idf = make([]float32, 1, 1+len(idf))
	mean := 0.0
	for _, w := range idf {
		t.idf = append(t.idf, float32(w))
		mean += w
	}
	t.idf[0] = float32(mean / float64(max(1, len(idf))))
}

// Takes asks for text.
func (t *textVectorization) Takes() column.Kind { return column.String }

// VocabularySize counts the special indices and the vocabulary.
func (t *textVectorization) VocabularySize() int {
	if t.at == nil {
		return -1
	}
	return t.start() + len(t.tokens)
}

// Once is true: a text is taken apart once, not in each epoch.
func (t *textVectorization) Once() bool { return true }

func (t *textVectorization) Out(in column.Field) (column.Field, error) {
	if in.Kind != column.String && in.Kind != column.Unknown {
		return in, fmt.Errorf("it takes text, and column %q holds %s", in.Name, in.Kind)
	}
	if in.Known && in.Size() != 1 {
		return in, fmt.Errorf("it takes one text a row, and column %q is %s", in.Name, in.Describe())
	}
	if t.mode == "int" {
		n := -1
		if t.length != nil {
			n = *t.length
		} else if t.longer > 0 {
			n = t.longer
		}
		return in.With(column.Int32, []int{n}), nil
	}
	n := t.VocabularySize()
	if t.pad {
		n = *t.maxTokens
	}
	return in.With(column.Float32, []int{n}), nil
}

func (t *textVectorization) Apply(dst, src *column.Values) error {
	var words tokenized
	n := dst.Size()
	for row, text := range src.Str {
		words.take(&t.tokenizer, text)
		if t.mode == "int" {
			t.indices(dst.I32[row*n:][:n], &words)
			continue
		}
		out := dst.F32[row*n:][:n]
		clear(out)
		words.each(&t.tokenizer, func(token []byte) bool {
			at := t.at[string(token)] // 0, of unknown ones, where there is none
			if t.mode == "multi_hot" {
				out[at] = 1
			} else {
				out[at]++
			}
			return true
		})
		if t.mode == "tf_idf" {
			for i, w := range t.idf {
				out[i] *= w
			}
		}
	}
	return nil
}

func (t *textVectorization) indices(out []int32, words *tokenized) {
	i := 0
	words.each(&t.tokenizer, func(token []byte) bool {
		if i == len(out) {
			return false
		}
		at, ok := t.at[string(token)]
		if !ok && len(token) > 0 {
			at = 1
		}
		out[i] = at
		i++
		return true
	})
	clear(out[i:])
}

// Learns tells whether the vocabulary, or how long a text is, comes from the data.
func (t *textVectorization) Learns() bool {
	return t.given == nil || t.mode == "int" && t.length == nil
}

func (t *textVectorization) Adapt(column.Field) (Learning, error) {
	return &textLearning{t: t, counts: map[string]*tokenCount{}}, nil
}

// tokenCount counts a token, and the texts that it is in.
type tokenCount struct{ times, texts, last int }

// textLearning counts tokens.
type textLearning struct {
	t       *textVectorization
	counts  map[string]*tokenCount
	texts   int
	longest int
}

func (l *textLearning) Part(rows *column.Values) (any, error) {
	part := &textLearning{counts: map[string]*tokenCount{}, texts: rows.Rows}
	var words tokenized
	for row, text := range rows.Str {
		n := 0
		words.take(&l.t.tokenizer, text)
		words.each(&l.t.tokenizer, func(token []byte) bool {
			n++
			c := part.counts[string(token)]
			if c == nil {
				c = &tokenCount{last: -1}
				part.counts[string(token)] = c
			}
			if c.times++; c.last != row {
				c.last = row
				c.texts++
			}
			return true
		})
		part.longest = max(part.longest, n)
	}
	return part, nil
}

func (l *textLearning) Add(part any) {
	p := part.(*textLearning)
	l.texts += p.texts
	l.longest = max(l.longest, p.longest)
	for k, c := range p.counts {
		if have := l.counts[k]; have != nil {
			have.times += c.times
			have.texts += c.texts
		} else {
			l.counts[k] = c
		}
	}
}

func (l *textLearning) Done() error {
	t := l.t
	t.longer = max(1, l.longest)
	if t.given != nil {
		return nil
	}
	delete(l.counts, "")
	delete(l.counts, unknownToken)
	if len(l.counts) == 0 {
		return fmt.Errorf("text_vectorization found no words in the train split")
	}
	tokens := make([]string, 0, len(l.counts))
	for k := range l.counts {
		tokens = append(tokens, k)
	}
	slices.SortFunc(tokens, func(a, b string) int {
		return cmp.Or(cmp.Compare(l.counts[b].times, l.counts[a].times), strings.Compare(b, a))
	})
	if t.maxTokens != nil {
		tokens = slices.Clone(tokens[:min(len(tokens), *t.maxTokens-t.start())])
	}
	t.set(tokens)
	if t.mode == "tf_idf" {
		idf := make([]float64, len(tokens))
		for i, k := range tokens {
			// Log1p is Go's own on all processors.
			idf[i] = float64(float32(math.Log1p(float64(l.texts) / float64(1+l.counts[k].texts))))
		}
		t.weigh(idf)
	}
	return nil
}

type textState struct {
	Vocabulary []string  `json:"vocabulary,omitempty"`
	IDF        []float32 `json:"idf_weights,omitempty"` // of the unknown tokens, then of the vocabulary
	Length     int       `json:"length,omitempty"`
}

// State returns what was learned.
func (t *textVectorization) State() (json.RawMessage, error) {
	if !t.Learns() {
		return nil, nil
	}
	s := textState{Length: t.longer}
	if t.given == nil {
		s.Vocabulary, s.IDF = t.tokens, t.idf
	}
	return json.Marshal(s)
}

// SetState takes back what was learned.
func (t *textVectorization) SetState(in column.Field, state json.RawMessage) error {
	var s textState
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	t.longer = s.Length
	if t.given != nil {
		return nil
	}
	t.set(s.Vocabulary)
	t.idf = s.IDF
	switch {
	case len(t.at) != len(t.tokens):
		return fmt.Errorf("the saved vocabulary has a token twice")
	case t.mode == "tf_idf" && len(t.idf) != 1+len(t.tokens):
		return fmt.Errorf("the saved weights are not as many as the vocabulary's tokens")
	case t.mode == "int" && t.length == nil && t.longer < 1:
		return fmt.Errorf("the saved length of texts is missing")
	}
	return nil
}
