package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// reach says which rows of a window a chain reads: so many, each rate after the one before, the first of
// them first after the row that the window begins with.
type reach struct {
	first, rate, rows int
	one               bool // rows is 1, and the tensor has no axis of steps
}

// last is the last row that is read, counted from the window's first.
func (r *reach) last() int { return r.first + (r.rows-1)*r.rate }

// reachOf is nil without a window.
func reachOf(w *dsl.Window, col *dsl.Column) *reach {
	if w == nil || w.Unknown {
		return nil
	}
	if a := col.After; a != nil {
		return &reach{first: (w.Length-1)*w.Rate + a.From, rate: 1, rows: a.To - a.From + 1, one: a.One}
	}
	return &reach{first: col.Shift, rate: w.Rate, rows: w.Length}
}

// windowed is what an example of the chain is, whose rows are these.
func (c *chain) windowed(row column.Field) column.Field {
	if c.reach != nil && !c.reach.one && row.Known {
		row.Shape = append([]int{c.reach.rows}, row.Shape...)
	}
	return row
}

// sequence is the chain's first step where it takes a text apart, or nil.
func (c *chain) sequence() transform.Sequencer {
	if steps := c.steps(); len(steps) > 0 {
		if s, ok := steps[0].transform.(transform.Sequencer); ok && s.Sequences() {
			return s
		}
	}
	return nil
}

// checkWindow finds out whether windows are over tokens, and refuses what does not go with them.
func (def *definition) checkWindow() hcl.Diagnostics {
	w := def.d.Window
	if w == nil {
		return nil
	}
	var diags hcl.Diagnostics
	at := func(r hcl.Range, summary, format string, a ...any) {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: &r})
	}
	all := def.chains()
	i := slices.IndexFunc(all, func(c *chain) bool { return c.sequence() != nil })
	if i < 0 {
		return nil
	}
	first := all[i]
	def.tokens = true
	for _, c := range all {
		switch {
		case c.wrong || c.decl.Unknown:
		case c.sequence() == nil || !slices.Equal(c.columns, first.columns):
			at(c.where(), "Rows and tokens", "Windows are over the tokens of %q, which the %s takes apart, and the %s does not: begin it with that feature, as in column = %q.", first.columns[0], first.named(), c.named(), first.decl.Name)
			c.wrong = true
		default:
			c.tokens = true
		}
	}
	for _, d := range []struct{ arg, column string }{{"order_by", w.OrderBy}, {"group", w.Group}} {
		if d.column != "" {
			at(w.Ranges[d.arg], "Windows over tokens", "`%s` is of windows over rows, and these are over the tokens of a text: each row is a sequence of its own.", d.arg)
		}
	}
	for _, w := range def.weights {
		at(w.decl.DeclRange, "Weighted tokens", "A sample weight belongs to a row, and windows are over the tokens of a text here.")
	}
	if s := def.d.Split; s != nil && s.Stratify != "" {
		at(s.Ranges["stratify"], "Stratified tokens", "Windows over the tokens of a text have no classes to stratify by.")
	}
	if whole, ok := def.source.(source.Sequential); ok {
		def.source = whole.Whole()
	}
	return diags
}

// windows are the examples of a dataset with a window.
type windows struct {
	order  []int32           // the rows in the order that windows see them; nil for as they come
	starts []int32           // where each window begins in that order, or in all tokens
	parts  map[string][2]int // from and to, by part of the source
	last   int               // of a window, counted from its first row

	tokens []int32 // where each row's tokens begin, and at the end their number; nil where windows are over rows
}

// at is the row or token that is n after the first of a window.
func (w *windows) at(window int32, n int) int32 {
	i := w.starts[window] + int32(n)
	if w.order == nil {
		return i
	}
	return w.order[i]
}

// positions appends where the rows lie that a lane reads of windows.
func (w *windows) positions(at []column.Position, chunks *chunkIndex, r *reach, examples []int32) []column.Position {
	for _, e := range examples {
		if w.order != nil {
			for k := range r.rows {
				at = append(at, chunks.position(w.at(e, r.first+k*r.rate)))
			}
			continue
		}
		// Rows that follow each other are mostly in one chunk.
		var p column.Position
		end := int32(-1)
		row := w.starts[e] + int32(r.first)
		for range r.rows {
			if row >= end {
				p = chunks.position(row)
				end = chunks.starts[p.Chunk+1]
			}
			at = append(at, p)
			p.Row += int32(r.rate)
			row += int32(r.rate)
		}
	}
	return at
}

// row is the row of the source that at is of.
func (w *windows) row(window int32, n int) int32 {
	i := w.at(window, n)
	if w.tokens == nil {
		return i
	}
	return int32(sort.Search(len(w.tokens), func(r int) bool { return w.tokens[r] > i }) - 1)
}

