package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

var _ = Register("parquet", func() Source { return new(parquetSource) })

// parquetSource reads columns by name from Parquet files, and nothing of the others. Parquet is read by
// parquet-go, because Arrow's own reader for Go, of the version that the pipeline is built on, ignores
// that a page is cut short.
type parquetSource struct{ paths }

func (s *parquetSource) Schema(b *schema.Block) {
	b.Doc("Reads columns by name from Parquet files; columns that nothing needs are not read.", "pandas.read_parquet",
		"float64 and decimals become float32; dates and points in time become text; lists of one length become tensors. A missing value (null) is an error, unless a transform \"imputation\" at the beginning fills it in.")
	s.bind(b, "Parquet file")
}

// Field knows nothing before the file has been opened.
func (s *parquetSource) Field(name string, asked column.Kind) (column.Field, error) {
	return column.Field{Name: name}, nil
}

func (s *parquetSource) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return s.fileByFile(ctx, r, readParquet)
}

// At returns a source that reads another file.
func (s *parquetSource) At(path string) Source { return &parquetSource{paths{path: path}} }

// Columns returns the names of a file's columns.
func (s *parquetSource) Columns(dir string) ([]string, error) {
	path, err := s.first(dir)
	if err != nil {
		return nil, err
	}
	f, size, err := open(path, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := openParquet(f, size, path)
	if err != nil {
		return nil, err
	}
	return parquetNames(p), nil
}

func openParquet(f *os.File, size int64, path string) (p *parquet.File, err error) {
	err = Guarded(func() error {
		if err := checkFooter(f, size); err != nil {
			return err
		}
		p, err = parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(256<<10))
		return err
	})
	if err != nil {
		return nil, &Error{File: path, Err: fmt.Errorf("it is not in Parquet's format, or it is damaged: %w", err)}
	}
	return p, nil
}

// checkFooter checks that the file ends in a description that it has room for.
func checkFooter(f *os.File, size int64) error {
	var end [8]byte
	if _, err := f.ReadAt(end[:], max(0, size-8)); err != nil || !bytes.Equal(end[4:], []byte("PAR1")) {
		return errors.New("its last four bytes are not PAR1")
	}
	if n := int64(binary.LittleEndian.Uint32(end[:])); n > size-12 {
		return fmt.Errorf("its description is said to have %d bytes, and it has %d in all", n, size)
	}
	return nil
}

func parquetNames(p *parquet.File) []string {
	var names []string
	for _, c := range p.Root().Columns() {
		names = append(names, c.Name())
	}
	return names
}

// readParquet yields the rows of one file, a row group at a time, its columns on all workers.
func readParquet(ctx context.Context, path string, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		f, size, err := open(path, nil)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		noted := sync.OnceValue(r.Files.hashBeside(path, f, size))
		defer noted() // its error counts where the file was read to its end
		p, err := openParquet(f, size, path)
		if err != nil {
			yield(nil, err)
			return
		}
		columns, err := parquetColumns(p, path, r.Columns)
		if err != nil {
			yield(nil, err)
			return
		}
		row := int64(0)
		for g, group := range p.RowGroups() {
			t, err := readRowGroup(ctx, path, group, columns, row, r)
			if err != nil {
				var in *Error
				if ctx.Err() == nil && !errors.As(err, &in) {
					err = &Error{File: path, Err: fmt.Errorf("row group %d: %w", g+1, err)}
				}
				yield(nil, err)
				return
			}
			row += int64(t.Rows)
			if !t.yield(&r, yield) {
				return
			}
		}
		err = noted()
		if row == 0 {
			err = &Error{File: path, Err: errNoRows}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// parquetColumns finds the columns wanted, and checks that each is one that can be read.
func parquetColumns(p *parquet.File, path string, wants []Want) ([]*parquetColumn, error) {
	at, err := columnsOf(path, parquetNames(p), wants)
	if err != nil {
		return nil, err
	}
	columns := make([]*parquetColumn, len(at))
	for i, j := range at {
		top := p.Root().Columns()[j]
		leaf := top
		for !leaf.Leaf() && len(leaf.Columns()) == 1 {
			leaf = leaf.Columns()[0]
		}
		if !leaf.Leaf() || leaf.MaxRepetitionLevel() > 1 || leaf != top && leaf.MaxRepetitionLevel() == 0 {
			return nil, &Error{File: path, Column: top.Name(), Err: errors.New("it holds groups of columns or lists of lists, which dlrun does not read")}
		}
		if columns[i], err = newParquetColumn(p, wants[i], top, leaf); err != nil {
			return nil, &Error{File: path, Column: top.Name(), Err: err}
		}
	}
	return columns, nil
}

// readRowGroup reads some columns of a row group; before counts the rows in front of it.
func readRowGroup(ctx context.Context, path string, group parquet.RowGroup, columns []*parquetColumn, before int64, r Request) (*Table, error) {
	rows := group.NumRows()
	if need := rows * 4 * int64(len(columns)); rows < 0 || rows > r.Limit || need > r.Limit {
		return nil, errFull(max(rows, need), r.Limit)
	}
	type part struct {
		field column.Field
		array arrow.Array
		wrong mistakes
	}
	parts := make([]part, len(columns))
	err := parallel.Each(ctx, r.Workers, len(columns), func(_, i int) error {
		c, k := columns[i], &parts[i]
		err := Guarded(func() (err error) {
			k.field, k.array, err = c.read(group.ColumnChunks()[c.leaf.Index()], rows, r.Limit/int64(len(columns)), r.adopting(c.want.Kind, &k.wrong))
			return err
		})
		if err == nil {
			return nil
		}
		e := &Error{File: path, Column: c.want.Name, Err: err}
		var row *column.RowError
		if errors.As(err, &row) {
			e.Row, e.Err = before+int64(row.Row)+1, row.Err
		}
		return e
	})
	if err != nil {
		return nil, err
	}
	t := &Table{File: path, First: before + 1, Rows: int(rows)}
	for i := range parts {
		t.fields, t.arrays = append(t.fields, parts[i].field), append(t.arrays, parts[i].array)
		t.noteIn(columns[i].want.Name, &parts[i].wrong)
	}
	return t, nil
}
