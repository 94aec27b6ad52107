package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Rows with a mistake, where on_error says to leave them out. They keep their place and number, with something that
// means nothing in them, so that every other row has the split and the order that it would have had; they are in no
// split, and no step is given them. A source marks those that it could not read; the others are found by steps that
// refuse a row, before training begins.

// Malformed is what was found wrong with the data and passed over.
type Malformed struct {
	Rows   int      `json:"rows"`             // left out; on_error = "skip"
	Values int      `json:"values,omitempty"` // taken as missing; on_error = "null"
	Of     int      `json:"of"`               // rows that were read
	Notes  []string `json:"notes"`            // what is wrong with the first of them, and where
}

// malformed keeps account of them.
type malformed struct {
	policy source.OnError
	found  source.Malformed // by the source
	rows   []bool           // with a mistake; nil before rows were read, and where none is left out

	mu      sync.Mutex
	refused []int // rows found by steps
	notes   []lateNote
}

// lateNote is a row that a step refused.
type lateNote struct {
	Row  int    `json:"row"`
	Text string `json:"text"`
}

// skips tells whether rows with a mistake are left out.
func (m *malformed) skips() bool { return m.policy == source.Skip }

// has tells whether a row has a mistake.
func (m *malformed) has(row int) bool { return m.rows != nil && m.rows[row] }

// mark notes a mistake in a row; false where rows are not left out. Rows of different chunks may be marked at a time.
func (m *malformed) mark(row int, err error) bool {
	if !m.skips() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows[row] {
		return true
	}
	m.rows[row] = true
	m.refused = append(m.refused, row)
	m.keep(lateNote{row, err.Error()})
	return true
}

// note notes a value that is taken as missing.
func (m *malformed) note(row int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused = append(m.refused, row)
	m.keep(lateNote{row, err.Error()})
}

// keep keeps the notes of the first rows.
func (m *malformed) keep(n lateNote) {
	at, _ := slices.BinarySearchFunc(m.notes, n, func(a, b lateNote) int { return cmp.Compare(a.Row, b.Row) })
	if at < source.MaxNotes {
		m.notes = slices.Insert(m.notes, at, n)
		m.notes = m.notes[:min(len(m.notes), source.MaxNotes)]
	}
}

// lateRows are the rows that steps have refused, those that were not kept without words.
func (m *malformed) lateRows() []lateNote {
	out, known := []lateNote{}, map[int]string{}
	for _, n := range m.notes {
		known[n.Row] = n.Text
	}
	for _, row := range m.refused {
		out = append(out, lateNote{row, known[row]})
	}
	return out
}

// marked is how many rows steps have refused so far.
func (m *malformed) marked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.refused)
}

// report says what was passed over; nil where nothing was.
func (m *malformed) report(of int) *Malformed {
	n, notes := m.found.Found()
	if n+len(m.refused) == 0 {
		return nil
	}
	out := &Malformed{Rows: n + len(m.refused), Of: of, Notes: notes}
	if !m.skips() {
		out.Rows, out.Values = 0, n+len(m.refused)
	}
	for _, l := range m.notes {
		if len(out.Notes) < source.MaxNotes {
			out.Notes = append(out.Notes, l.Text)
		}
	}
	return out
}

// Malformed says which rows were left out, or values taken as missing; nil where there were none.
func (d *Data) Malformed() *Malformed { return d.passed }

// String says it in a few words.
func (m *Malformed) String() string {
	var b strings.Builder
	if m.Rows > 0 {
		fmt.Fprintf(&b, "Of %d rows %d were left out, because something is wrong with them.", m.Of, m.Rows)
	} else {
		fmt.Fprintf(&b, "Of %d rows %d values were taken as missing, because something is wrong with them.", m.Of, m.Values)
	}
	const few = 5
	for i, n := range m.Notes {
		if i == few {
			b.WriteString(" …")
			break
		}
		b.WriteString(" " + sentence(n))
	}
	return b.String()
}

// passedOver reports what was left out, as a warning too.
func (p *opening) passedOver() {
	p.data.passed = p.bad.report(p.store.rows)
	if m := p.data.passed; m != nil {
		at := p.d.DeclRange
		if r, ok := p.d.Ranges["on_error"]; ok {
			at = r
		}
		summary := "Rows left out"
		if m.Rows == 0 {
			summary = "Values taken as missing"
		}
		p.warnings = append(p.warnings, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf("dataset %q: %v", p.d.Name, m), Subject: &at})
	}
}

// allRead takes over the rows that the source has marked.
func (p *opening) allRead() {
	if p.bad.skips() {
		p.bad.rows = make([]bool, p.store.rows)
		for _, row := range p.store.malformed {
			p.bad.rows[row] = true
		}
	}
}

