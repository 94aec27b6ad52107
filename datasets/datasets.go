// Package datasets holds the data sets that dlrun knows by name, one file each: what they contain,
// whose they are, where they come from and under which checksums. `source "mnist" {}` reads one.
//
// A set whose files are embedded works without a network. The others are known, so that a model for
// them can be validated, and cannot be read by this version.
package datasets

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/fetch"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Set is a data set with a name.
type Set struct {
	Name    string
	Summary string // one sentence
	Home    string // a page about it
	Licence string
	Files   []File
	Columns []column.Field
	Rows    map[string]int // by part: train, test

	// read yields a part's rows with the columns wanted. It is nil where the files are not embedded.
	read func(ctx context.Context, part string, wants []source.Want) iter.Seq2[arrow.Record, error]

	// files does the same from the set's files on the disk, in the order of Files.
	files func(ctx context.Context, files []string, part string, wants []source.Want) iter.Seq2[arrow.Record, error]
}

// File is a file of a set as its authors published it.
type File struct {
	Name    string
	Part    string   // "" where it holds all parts
	Address string   // "" for one that is only known from a package, see NOTICE
	Size    int64    // 0 where not known
	SHA256  string   // a set without one would be whatever a server sends
	Also    []string // other checksums of the same content, as of files that were compressed anew
}

// Embedded tells whether the set can be read without a network.
func (s *Set) Embedded() bool { return s.read != nil }

var sets = map[string]*Set{}

// All lists the sets by name.
func All() []*Set {
	out := make([]*Set, 0, len(sets))
	for _, s := range sets {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// add registers a set, and a source of its name.
func add(s *Set) bool {
	sets[s.Name] = s
	return source.Register(s.Name, func() source.Source { return set{s} })
}

// set is a Set as a source.
type set struct{ *Set }

func (s set) Schema(b *schema.Block) {
	notes := []string{"Licence: " + s.Licence + ".", s.contents()}
	if !s.Embedded() {
		notes = append(notes, `It is fetched when it is first read; "dlrun datasets" does so beforehand, or takes it from files or a mirror.`)
	}
	b.Doc(s.Summary, "dlrun", notes...)
}

// contents says which columns and parts there are.
func (s set) contents() string {
	out := "Columns:"
	for i, f := range s.Columns {
		if i > 0 {
			out += ","
		}
		out += fmt.Sprintf(" %s (%s)", f.Name, f.Describe())
	}
	for i, p := range s.Parts() {
		if i == 0 {
			out += ". Rows:"
		} else {
			out += ","
		}
		out += fmt.Sprintf(" %d %s", s.Rows[p], p)
	}
	return out + "."
}

// Parts are those that the set comes in.
func (s set) Parts() []string {
	var parts []string
	for _, p := range []string{source.Train, source.Validation, source.Test} {
		if s.Rows[p] > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

func (s set) Field(name string, asked column.Kind) (column.Field, error) {
	i := slices.IndexFunc(s.Columns, func(f column.Field) bool { return f.Name == name })
	if i < 0 {
		have := make([]string, len(s.Columns))
		for i, f := range s.Columns {
			have[i] = f.Name
		}
		return column.Field{}, &source.MissingColumn{Column: name, Have: have}
	}
	return s.Columns[i], nil
}

func (s set) Read(ctx context.Context, r source.Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		for _, w := range r.Columns {
			if _, err := s.Field(w.Name, w.Kind); err != nil {
				yield(nil, err)
				return
			}
		}
		for _, f := range s.Files {
			if s.Embedded() && r.Files != nil && (f.Part == "" || f.Part == r.Part) {
				r.Files.Add(source.File{Path: "dlrun:" + s.Name + "/" + f.Name, Size: f.Size, SHA256: f.SHA256})
			}
		}
		rows := s.read
		if rows == nil {
			files, err := s.fetched(ctx, r)
			if err != nil {
				yield(nil, err)
				return
			}
			rows = func(ctx context.Context, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
				return s.files(ctx, files, part, wants)
			}
		}
		for rec, err := range rows(ctx, r.Part, r.Columns) {
			if err != nil {
				err = fmt.Errorf("set %q: %w", s.Name, err)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// fetched makes the files of a set available, compares them with what was published and notes them.
func (s set) fetched(ctx context.Context, r source.Request) ([]string, error) {
	if store == nil {
		return nil, fmt.Errorf("the set %q is not embedded, and there is no folder for such sets", s.Name)
	}
	files, err := store.ready(ctx, s.Set)
	if err != nil {
		return nil, err
	}
	for i, f := range s.Files {
		size, sum, err := fetch.Sum(files[i])
		if err == nil {
			err = f.remote().Check(size, sum)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w; \"dlrun datasets fetch %s\" brings it again", files[i], err, s.Name)
		}
		r.Files.Add(source.File{Path: "dlrun:" + s.Name + "/" + f.Name, Size: size, SHA256: sum})
	}
	return files, nil
}

// pick returns the fields of the columns wanted, in that order.
func (s *Set) pick(wants []source.Want) []column.Field {
	out := make([]column.Field, len(wants))
	for i, w := range wants {
		out[i] = s.Columns[slices.IndexFunc(s.Columns, func(f column.Field) bool { return f.Name == w.Name })]
	}
	return out
}

// digitNames are the classes of digits.
var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// label is a column of class numbers.
func label(name string, classes ...string) column.Field {
	f := column.Scalar(name, column.Int32)
	f.Classes = classes
	return f
}
