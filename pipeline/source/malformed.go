package source

import (
	"maps"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
)

// OnError is what is done about a row with a mistake: a value of the wrong type, one that is missing, too few fields, a
// picture that cannot be decoded. A file that is damaged as a whole is an error whatever it says.
type OnError string

// The values of on_error.
const (
	Fail OnError = "fail" // it is an error that names file, row and column
	Skip OnError = "skip" // the row is left out, and counted
	Null OnError = "null" // the value counts as missing where the column is asked for as column.Optional; else as Fail
)

// MaxNotes bounds the mistakes that are kept with their words.
const MaxNotes = 20

// Malformed gathers what was found wrong and left out.
type Malformed struct {
	mu    sync.Mutex
	rows  int
	notes []string
}

// Add notes a mistake in a row. The rows of a source come in their order.
func (m *Malformed) Add(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows++
	if len(m.notes) < MaxNotes {
		m.notes = append(m.notes, err.Error())
	}
}

// Restore takes what was noted before.
func (m *Malformed) Restore(rows int, notes []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows, m.notes = rows, notes
}

// Found returns how many mistakes there were, and the first of them.
func (m *Malformed) Found() (rows int, notes []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows, m.notes
}

// skips tells whether a row with a mistake is left out.
func (r *Request) skips() bool { return r.OnError == Skip }

// adopting is how an array of a column is taken in whose mistakes go to m.
func (r *Request) adopting(kind column.Kind, m *mistakes) column.Adopting {
	o := column.Adopting{Optional: kind == column.Optional, Ragged: kind == column.List, Limit: r.Limit}
	if r.tolerates(kind) {
		o.Malformed = func(row int, err error) error { m.add(row, err); return nil }
	}
	return o
}

// tolerates tells whether a mistake in a value of a column asked for as kind does not end the reading.
func (r *Request) tolerates(kind column.Kind) bool {
	return r.OnError == Skip || r.OnError == Null && kind == column.Optional
}

// mistakes are those of some rows, by their numbers, from 0; of each row the first.
type mistakes struct {
	byRow  map[int]error
	sorted []int // the rows of byRow, once it is whole
}

func (m *mistakes) add(row int, err error) {
	if m.byRow == nil {
		m.byRow = map[int]error{}
	}
	if m.byRow[row] == nil {
		m.byRow[row] = err
	}
}

// note notes all mistakes, of rows that are in no record.
func (m *mistakes) note(r *Request, place func(row int, err error) error) {
	for _, row := range slices.Sorted(maps.Keys(m.byRow)) {
		r.Malformed.Add(place(row, m.byRow[row]))
	}
}

// tell notes the mistakes of a record, which begins with one of the rows that m counts, and returns it with its rows
// marked; by now all are known. place says where in a file a mistake is.
func (m *mistakes) tell(r *Request, rec arrow.Record, first int, place func(row int, err error) error) arrow.Record {
	if m == nil || len(m.byRow) == 0 {
		return rec
	}
	if m.sorted == nil {
		m.sorted = slices.Sorted(maps.Keys(m.byRow))
	}
	var rows []int
	i, _ := slices.BinarySearch(m.sorted, first)
	for _, row := range m.sorted[i:] {
		if row >= first+int(rec.NumRows()) {
			break
		}
		r.Malformed.Add(place(row, m.byRow[row]))
		rows = append(rows, row-first)
	}
	if r.OnError != Skip { // the row stays
		return rec
	}
	return column.WithMalformed(rec, rows)
}
