package transform

// Windows over the tokens of a text, for what vectorizes text.

// Sequences is true where a text becomes an index for each token, however many there are.
func (t *textVectorization) Sequences() bool {
	return t.mode == "int" && t.widths == nil && t.length == nil
}

// Count is the number of a text's tokens.
func (t *textVectorization) Count(text string) int {
	var words tokenized
	words.take(&t.tokenizer, text)
	n := 0
	words.each(&t.tokenizer, func([]byte) bool { n++; return true })
	return n
}

// Tokens appends the indices of a text's tokens.
func (t *textVectorization) Tokens(ids []int32, text string) []int32 {
	var words tokenized
	words.take(&t.tokenizer, text)
	words.each(&t.tokenizer, func(token []byte) bool {
		at, ok := t.at[string(token)]
		if !ok && len(token) > 0 {
			at = 1
		}
		ids = append(ids, at)
		return true
	})
	return ids
}

// Parts joins the tokens of each span. What was standardized is standardized once more without being changed.
func (t *textVectorization) Parts(texts []string, text string, spans [][2]int) []string {
	var words tokenized
	words.take(&t.tokenizer, text)
	var part []byte
	n, at := 0, 0
	words.each(&t.tokenizer, func(token []byte) bool {
		if at == len(spans) {
			return false
		}
		if n >= spans[at][0] && n < spans[at][1] {
			if len(part) > 0 && t.split == "whitespace" {
				part = append(part, ' ')
			}
			part = append(part, token...)
		}
		if n++; n == spans[at][1] {
			texts, part = append(texts, string(part)), part[:0]
			at++
		}
		return true
	})
	if len(part) > 0 {
		texts = append(texts, string(part))
	}
	return texts
}
