package transform

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// tokenizer says how texts are taken apart.
type tokenizer struct {
	standardize string
	split       string
	ngrams      cty.Value // a number: runs of up to so many tokens; a list: of just these lengths

	widths []int
	drop   [256]bool // bytes that are left out
	lower  bool
}

func (t *tokenizer) prepare() {
	if t.ngrams != cty.NilVal {
		for _, n := range floats(t.ngrams) {
			t.widths = append(t.widths, int(n))
		}
		if t.ngrams.Type() == cty.Number {
			most := t.widths[0]
			for t.widths = nil; len(t.widths) < most; {
				t.widths = append(t.widths, len(t.widths)+1)
			}
		}
	}
	t.lower = strings.HasPrefix(t.standardize, "lower")
	if strings.HasSuffix(t.standardize, "strip_punctuation") {
		for _, c := range []byte("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'") {
			t.drop[c] = true
		}
	}
}

// maxNgram bounds a run of tokens.
const maxNgram = 64

// isWidths checks the argument ngrams.
func isWidths(v cty.Value) error {
	if err := isNumbers(v); err != nil {
		return err
	}
	for _, n := range floats(v) {
		if n != float32(int(n)) || n < 1 || n > maxNgram {
			return fmt.Errorf("a run has from 1 to %d tokens, got %v", maxNgram, n)
		}
	}
	return nil
}

// tokenized are the tokens of a text, in memory that the next text uses again.
type tokenized struct {
	text   []byte
	tokens [][]byte // nil where each character is one, and there are no runs
	run    []byte
}

// take standardizes a text and takes it apart.
func (w *tokenized) take(t *tokenizer, text string) {
	w.text = w.text[:0]
	for i := range len(text) {
		c := text[i]
		if t.drop[c] {
			continue
		}
		if t.lower && c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		w.text = append(w.text, c)
	}
	w.tokens = w.tokens[:0]
	switch t.split {
	case "none":
		w.tokens = append(w.tokens, w.text)
	case "character":
		if t.widths == nil {
			break
		}
		for rest := w.text; len(rest) > 0; {
			_, n := utf8.DecodeRune(rest)
			w.tokens = append(w.tokens, rest[:n])
			rest = rest[n:]
		}
	default:
		from := -1
		for i, c := range w.text {
			space := c == ' ' || c >= '\t' && c <= '\r'
			if space && from >= 0 {
				w.tokens = append(w.tokens, w.text[from:i])
				from = -1
			} else if !space && from < 0 {
				from = i
			}
		}
		if from >= 0 {
			w.tokens = append(w.tokens, w.text[from:])
		}
	}
}

// each calls f with the tokens, or the runs of tokens, until it returns false.
func (w *tokenized) each(t *tokenizer, f func(token []byte) bool) {
	if t.widths == nil && t.split == "character" {
		for rest := w.text; len(rest) > 0; {
			_, n := utf8.DecodeRune(rest)
			if !f(rest[:n]) {
				return
			}
			rest = rest[n:]
		}
		return
	}
	if t.widths == nil {
		for _, token := range w.tokens {
			if !f(token) {
				return
			}
		}
		return
	}
	for _, n := range t.widths {
		for i := 0; i+n <= len(w.tokens); i++ {
			w.run = append(w.run[:0], w.tokens[i]...)
			for _, token := range w.tokens[i+1 : i+n] {
				w.run = append(append(w.run, ' '), token...)
			}
			if !f(w.run) {
				return
			}
		}
	}
}
