package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/shards"
	"github.com/dlrun/dlrun/pipeline/source"
)

// store holds the rows that were read, in chunks as they came.
type store struct {
	wants  []source.Want
	index  map[source.Want]int
	chunks []chunk
	starts []int // the number of each chunk's first row
	rows   int
	parts  map[string][2]int // from and to, by part
	fields []column.Field    // of the wants, known once a row was read
	bytes  int64

	malformed []int32           // rows that the source could not read
	found     *source.Malformed // what it said of them

	// Of data that is streamed; see stream.go.
	cache  *shards.Cache // nil where it cannot be
	lookup func(context.Context) (bool, error)
	group  string
	key    string         // of shards
	spill  *shards.Writer // while the source is read
	shards *shards.Rows   // then; chunks are its shards, without records
}

// chunk is a run of rows.
type chunk struct {
	rec    arrow.Record // nil where the rows are on the disk
	rows   int
	origin column.Origin
}

// want asks for a column and returns its place.
func (s *store) want(name string, k column.Kind) {
	w := source.Want{Name: name, Kind: k}
	if s.index == nil {
		s.index = map[source.Want]int{}
	}
	if _, ok := s.index[w]; !ok {
		s.index[w] = len(s.wants)
		s.wants = append(s.wants, w)
	}
}

// place returns where a column that was asked for stands.
func (s *store) place(name string, k column.Kind) int {
	i, ok := s.index[source.Want{Name: name, Kind: k}]
	if !ok {
		panic(fmt.Sprintf("pipeline: column %q was not asked for as %s", name, k))
	}
	return i
}

// field is what a column that was asked for turned out to hold.
func (s *store) field(name string, k column.Kind) column.Field { return s.fields[s.place(name, k)] }

// maxRows is as many rows as are numbered, in 32 bits.
const maxRows = 1<<31 - 1

// read reads parts of a source one after the other, up to limit bytes.
func (s *store) read(ctx context.Context, src source.Source, r source.Request, parts []string, progress func(string, int)) (err error) {
	s.parts = map[string][2]int{}
	defer func() {
		if s.spill != nil { // reading failed
			err = errors.Join(err, s.spill.Close())
		}
	}()
	for _, part := range parts {
		from := s.rows
		r.Part, r.Columns = part, s.wants
		for rec, err := range src.Read(ctx, r) {
			if err != nil {
				return err
			}
			if err := s.add(rec); err != nil {
				return err
			}
			if s.bytes > r.Limit && s.spill == nil {
				if s.cache == nil {
					return fmt.Errorf("the data takes more than %s of memory once decoded, which is the limit", source.Bytes(r.Limit))
				}
				if found, err := s.beginSpill(ctx, progress); found || err != nil {
					return err
				}
			}
			if progress != nil {
				progress("reading", s.rows)
			}
		}
		if s.rows == from {
			return fmt.Errorf("the %s part has no rows", part)
		}
		s.parts[part] = [2]int{from, s.rows}
	}
	if s.spill != nil {
		return s.endSpill(r.Files.List())
	}
	return nil
}

// rowOverhead is about how many bytes a row takes besides its columns: its split, its place in it and its
// class while the splits are made.
const rowOverhead = 64

func (s *store) add(rec arrow.Record) error {
	if int(rec.NumCols()) != len(s.wants) {
		return fmt.Errorf("the source gave %d columns, %d were asked for", rec.NumCols(), len(s.wants))
	}
	for i := range s.wants {
		f, err := column.FieldOf(rec.Schema().Field(i))
		if err != nil {
			return err
		}
		if len(s.fields) < len(s.wants) {
			s.fields = append(s.fields, f)
		} else if !f.Equal(s.fields[i]) {
			o := column.OriginOf(rec)
			return &source.Error{File: o.File, Column: f.Name, Err: fmt.Errorf("rows are %s, those before them are %s", f.Describe(), s.fields[i].Describe())}
		}
		s.bytes += held(rec.Column(i), f)
	}
	n := int(rec.NumRows())
	rows, err := column.MalformedOf(rec)
	if err != nil {
		return err
	}
	for _, row := range rows {
		s.malformed = append(s.malformed, int32(s.rows+row))
	}
	if s.rows > maxRows-n {
		return fmt.Errorf("there are more than %d rows", maxRows)
	}
	held := rec
	if s.spill != nil {
		if err := s.spill.Add(rec); err != nil {
			return err
		}
		held = nil
	}
	s.chunks = append(s.chunks, chunk{held, n, column.OriginOf(rec)})
	s.starts = append(s.starts, s.rows)
	s.rows += n
	s.bytes += rowOverhead * int64(n)
	return nil
}

// held is how many bytes an array's values take, which may be part of larger buffers.
func held(a arrow.Array, f column.Field) int64 {
	if f.Kind != column.String && f.Kind != column.List {
		return int64(a.Len()) * int64(f.RowBytes())
	}
	from, n := 0, a.Len()
	if l, ok := a.(*array.FixedSizeList); ok {
		from, n = l.Data().Offset()*f.Size(), n*f.Size()
		a = l.ListValues()
	}
	if b, ok := a.(*array.Binary); ok {
		return int64(len(b.ValueBytes())) + 4*int64(n)
	}
	t := a.(*array.String) // FieldOf knows no other arrays of text
	return int64(t.ValueOffset(from+n)-t.ValueOffset(from)) + 4*int64(n)
}

// values returns a column of a chunk over the same memory.
func (s *store) values(chunk int, name string, k column.Kind) (*column.Values, error) {
	if s.shards != nil {
		return s.shards.Column(chunk, s.place(name, k))
	}
	return column.FromRecord(s.chunks[chunk].rec, s.place(name, k))
}

// blame turns an error about a row of a chunk into one that names the file.
func (s *store) blame(chunk, row int, col string, err error) error {
	return blame(s.chunks[chunk].origin, row, col, err)
}
