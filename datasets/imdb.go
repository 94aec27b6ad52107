package datasets

import (
	"context"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var imdb = &Set{
	Name:    "imdb",
	Summary: "50,000 film reviews, half of them favourable (Maas et al., 2011).",
	Home:    "https://ai.stanford.edu/~amaas/data/sentiment/",
	Licence: "none stated; Andrew Maas et al.",
	Files: []File{{
		Name:    "aclImdb_v1.tar.gz",
		Address: "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
		Size:    84125825,
		SHA256:  "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
	}},
	Columns: []column.Field{
		column.Scalar("text", column.String),
		label("label", "negative", "positive"),
	},
	Rows: map[string]int{source.Train: 25000, source.Test: 25000},
}

func init() { imdb.files = readIMDB }

var _ = add(imdb)

// maxReview is longer than any review.
const maxReview = 1 << 20

// readIMDB reads the texts of a part: the negative ones in the order of their names, then the positive.
func readIMDB(ctx context.Context, files []string, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		type review struct {
			name, text string
			class      int32
		}
		var all []review
		err := entries(files[0], func(name string, size int64, r io.Reader) error {
			folder := path.Dir(name)
			class := slices.Index([]string{"aclImdb/" + part + "/neg", "aclImdb/" + part + "/pos"}, folder)
			if class < 0 || path.Ext(name) != ".txt" {
				return ctx.Err()
			}
			if size > maxReview {
				return fmt.Errorf("%s has %d bytes, which is no review", name, size)
			}
			text, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			if !utf8.Valid(text) {
				return fmt.Errorf("%s is not UTF-8", name)
			}
			all = append(all, review{name, string(text), int32(class)})
			return nil
		})
		if err == nil && len(all) != imdb.Rows[part] {
			err = fmt.Errorf("it holds %d reviews for %s, not %d", len(all), part, imdb.Rows[part])
		}
		if err != nil {
			yield(nil, err)
			return
		}
		slices.SortFunc(all, func(a, b review) int { return strings.Compare(a.name, b.name) }) // neg before pos
		fields := imdb.pick(wants)
		const step = 1000
		for from := 0; from < len(all); from += step {
			rows := all[from:min(len(all), from+step)]
			cols := make([]*column.Values, len(fields))
			for i, f := range fields {
				cols[i] = column.Make(f.Kind, nil, len(rows))
				for k, r := range rows {
					if f.Kind == column.String {
						cols[i].Str[k] = r.text
					} else {
						cols[i].I32[k] = r.class
					}
				}
			}
			if !yield(column.NewRecord(fields, cols, len(rows), column.Origin{File: "dlrun:imdb/" + part, Row: int64(from) + 1}), nil) {
				return
			}
		}
	}
}