// sift finds the rows that steps refuse which come before any that learns, so that no other step learns from them.
func (p *opening) sift(ctx context.Context) error {
	if !p.bad.skips() || p.def.tokens {
		return nil
	}
	for _, c := range p.def.chains() {
		n := 0
		for i, l := range c.all() {
			if l.augment == nil && l.learner() != nil && !l.ready || !l.out.Known || l.out.Size() < 0 {
				break
			}
			if l.augment == nil && l.canFail() {
				n = i + 1
			}
		}
		if n == 0 && !c.target {
			continue
		}
		links := c.all()[:n]
		if err := parallel.Each(ctx, p.data.workers, len(p.store.chunks), func(_, chunk int) error {
			return p.guarded(func() error {
				defer p.store.release(chunk)
				v, err := p.raw(c, chunk, new(column.Values))
				if err != nil {
					return err
				}
				if err := p.named(c, chunk, v); err != nil {
					return err
				}
				return p.sound(c, chunk, v, func(from int, v *column.Values) error {
					return new(walker).walk(links, v, func(int, *column.Values) error { return nil })
				})
			})
		}); err != nil {
			return err
		}
	}
	return nil
}

// named refuses a target that is no class's name.
func (p *opening) named(c *chain, chunk int, v *column.Values) error {
	for i, s := range v.Str {
		if s != "" || !c.target {
			continue
		}
		row := i / v.Size()
		err := p.rowError(c, chunk, &column.RowError{Row: row, Err: errors.New("it is empty where the name of a class is wanted")})
		if at := p.store.starts[chunk] + row; !p.bad.has(at) && !p.bad.mark(at, err) {
			return err
		}
	}
	return nil
}

// sound calls f with the rows of a chunk that have no mistake, run by run: from counts from the chunk's first. A row that
// f refuses, by a column.RowError, is marked, and f is called again with those before it, which it must not have kept.
func (p *opening) sound(c *chain, chunk int, v *column.Values, f func(from int, v *column.Values) error) error {
	start := p.store.starts[chunk]
	for from := 0; from < v.Rows; {
		if p.bad.has(start + from) {
			from++
			continue
		}
		to := from + 1
		for to < v.Rows && !p.bad.has(start+to) {
			to++
		}
		err := f(from, v.Slice(from, to))
		var row *column.RowError
		switch {
		case err == nil:
			from = to
		case !errors.As(err, &row) || !p.bad.mark(start+from+row.Row, p.rowError(c, chunk, &column.RowError{Row: from + row.Row, Err: row.Err})):
			if row != nil {
				err = &column.RowError{Row: from + row.Row, Err: row.Err}
			}
			return err
		}
	}
	return nil
}

// runSound is run for the rows of a chunk that have no mistake; in the place of the others there is something.
func (p *opening) runSound(c *chain, chunk int, links []*link, v *column.Values) (*column.Values, error) {
	if len(links) == 0 {
		return v, nil
	}
	if !p.bad.skips() {
		return run(links, v)
	}
	last := links[len(links)-1].out
	out := column.Make(last.Kind, last.Shape, v.Rows)
	size := out.Size()
	err := p.sound(c, chunk, v, func(from int, v *column.Values) error {
		got, err := run(links, v)
		if err != nil {
			return err
		}
		for r := range got.Rows {
			out.CopyRow(from+r, got, r, size)
		}
		return nil
	})
	return out, err
}

// leaveOut takes examples that have a row with a mistake out of the splits.
func (p *opening) leaveOut() error {
	if p.bad.rows == nil {
		return nil
	}
	for i, bad := range p.bad.rows {
		if bad && p.part != nil && i < len(p.part) && (p.data.windows == nil || p.data.windows.tokens == nil) {
			p.part[i] = ""
		}
	}
	if st := p.data.stream; st != nil {
		for i, bad := range p.bad.rows {
			if bad {
				st.codes[i] = noSplit
			}
		}
		p.countSplits(st)
		return p.checkSplits()
	}
	for name, rows := range p.data.splits {
		p.data.splits[name] = slices.DeleteFunc(rows, p.touched)
	}
	return p.checkSplits()
}

// touched tells whether an example has a row with a mistake.
func (p *opening) touched(example int32) bool {
	w := p.data.windows
	if w == nil {
		return p.bad.has(int(example))
	}
	if w.tokens != nil {
		return p.bad.has(int(w.row(example, 0)))
	}
	for n := range w.last + 1 {
		if p.bad.has(int(w.at(example, n))) {
			return true
		}
	}
	return false
}
