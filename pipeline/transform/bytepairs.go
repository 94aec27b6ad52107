package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bytePairs are the tokens of a tokenizer.json, and which pairs of them are joined to a longer one, in which order.
type bytePairs struct {
	vocabulary map[string]int32
	ranks      map[[2]string]int
	added      []addedToken
	size       int
	unknown    int32 // -1 for none
	prefix     bool  // a text begins as if a space stood before it
	lower      bool
	letters    [256]string
}

type addedToken struct {
	ID      int32
	Content string
}

// tokenizerFile is as much of a tokenizer.json as is read.
type tokenizerFile struct {
	Added      []addedToken   `json:"added_tokens"`
	Normalizer *tokenizerStep `json:"normalizer"`
	Words      *tokenizerStep `json:"pre_tokenizer"`
	Model      struct {
		Type       string
		Vocabulary map[string]int32 `json:"vocab"`
		Merges     []json.RawMessage
		Unknown    *string `json:"unk_token"`
		Prefix     string  `json:"continuing_subword_prefix"`
		Suffix     string  `json:"end_of_word_suffix"`
		Fallback   bool    `json:"byte_fallback"`
	}
}

type tokenizerStep struct {
	Type   string
	Prefix *bool            `json:"add_prefix_space"`
	Regex  *bool            `json:"use_regex"`
	Words  []*tokenizerStep `json:"pretokenizers"`
	Steps  []*tokenizerStep `json:"normalizers"`
}

// maxTokens bounds a vocabulary.
const maxTokens = 1 << 24

func readBytePairs(src []byte) (*bytePairs, error) {
	var f tokenizerFile
	if err := json.Unmarshal(src, &f); err != nil {
		return nil, fmt.Errorf("it is no tokenizer.json: %w", err)
	}
	if f.Model.Type != "BPE" {
		return nil, fmt.Errorf("its model is of type %q, and this version of dlrun reads byte pairs, BPE", f.Model.Type)
	}
	if f.Model.Prefix != "" || f.Model.Suffix != "" || f.Model.Fallback {
		return nil, errors.New("its model marks the beginnings or ends of words, or falls back to bytes, which this version of dlrun does not do")
	}
	p := &bytePairs{vocabulary: f.Model.Vocabulary, ranks: map[[2]string]int{}, added: f.Added, unknown: -1}
	count := func(id int32) error {
		if id < 0 || id >= maxTokens {
			return fmt.Errorf("it has a token of the index %d", id)
		}
		p.size = max(p.size, int(id)+1)
		return nil
	}
	for _, id := range p.vocabulary {
		if err := count(id); err != nil {
			return nil, err
		}
	}
	for _, a := range p.added {
		if err := count(a.ID); err != nil {
			return nil, err
		}
		if a.Content == "" {
			return nil, errors.New("it has an added token that is empty")
		}
	}
	if p.size == 0 {
		return nil, errors.New("its vocabulary is empty")
	}
	for i, raw := range f.Model.Merges {
		var pair []string
		if json.Unmarshal(raw, &pair) != nil {
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				return nil, fmt.Errorf("merge %d is neither a pair nor text", i+1)
			}
			pair = strings.Split(s, " ")
		}
		if len(pair) != 2 {
			return nil, fmt.Errorf("merge %d is no pair of tokens", i+1)
		}
		p.ranks[[2]string(pair)] = i
	}
	if f.Model.Unknown != nil {
		id, ok := p.vocabulary[*f.Model.Unknown]
		if !ok {
			return nil, fmt.Errorf("its token for unknown ones, %q, is not in the vocabulary", *f.Model.Unknown)
		}
		p.unknown = id
	}
	for _, s := range flatten(f.Normalizer, func(s *tokenizerStep) []*tokenizerStep { return s.Steps }) {
		if s.Type != "Lowercase" {
			return nil, fmt.Errorf("its normalizer %q is not one that this version of dlrun has", s.Type)
		}
		p.lower = true
	}
	bytes := false
	for _, s := range flatten(f.Words, func(s *tokenizerStep) []*tokenizerStep { return s.Words }) {
		if s.Type != "ByteLevel" {
			return nil, fmt.Errorf("its pre_tokenizer %q is not one that this version of dlrun has", s.Type)
		}
		bytes = true
		p.prefix = p.prefix || s.Prefix == nil || *s.Prefix
		if s.Regex != nil && !*s.Regex {
			return nil, errors.New("its pre_tokenizer ByteLevel has use_regex = false, which this version of dlrun does not read")
		}
	}
	if !bytes {
		return nil, errors.New("it has no pre_tokenizer ByteLevel, and this version of dlrun reads tokens of bytes")
	}
	p.letter()
	return p, nil
}