// window finds the windows.
func (p *opening) window(ctx context.Context) error {
	w := p.def.d.Window
	if w == nil {
		return nil
	}
	win := &windows{parts: map[string][2]int{}}
	for _, c := range p.def.chains() {
		win.last = max(win.last, c.reach.last())
	}
	if p.def.tokens {
		if err := p.countTokens(ctx, win); err != nil {
			return err
		}
	}
	groups, err := p.sequences(win)
	if err != nil {
		return err
	}
	for _, part := range p.parts {
		rows, ok := p.store.parts[part]
		if !ok {
			continue
		}
		from, longest := len(win.starts), 0
		for lo := rows[0]; lo < rows[1]; {
			hi := rows[1]
			begin, end := lo, hi
			if win.tokens != nil {
				hi = lo + 1
				begin, end = int(win.tokens[lo]), int(win.tokens[hi])
			} else if groups != nil {
				for hi = lo + 1; hi < rows[1] && groups[win.order[hi]] == groups[win.order[lo]]; {
					hi++
				}
				end = hi
			}
			longest = max(longest, end-begin)
			for at := begin; at+win.last < end; at += w.Stride {
				win.starts = append(win.starts, int32(at))
			}
			lo = hi
		}
		if len(win.starts) == from {
			what := "rows"
			if win.tokens != nil {
				what = "tokens"
			}
			return fmt.Errorf("the %s part has no window: one spans %d %s, what targets read later included, and the longest sequence has %d", part, win.last+1, what, longest)
		}
		win.parts[part] = [2]int{from, len(win.starts)}
	}
	p.data.windows = win
	return nil
}

// sequences puts the rows in order, group by group, and returns the group of each; nil where there are none.
func (p *opening) sequences(win *windows) ([]string, error) {
	w := p.def.d.Window
	if w.OrderBy == "" && w.Group == "" || p.def.tokens {
		return nil, nil
	}
	var groups []string
	var rank []int32
	if w.Group != "" {
		var err error
		if groups, err = p.keys(func(chunk int) (*column.Values, error) { return p.store.values(chunk, w.Group, column.String) }); err != nil {
			return nil, err
		}
	}
	if w.OrderBy != "" {
		var err error
		if rank, err = p.ranks(w.OrderBy); err != nil {
			return nil, err
		}
	}
	first := map[string]int32{} // row of each group
	for i, g := range groups {
		if _, ok := first[g]; !ok {
			first[g] = int32(i)
		}
	}
	win.order = make([]int32, p.store.rows)
	for i := range win.order {
		win.order[i] = int32(i)
	}
	for _, part := range p.store.parts {
		slices.SortStableFunc(win.order[part[0]:part[1]], func(a, b int32) int {
			if groups != nil {
				if n := cmp.Compare(first[groups[a]], first[groups[b]]); n != 0 {
					return n
				}
			}
			if rank == nil {
				return 0
			}
			return cmp.Compare(rank[a], rank[b])
		})
	}
	return groups, nil
}

// ranks says of each row how many different values of a column are smaller. The values are compared as
// numbers where all are, as text otherwise: dates that begin with the year are in order then.
func (p *opening) ranks(name string) ([]int32, error) {
	numbers, texts := make([]float64, 0, p.store.rows), []string(nil)
	for chunk := range p.store.chunks {
		v, err := p.store.values(chunk, name, column.String)
		if err != nil {
			return nil, err
		}
		if v.Size() != 1 {
			return nil, fmt.Errorf("column %q puts the rows in order, and holds %d values a row", name, v.Size())
		}
		switch v.Kind {
		case column.String:
			texts = append(texts, v.Str...)
		case column.Int64:
			for _, n := range v.I64 {
				numbers = append(numbers, float64(n))
			}
		default:
			f := column.Make(column.Float32, v.Shape, v.Rows)
			if err := column.Convert(f, v); err != nil {
				return nil, err
			}
			for _, x := range f.F32 {
				numbers = append(numbers, float64(x))
			}
		}
	}
	for _, s := range texts {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) {
			numbers = numbers[:0]
			break
		}
		numbers = append(numbers, x)
	}
	if len(numbers) > 0 || texts == nil {
		return ranked(numbers), nil
	}
	return ranked(texts), nil
}

func ranked[T cmp.Ordered](values []T) []int32 {
	order := make([]int32, len(values))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(values[a], values[b]) })
	out := make([]int32, len(values))
	for i := 1; i < len(order); i++ {
		out[order[i]] = out[order[i-1]]
		if cmp.Compare(values[order[i]], values[order[i-1]]) != 0 {
			out[order[i]]++
		}
	}
	return out
}

// sees tells which rows windows of the train split read, as Train; or for windows over tokens, which tokens.
func (w *windows) sees(parts []string, rows int) (of []string, spans [][2]int32) {
	if w.tokens != nil {
		for i, part := range parts { // starts ascend
			if part != Train {
				continue
			}
			from, to := w.starts[i], w.starts[i]+int32(w.last)+1
			if n := len(spans); n > 0 && from <= spans[n-1][1] {
				spans[n-1][1] = to
			} else {
				spans = append(spans, [2]int32{from, to})
			}
		}
		return nil, spans
	}
	of = make([]string, rows)
	for i, part := range parts {
		if part != Train {
			continue
		}
		for n := range w.last + 1 {
			of[w.at(int32(i), n)] = Train
		}
	}
	return of, nil
}
