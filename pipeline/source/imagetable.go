package source

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("image_table", func() Source { return &imageTable{look: newImageFolder()} })

// imageTable reads a table of which one column holds the paths of pictures.
type imageTable struct {
	files  paths // the tables
	look   *imageFolder
	column string
	images string
}

func (s *imageTable) Schema(b *schema.Block) {
	b.Doc("Reads a table (csv, Parquet, Arrow, JSON) of which one column holds the paths of pictures: that column is the pictures, the others are as they are.", "dlrun",
		"The paths start from the folder images, and lead to files in it: one that leads out is an error. Pictures are read as image_folder reads them.")
	s.files.bind(b, "table file")
	b.String(&s.column, "column", "The column of the paths, which then holds the pictures.", schema.Default("image"))
	b.String(&s.images, "images", "The folder that the paths start from; that of the table where it is left out.", schema.Optional(), schema.Path())
	s.look.bindLook(b)
}

func (s *imageTable) Validate() error {
	if err := s.files.Validate(); err != nil {
		return err
	}
	for arg, path := range map[string]string{"path": s.files.path, "train": s.files.train, "validation": s.files.validation, "test": s.files.test} {
		if _, err := tableKind(path); path != "" && err != nil && !strings.ContainsAny(path, "*?[") {
			return schema.At(arg, err)
		}
	}
	return s.look.validateLook()
}

// tableKinds are the sources that read tables, by the endings of their names.
var tableKinds = map[string]string{
	".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".json": "json", ".jsonl": "json", ".ndjson": "json",
}

func tableKind(path string) (string, error) {
	kind, ok := tableKinds[strings.ToLower(filepath.Ext(Unpacked(path)))]
	if !ok {
		return "", fmt.Errorf("the name of a table ends with .csv, .tsv, .parquet, .arrow, .json or .jsonl, got %q", path)
	}
	return kind, nil
}

// Parts are the parts that have a table.
func (s *imageTable) Parts() []string { return s.files.Parts() }

// Overlap finds two parts that read the same tables.
func (s *imageTable) Overlap() (one, other string, ok bool) { return s.files.Overlap() }

// table is the source of a part's table, and the files of it.
func (s *imageTable) table(dir, part string) (Located, []string, error) {
	found, err := s.files.find(dir, part)
	if err != nil {
		return nil, nil, err
	}
	kind, err := tableKind(found[0])
	if err != nil {
		return nil, nil, err
	}
	in, err := Sources.New(kind)
	if err != nil {
		return nil, nil, err
	}
	schema.Describe(in) // sets the defaults
	if c, ok := in.(*csvSource); ok && strings.EqualFold(filepath.Ext(Unpacked(found[0])), ".tsv") {
		c.SetDelimiter("\t")
	}
	return in.(Located), found, nil
}

// Field is known of the pictures as far as the arguments tell.
func (s *imageTable) Field(name string, asked column.Kind) (column.Field, error) {
	if name != s.column {
		return column.Field{Name: name}, nil
	}
	f, err := s.look.Field(imageColumn, asked)
	f.Name = name
	return f, err
}

// At returns a source of the same form that reads another table, whose paths start from its folder.
func (s *imageTable) At(path string) Source {
	t := *s
	t.files, t.images = paths{path: path}, ""
	return &t
}

// Columns returns the names of a table's columns.
func (s *imageTable) Columns(dir string) ([]string, error) {
	in, found, err := s.table(dir, Train)
	if err != nil {
		return nil, err
	}
	return in.At(found[0]).(Located).Columns("")
}

func (s *imageTable) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		in, found, err := s.table(r.Dir, r.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		at := slices.IndexFunc(r.Columns, func(w Want) bool { return w.Name == s.column })
		inner := r
		inner.Part = Train
		inner.Columns = slices.Clone(r.Columns)
		if at >= 0 {
			inner.Columns[at].Kind = column.String
		}
		own := r
		own.Columns = []Want{{Name: imageColumn}}
		notes := new(Files)
		if r.Files != nil {
			own.Files = notes
		}
		d := &imageReader{folder: s.look, r: own}
		for _, path := range found {
			root := s.images
			if root == "" {
				root = filepath.Dir(path)
			} else if !filepath.IsAbs(root) {
				root = filepath.Join(r.Dir, root)
			}
			inside, err := filepath.EvalSymlinks(root)
			if err != nil {
				yield(nil, err)
				return
			}
			for rec, err := range in.At(path).Read(ctx, inner) {
				if err != nil || at < 0 {
					if !yield(rec, err) || err != nil {
						return
					}
					continue
				}
				for row, step := 0, 0; row < int(rec.NumRows()); row += step {
					// Pictures take more room than paths: a few rows at a time. The first tells how many.
					if step = 16; d.shape != nil {
						step = chunkRows(int64(d.bytes()))
					}
					step = min(step, int(rec.NumRows())-row)
					piece, err := cutRecord(rec, row, row+step)
					if err == nil {
						piece, err = s.pictures(ctx, d, inside, piece, at)
					}
					if !yield(piece, err) || err != nil {
						return
					}
				}
			}
			if r.Files != nil && at >= 0 {
				if err := r.Files.addFolder(inside, notes); err != nil {
					yield(nil, err)
					return
				}
			}
		}
	}
}

