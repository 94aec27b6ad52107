package transform

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// lookup is what string_lookup and integer_lookup share: a vocabulary of keys, and an index for each.
// The indices are, in order: the mask token (only with output_mode "int", and only if there is one),
// the indices of unknown keys, the vocabulary. Keras: layers/preprocessing/index_lookup.py.
type lookup[K cmp.Ordered] struct {
	maxTokens *int
	numOOV    int
	mode      string
	pad       bool
	invert    bool

	given []K // the vocabulary argument; nil for none
	mask  *K
	oov   *K

	tokens []K
	at     map[K]int32

	show   func(K) string       // a key as a name
	bucket func(k K, n int) int // which of n indices an unknown key gets
	keys   func(*column.Values) []K
}

// modes are what a lookup can put out.
var modes = []string{"int", "one_hot", "multi_hot", "count"}

func (l *lookup[K]) bind(b *schema.Block) {
	b.OptInt(&l.maxTokens, "max_tokens", "Largest size of the vocabulary, special indices included.", schema.AtLeast(2))
	b.Int(&l.numOOV, "num_oov_indices", "How many indices unknown values share; with 0 an unknown value is an error.", schema.Default(1), schema.AtLeast(0), schema.AtMost(1<<20))
	b.Enum(&l.mode, "output_mode", "An index, or a vector with a place for each index.", modes, schema.Default("int"))
	b.Bool(&l.pad, "pad_to_max_tokens", "Make vectors max_tokens long however small the vocabulary is.", schema.Default(false))
	b.Bool(&l.invert, "invert", "Turn indices back into values.", schema.Default(false))
}

func (l *lookup[K]) validate() error {
	if l.pad && l.maxTokens == nil {
		return schema.Atf("pad_to_max_tokens", "it needs max_tokens")
	}
	if l.invert && l.mode != "int" {
		return schema.Atf("output_mode", `it is "int" where invert is true, got %q`, l.mode)
	}
	if l.invert && l.given == nil {
		return schema.Atf("invert", "turning indices back needs a vocabulary: there is none to be learned from indices")
	}
	if l.maxTokens != nil && *l.maxTokens <= l.start() {
		return schema.Atf("max_tokens", "%d leaves no room for a vocabulary: %d are taken by special indices", *l.maxTokens, l.start())
	}
	if l.given == nil {
		return nil
	}
	tokens := l.given
	if special := l.special(); len(special) > 0 && len(tokens) >= len(special) && slices.Equal(special, tokens[:len(special)]) {
		tokens = tokens[len(special):]
	}
	if len(tokens) == 0 {
		return schema.Atf("vocabulary", "the vocabulary is empty")
	}
	seen := map[K]bool{}
	for _, k := range tokens {
		switch {
		case seen[k]:
			return schema.Atf("vocabulary", "%q is in it twice", l.show(k))
		case l.mask != nil && k == *l.mask:
			return schema.Atf("vocabulary", "the mask token %q stands in it; special tokens are left out, or come first in their order", l.show(k))
		case l.invert && l.oov != nil && k == *l.oov:
			return schema.Atf("vocabulary", "the token for unknown values, %q, stands in it; special tokens are left out, or come first in their order", l.show(k))
		}
		seen[k] = true
	}
	if n := l.start() + len(tokens); l.maxTokens != nil && n > *l.maxTokens {
		return schema.Atf("vocabulary", "it makes %d indices with the special ones, and max_tokens is %d", n, *l.maxTokens)
	}
	l.set(tokens)
	return nil
}

// start is the index of the first key of the vocabulary.
func (l *lookup[K]) start() int { return l.oovStart() + l.numOOV }

func (l *lookup[K]) oovStart() int {
	if l.mask != nil && l.mode == "int" {
		return 1
	}
	return 0
}

// special lists the keys that stand for the special indices, as Keras' get_vocabulary does.
func (l *lookup[K]) special() []K {
	var out []K
	if l.oovStart() == 1 {
		out = append(out, *l.mask)
	}
	if l.oov == nil {
		return nil
	}
	for range l.numOOV {
		out = append(out, *l.oov)
	}
	return out
}

func (l *lookup[K]) set(tokens []K) {
	l.tokens, l.at = tokens, make(map[K]int32, len(tokens))
	for i, k := range tokens {
		l.at[k] = int32(l.start() + i)
	}
}

// VocabularySize counts the special indices and the vocabulary.
func (l *lookup[K]) VocabularySize() int {
	if l.at == nil {
		return -1
	}
	return l.start() + len(l.tokens)
}

// depth is the length of a vector.
func (l *lookup[K]) depth() int {
	if l.pad && l.maxTokens != nil {
		return *l.maxTokens
	}
	return l.VocabularySize()
}

