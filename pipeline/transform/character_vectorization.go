package transform

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("character_vectorization", func() Transform { return new(characterVectorization) })

// characterVectorization turns a text into the indices of its characters.
type characterVectorization struct{ textVectorization }

func (t *characterVectorization) Schema(b *schema.Block) {
	b.Doc("Turns a text into the indices of its characters, without changing them.", "dlrun",
		`It is text_vectorization with standardize = "none" and split = "character": index 0 is padding, 1 an unknown character. A learned vocabulary has the more frequent characters first.`)
	t.bindTokens(b)
	t.standardize, t.split, t.mode = "none", "character", "int"
}