// cutRecord is the rows from and to of a record, with where they are from and which are malformed.
func cutRecord(rec arrow.Record, from, to int) (arrow.Record, error) {
	known, err := column.MalformedOf(rec)
	if err != nil {
		return nil, err
	}
	fields, arrays := make([]column.Field, rec.NumCols()), make([]arrow.Array, rec.NumCols())
	for i := range fields {
		if fields[i], err = column.FieldOf(rec.Schema().Field(i)); err != nil {
			return nil, err
		}
		arrays[i] = array.NewSlice(rec.Column(i), int64(from), int64(to))
	}
	o := column.OriginOf(rec)
	o.Row += int64(from)
	var bad []int
	for _, row := range known {
		if row >= from && row < to {
			bad = append(bad, row-from)
		}
	}
	return column.WithMalformed(column.RecordOf(fields, arrays, to-from, o), bad), nil
}

// pictures puts pictures in the place of a record's paths.
func (s *imageTable) pictures(ctx context.Context, d *imageReader, root string, rec arrow.Record, at int) (arrow.Record, error) {
	names, err := column.FromRecord(rec, at)
	if err != nil {
		return nil, err
	}
	from := column.OriginOf(rec)
	if names.Kind != column.String || names.Size() != 1 {
		return nil, &Error{File: from.File, Column: s.column, Err: fmt.Errorf("it holds %s, and the path of a picture is wanted", names.Field(s.column).Describe())}
	}
	known, err := column.MalformedOf(rec)
	if err != nil {
		return nil, err
	}
	files := make([]rowFile, names.Rows)
	for i, name := range names.Str {
		if _, bad := slices.BinarySearch(known, i); bad {
			continue // told of already
		}
		path, err := inFolder(root, name)
		if err != nil {
			err = &Error{File: from.File, Row: from.Row + int64(i), Column: s.column, Err: err}
			if !d.r.skips() {
				return nil, err
			}
		}
		files[i] = rowFile{path: path, wrong: err}
	}
	fields, arrays := make([]column.Field, rec.NumCols()), slices.Clone(rec.Columns())
	for i := range fields {
		if fields[i], err = column.FieldOf(rec.Schema().Field(i)); err != nil {
			return nil, err
		}
	}
	images, wrong, err := d.read(ctx, files, s.column)
	if err != nil {
		return nil, err
	}
	if images == nil { // no picture so far: what they would be is not known
		return nil, &Error{File: from.File, Row: from.Row, Column: s.column, Err: fmt.Errorf("none of the first %d pictures can be read", names.Rows)}
	}
	fields[at], arrays[at] = images.Field(s.column), images.Array()
	out := column.RecordOf(fields, arrays, int(rec.NumRows()), from)
	bad := known
	for _, row := range slices.Sorted(maps.Keys(wrong.byRow)) {
		d.r.Malformed.Add(wrong.byRow[row])
		bad = append(bad, row)
	}
	slices.Sort(bad)
	return column.WithMalformed(out, slices.Compact(bad)), nil
}

// inFolder is the path of a file in a folder; one that leads out of it, by its name or a link, is an error.
func inFolder(root, name string) (string, error) {
	name = filepath.FromSlash(name)
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("the path %q leads out of the folder of the pictures", clipped(name))
	}
	path, err := filepath.EvalSymlinks(filepath.Join(root, name))
	if os.IsNotExist(err) {
		return "", fmt.Errorf("there is no file %q in the folder of the pictures", clipped(name))
	}
	if err != nil {
		return "", err
	}
	if below, err := filepath.Rel(root, path); err != nil || !filepath.IsLocal(below) {
		return "", fmt.Errorf("the path %q leads out of the folder of the pictures by a link", clipped(name))
	}
	return path, nil
}