func (l *lookup[K]) Categories() (int, []string) {
	if l.invert {
		return -1, nil
	}
	if l.at == nil {
		return l.depth(), nil
	}
	names := make([]string, 0, l.depth())
	if l.oovStart() == 1 {
		names = append(names, l.show(*l.mask))
	}
	for range l.numOOV {
		name := ""
		if l.oov != nil {
			name = l.show(*l.oov)
		}
		names = append(names, name)
	}
	for _, k := range l.tokens {
		names = append(names, l.show(k))
	}
	for len(names) < l.depth() && l.mode != "int" {
		names = append(names, "")
	}
	return len(names), names
}

func (l *lookup[K]) out(in column.Field, inverted column.Kind) (column.Field, error) {
	if l.invert {
		if in.Kind == column.String || in.Kind == column.Float32 {
			return in, fmt.Errorf("it turns indices back, and column %q holds %s", in.Name, in.Kind)
		}
		return in.WithKind(inverted), nil
	}
	return encodedField(in, l.mode, l.depth()), nil
}

func (l *lookup[K]) Learns() bool { return l.given == nil }

func (l *lookup[K]) Adapt(column.Field) (Learning, error) {
	return &lookupLearning[K]{l, map[K]int{}}, nil
}

// lookupLearning counts the keys. More frequent ones come first, and of equally frequent ones the greater.
type lookupLearning[K cmp.Ordered] struct {
	*lookup[K]
	counts map[K]int
}

func (l *lookupLearning[K]) Part(rows *column.Values) (any, error) {
	counts := map[K]int{}
	for _, k := range l.keys(rows) {
		counts[k]++
	}
	return counts, nil
}

func (l *lookupLearning[K]) Add(part any) {
	for k, n := range part.(map[K]int) {
		l.counts[k] += n
	}
}

func (l *lookupLearning[K]) Done() error {
	if l.mask != nil {
		delete(l.counts, *l.mask)
	}
	if l.oov != nil {
		delete(l.counts, *l.oov)
	}
	tokens := make([]K, 0, len(l.counts))
	for k := range l.counts {
		tokens = append(tokens, k)
	}
	slices.SortFunc(tokens, func(a, b K) int {
		return cmp.Or(cmp.Compare(l.counts[b], l.counts[a]), cmp.Compare(b, a))
	})
	if l.maxTokens != nil {
		tokens = tokens[:min(len(tokens), *l.maxTokens-l.start())]
	}
	l.set(tokens)
	return nil
}

func (l *lookup[K]) State() (json.RawMessage, error) {
	if l.given != nil {
		return nil, nil
	}
	return json.Marshal(map[string]any{"vocabulary": l.tokens})
}

func (l *lookup[K]) SetState(in column.Field, state json.RawMessage) error {
	var s struct {
		Vocabulary []K `json:"vocabulary"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	l.set(s.Vocabulary)
	if len(l.at) != len(l.tokens) {
		return fmt.Errorf("the saved vocabulary has a value twice")
	}
	return nil
}

// CanFail is true where unknown values are refused.
func (l *lookup[K]) CanFail() bool { return l.numOOV == 0 && !l.invert }

// masked is the index that a mask token has in a vector: none.
const masked = -1

func (l *lookup[K]) index(k K) (int32, error) {
	if l.mask != nil && k == *l.mask {
		if l.mode == "int" {
			return 0, nil
		}
		return masked, nil
	}
	if i, ok := l.at[k]; ok {
		return i, nil
	}
	switch l.numOOV {
	case 0:
		return 0, fmt.Errorf("%q is not in the vocabulary; num_oov_indices = 1 would give unknown values an index of their own", l.show(k))
	case 1:
		return int32(l.oovStart()), nil
	}
	return int32(l.oovStart() + l.bucket(k, l.numOOV)), nil
}

func (l *lookup[K]) apply(dst, src *column.Values) error {
	keys := l.keys(src)
	row := max(1, src.Size())
	if l.mode == "int" {
		for i, k := range keys {
			n, err := l.index(k)
			if err != nil {
				return &column.RowError{Row: i / row, Err: err}
			}
			dst.I32[i] = n
		}
		return nil
	}
	e := encoder{mode: l.mode, depth: l.depth(), dst: dst.F32, vector: lastAxis(src.Shape)}
	e.clear()
	for i, k := range keys {
		n, err := l.index(k)
		if err != nil {
			return &column.RowError{Row: i / row, Err: err}
		}
		e.put(i, int(n))
	}
	return nil
}

// unindex returns the key of an index, and the token for unknown values where there is none.
func (l *lookup[K]) unindex(n int64) (K, error) {
	if l.mask != nil && n == 0 {
		return *l.mask, nil
	}
	if i := n - int64(l.start()); i >= 0 && i < int64(len(l.tokens)) {
		return l.tokens[i], nil
	}
	if l.oov == nil {
		var none K
		return none, fmt.Errorf("%d is no index of the vocabulary, and there is no oov_token to stand for it", n)
	}
	return *l.oov, nil
}
