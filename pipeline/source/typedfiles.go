package source

import (
	"context"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
)

// fileByFile reads a part's files one after the other with read, where each says by itself what its
// columns hold, and checks that they agree.
func (p *paths) fileByFile(ctx context.Context, r Request, read func(context.Context, string, Request) iter.Seq2[arrow.Record, error]) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		files, err := p.find(r.Dir, r.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		var first []column.Field
		for _, path := range files {
			for rec, err := range read(ctx, path, r) {
				if err == nil && first == nil {
					first, err = fieldsOf(rec)
				} else if err == nil {
					err = sameFields(path, first, files[0], rec)
				}
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// first is the first file of the train part.
func (p *paths) first(dir string) (string, error) {
	files, err := p.find(dir, Train)
	if err != nil {
		return "", err
	}
	return files[0], nil
}

func fieldsOf(rec arrow.Record) ([]column.Field, error) {
	fields := make([]column.Field, rec.NumCols())
	for i := range fields {
		f, err := column.FieldOf(rec.Schema().Field(i))
		if err != nil {
			return nil, err
		}
		fields[i] = f
	}
	return fields, nil
}

// sameFields checks that a further file holds what the first one does.
func sameFields(path string, want []column.Field, first string, rec arrow.Record) error {
	got, err := fieldsOf(rec)
	if err != nil {
		return err
	}
	for i, f := range got {
		if !f.Equal(want[i]) {
			return &Error{File: path, Column: f.Name, Err: fmt.Errorf("rows are %s, those of %s are %s", f.Describe(), first, want[i].Describe())}
		}
	}
	return nil
}