func flatten(s *tokenizerStep, parts func(*tokenizerStep) []*tokenizerStep) []*tokenizerStep {
	if s == nil {
		return nil
	}
	if s.Type == "Sequence" {
		return parts(s)
	}
	return []*tokenizerStep{s}
}

// letter finds the character that stands for each byte in tokens: GPT-2's bytes_to_unicode.
func (p *bytePairs) letter() {
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if !(r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®') {
			r = next
			next++
		}
		p.letters[b] = string(r)
	}
}

// bytePairWork takes texts apart, and remembers words.
type bytePairWork struct {
	*bytePairs
	words map[string][]int32
	parts []string
	ids   []int32
}

func newBytePairWork(p *bytePairs) *bytePairWork {
	return &bytePairWork{bytePairs: p, words: map[string][]int32{}}
}

// tokens appends the indices of a text's tokens.
func (w *bytePairWork) tokens(ids []int32, text string) []int32 {
	for text != "" {
		// Added tokens stand for themselves, wherever they are: the first, and of several there the longest.
		at, token := len(text), addedToken{}
		for _, a := range w.added {
			if i := strings.Index(text, a.Content); i >= 0 && (i < at || i == at && len(a.Content) > len(token.Content)) {
				at, token = i, a
			}
		}
		ids = w.plainText(ids, text[:at])
		if token.Content == "" {
			break
		}
		ids = append(ids, token.ID)
		text = text[at+len(token.Content):]
	}
	return ids
}

func (w *bytePairWork) plainText(ids []int32, text string) []int32 {
	if text == "" {
		return ids
	}
	if w.lower {
		text = strings.ToLower(text)
	}
	if w.prefix && text[0] != ' ' {
		text = " " + text
	}
	for text != "" {
		n := min(word(text), longestWord)
		ids = append(ids, w.word(text[:n])...)
		text = text[n:]
	}
	return ids
}

// longestWord bounds a word, whose joining takes time by the square of its length: longer ones are cut, as no language has them.
const longestWord = 4096

// word is how long the first word of a text is, by the expression of GPT-2:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func word(text string) int {
	for _, s := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(text, s) {
			return len(s)
		}
	}
	from := 0
	if text[0] == ' ' {
		from = 1
	}
	kind := func(r rune) int {
		switch {
		case unicode.IsSpace(r):
			return 0
		case unicode.IsLetter(r):
			return 1
		case unicode.IsNumber(r):
			return 2
		}
		return 3
	}
	first, _ := utf8.DecodeRuneInString(text[from:])
	if k := kind(first); from < len(text) && k > 0 {
		for i, r := range text[from:] {
			if kind(r) != k {
				return from + i
			}
		}
		return len(text)
	}
	last := 0 // where the last character of the white space begins
	for i, r := range text {
		if kind(r) != 0 {
			if last > 0 {
				return last // it belongs to the next word
			}
			return i
		}
		last = i
	}
	return len(text)
}

// word returns the indices of a word's tokens.
func (w *bytePairWork) word(s string) []int32 {
	if ids, ok := w.words[s]; ok {
		return ids
	}
	parts := w.parts[:0]
	for i := range len(s) {
		parts = append(parts, w.letters[s[i]])
	}
	for len(parts) > 1 {
		best, at := -1, 0
		for i := range len(parts) - 1 {
			if r, ok := w.ranks[[2]string{parts[i], parts[i+1]}]; ok && (best < 0 || r < best) {
				best, at = r, i
			}
		}
		if best < 0 {
			break
		}
		a, b := parts[at], parts[at+1]
		joined := a + b
		n := 0 // all of this pair are joined, from the left
		for i := 0; i < len(parts); i++ {
			if i+1 < len(parts) && parts[i] == a && parts[i+1] == b {
				parts[n] = joined
				i++
			} else {
				parts[n] = parts[i]
			}
			n++
		}
		parts = parts[:n]
	}
	w.parts = parts[:0]
	ids := make([]int32, 0, len(parts))
	for _, p := range parts {
		if id, ok := w.vocabulary[p]; ok {
			ids = append(ids, id)
		} else if w.unknown >= 0 {
			ids = append(ids, w.unknown)
		}
	}
	if len(w.words) < maxRemembered {
		w.words[s] = ids
	}
	return ids
}

// maxRemembered bounds the words that are remembered.
const maxRemembered = 1 << 17
