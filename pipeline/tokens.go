package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

// Windows over tokens: the texts that the source gives are sequences, whose tokens are the rows of all lanes.

// countTokens finds out where each text's tokens begin among those of all.
func (p *opening) countTokens(ctx context.Context, win *windows) error {
	c := p.def.chains()[0]
	seq := c.sequence()
	counts := make([][]int, len(p.store.chunks))
	err := parallel.Each(ctx, p.data.workers, len(counts), func(_, chunk int) error {
		v, err := p.raw(c, chunk, new(column.Values))
		if err != nil {
			return err
		}
		for _, text := range v.Str {
			counts[chunk] = append(counts[chunk], seq.Count(text))
		}
		return nil
	})
	if err != nil {
		return err
	}
	total := 0
	for _, rows := range counts {
		for _, n := range rows {
			win.tokens = append(win.tokens, int32(total))
			if total += n; total > maxRows {
				return fmt.Errorf("there are more than %d tokens", maxRows)
			}
		}
	}
	win.tokens = append(win.tokens, int32(total))
	return nil
}

// seen returns the texts of a chunk as far as windows of the train split read them.
func (p *opening) seen(c *chain, chunk int, texts []string) []string {
	var out []string
	seq, win := c.sequence(), p.data.windows
	for r, text := range texts {
		row := p.store.starts[chunk] + r
		from, to := win.tokens[row], win.tokens[row+1]
		i := sort.Search(len(p.spans), func(i int) bool { return p.spans[i][1] > from })
		var spans [][2]int
		for ; i < len(p.spans) && p.spans[i][0] < to; i++ {
			spans = append(spans, [2]int{int(p.spans[i][0] - from), int(p.spans[i][1] - from)})
		}
		out = seq.Parts(out, text, spans)
	}
	return out
}

// tokenRows turns the texts of a chunk into a row for each token.
func (p *opening) tokenRows(c *chain, chunk int, v *column.Values) (*column.Values, error) {
	seq, win := c.sequence(), p.data.windows
	row := p.store.starts[chunk]
	out := &column.Values{Kind: column.Int32, I32: make([]int32, 0, win.tokens[row+v.Rows]-win.tokens[row])}
	for r, text := range v.Str {
		out.I32 = seq.Tokens(out.I32, text)
		if n := len(out.I32); n != int(win.tokens[row+r+1]-win.tokens[row]) {
			return nil, &column.RowError{Row: r, Err: errors.New("its text comes apart into other tokens than for the first feature, and windows are over the same of all")}
		}
	}
	out.Rows = len(out.I32)
	return out, nil
}
