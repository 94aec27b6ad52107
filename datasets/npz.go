package datasets

import (
	"context"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/source"
)

// npzLimit is more than any of the sets in NumPy's format holds.
const npzLimit = 1 << 30

// npzFile reads a set that is one file of NumPy's arrays, named as the columns.
func npzFile(ctx context.Context, files []string, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
	src, err := source.Sources.New("npz")
	located, ok := src.(source.Located)
	if err != nil || !ok {
		return func(yield func(arrow.Record, error) bool) {
			yield(nil, fmt.Errorf("there is no source for NumPy's files: %w", err))
		}
	}
	return located.At(files[0]).Read(ctx, source.Request{Part: part, Columns: wants, Limit: npzLimit})
}
