// Package source holds the kinds of data a dataset can be read from, one file each: csv, parquet, arrow,
// json, npz, npy, idx, text, image_folder, and (in package datasets) the built-in sets.
//
// A source has parts: the rows given for training, and rows for validation and test where it gives
// them apart. It reads a part as Arrow records (see package column), in the order of the file and only
// the columns it is asked for. A row is counted from 1 within its file.
package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// Sources is the registry of `source "KIND"` blocks.
var Sources = schema.NewRegistry[Source]("source")

// Register adds a source to the registry.
func Register(name string, make func() Source, aliases ...string) bool {
	return Sources.Register(name, make, aliases...)
}

// later are the kinds of the language that this version has not got. They are no names of Keras', so
// the registry's own words for planned things would not be true of them.
var later = []string{
	"coco", "reuters",
}

// Later says so of a kind that dlrun will have; nil for any other.
func Later(kind string) error {
	if !slices.Contains(later, kind) || Sources.Has(kind) {
		return nil
	}
	if kind == "reuters" {
		return errors.New("the set \"reuters\" is a file of pickled Python objects, which can run code when they are read, so dlrun never reads it; written as json or csv by Python, source \"json\" or \"csv\" reads it")
	}
	return fmt.Errorf("this version of dlrun cannot read the source %q yet; it reads %s files and has sets of its own", kind, "csv, parquet, arrow, json, npz, npy, idx, text and picture")
}

// The parts of a source.
const (
	Train      = "train"
	Validation = "validation"
	Test       = "test"
)

// Source is a place that rows come from.
type Source interface {
	schema.Described

	// Parts are the parts that the source gives apart; Train is always one of them.
	Parts() []string

	// Field says what is known of a column without reading anything. asked is the kind that the
	// column's first step takes, column.Unknown where any will do; text becomes what is asked, other
	// data stays what it is. An error says that there is no such column (see MissingColumn).
	Field(name string, asked column.Kind) (column.Field, error)

	// Read yields a part's rows, the columns in the order asked. Each record holds at least a row.
	// Errors are *Error or *MissingColumn where a file is at fault.
	Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error]
}

// Located is a source of files that can read another file of its form.
type Located interface {
	Source

	// At returns a source that reads path alone.
	At(path string) Source

	// Columns lists the columns of the first file of the train part.
	Columns(dir string) ([]string, error)
}

// Sequential is a source whose rows may be whole sequences, as texts are.
type Sequential interface {
	// Whole is the source with rows as long as they come, unless its arguments say otherwise.
	Whole() Source
}

// Hasher is a source that can note the files of a part, as Read would, without reading rows.
type Hasher interface {
	Hash(ctx context.Context, r Request) error
}

// Request says what to read.
type Request struct {
	Dir     string // what relative paths start from
	Part    string
	Columns []Want
	Files   *Files // where the files that were read are noted
	Limit   int64  // bytes that may be held at once
	Workers int    // goroutines that may work; 0 for 1. The records are the same for any number

	OnError   OnError    // "" as Fail
	Malformed *Malformed // where mistakes are noted that are none of reading; set where OnError is not Fail
}

// Want is a column to read. Kind is as in Source.Field.
type Want struct {
	Name string
	Kind column.Kind
}

// recordBytes is about how many bytes a record should hold: large enough to make the work between records
// small, small enough that several fit in a processor's cache.
const recordBytes = 1 << 20

// chunkRows is how many rows of rowBytes make a record.
func chunkRows(rowBytes int64) int {
	return int(max(1, min(8192, recordBytes/max(1, rowBytes))))
}

// Error is a mistake in a file.
type Error struct {
	File   string
	Row    int64  // from 1; 0 where the whole file is at fault
	Line   int64  // of a text file; 0 for none
	Column string // "" where no one column is at fault
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Row > 0 {
		fmt.Fprintf(&b, ", row %d", e.Row)
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, " (line %d)", e.Line)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %q", e.Column)
	}
	return b.String() + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// MissingColumn says that a source has no column of a name.
type MissingColumn struct {
	File   string // "" for a built-in set
	Column string
	Have   []string
}

func (e *MissingColumn) Error() string {
	s := fmt.Sprintf("there is no column %q.%s", e.Column, schema.Suggest(e.Column, e.Have))
	if e.File != "" {
		return e.File + ": " + s
	}
	return s
}

// errFull is a reader's that would have to hold more than Request.Limit.
func errFull(need, limit int64) error {
	return fmt.Errorf("%s would have to be held in memory, and the limit is %s", Bytes(need), Bytes(limit))
}

// Bytes writes a number of bytes for people: "3.2 GiB".
func Bytes(n int64) string {
	const unit = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	f, i := float64(n)/1024, 0
	for f >= 1024 && i < len(unit)-1 {
		f, i = f/1024, i+1
	}
	return fmt.Sprintf("%.1f %ciB", f, unit[i])
}

var errNoRows = errors.New("there are no rows")
