package datasets

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// entries calls f with each regular file of a gzipped tar archive, in its order. Nothing is unpacked to the
// disk, so no name can lead out of a folder.
func entries(file string, f func(name string, size int64, r io.Reader) error) (err error) {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil && h.Typeflag == tar.TypeReg {
			err = f(path.Clean(h.Name), h.Size, t)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
}

// cifar reads the binary form: for each image its labels, a byte each, then the red, green and blue planes.
// train and test are the beginnings of the names of a part's files.
func cifar(s *Set, labels []string, parts map[string]string) func(context.Context, []string, string, []source.Want) iter.Seq2[arrow.Record, error] {
	const side, plane = 32, 32 * 32
	return func(ctx context.Context, files []string, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
		return func(yield func(arrow.Record, error) bool) {
			fields := s.pick(wants)
			size := len(labels) + 3*plane
			rows, stopped := 0, errors.New("the consumer stopped")
			err := entries(files[0], func(name string, bytes int64, r io.Reader) error {
				if !strings.HasPrefix(path.Base(name), parts[part]) || path.Ext(name) != ".bin" {
					return nil
				}
				if bytes%int64(size) != 0 {
					return fmt.Errorf("%s has %d bytes, which is no number of images", name, bytes)
				}
				const step = 1000
				raw := make([]byte, step*size)
				for left := int(bytes) / size; left > 0; {
					if err := ctx.Err(); err != nil {
						return err
					}
					n := min(step, left)
					left -= n
					if _, err := io.ReadFull(r, raw[:n*size]); err != nil {
						return err
					}
					cols := make([]*column.Values, len(fields))
					for i, f := range fields {
						v := column.Make(f.Kind, f.Shape, n)
						at := slices.Index(labels, f.Name)
						for k := range n {
							image := raw[k*size:][:size]
							if at >= 0 {
								v.I32[k] = int32(image[at])
								continue
							}
							pixels := v.U8[k*3*plane:][:3*plane]
							for c := range 3 {
								for p, x := range image[len(labels)+c*plane:][:side*side] {
									pixels[3*p+c] = x
								}
							}
						}
						cols[i] = v
					}
					if !yield(column.NewRecord(fields, cols, n, column.Origin{File: "dlrun:" + s.Name + "/" + name, Row: int64(rows) + 1}), nil) {
						return stopped
					}
					rows += n
				}
				return nil
			})
			if errors.Is(err, stopped) {
				return
			}
			if err == nil && rows != s.Rows[part] {
				err = fmt.Errorf("it holds %d images for %s, not %d", rows, part, s.Rows[part])
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}
}
