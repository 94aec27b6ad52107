package datasets

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/datasets/embedded"
	"github.com/dlrun/dlrun/internal/inflate"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var mnist = &Set{
	Name:    "mnist",
	Summary: "Handwritten digits: 70,000 grey images of 28 by 28 pixels.",
	Home:    "http://yann.lecun.com/exdb/mnist/",
	Licence: "CC BY-SA 3.0; Yann LeCun, Corinna Cortes",
	Files: []File{
		{"train-images-idx3-ubyte.gz", source.Train, "http://yann.lecun.com/exdb/mnist/train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", nil},
		{"train-labels-idx1-ubyte.gz", source.Train, "http://yann.lecun.com/exdb/mnist/train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", nil},
		{"t10k-images-idx3-ubyte.gz", source.Test, "http://yann.lecun.com/exdb/mnist/t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", nil},
		{"t10k-labels-idx1-ubyte.gz", source.Test, "http://yann.lecun.com/exdb/mnist/t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", nil},
	},
	Columns: []column.Field{column.Tensor("image", column.Uint8, 28, 28, 1), label("label", digitNames...)},
	Rows:    map[string]int{source.Train: 60000, source.Test: 10000},
}

func init() {
	mnist.read = func(ctx context.Context, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
		return readMNIST(ctx, mnist, embedded.Files.ReadFile, part, wants)
	}
}

var _ = add(mnist)

// readMNIST reads the files of a part in the IDX format: a magic number of the element type and the
// rank, the length of each axis in 32 bits, big-endian, then the bytes.
func readMNIST(ctx context.Context, s *Set, open func(name string) ([]byte, error), part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		prefix := map[string]string{source.Train: "train", source.Test: "t10k"}[part]
		rows := s.Rows[part]
		readers := map[string]io.Reader{}
		for _, w := range wants {
			name, dims := prefix+"-images-idx3-ubyte.gz", []int{rows, 28, 28}
			if w.Name == "label" {
				name, dims = prefix+"-labels-idx1-ubyte.gz", []int{rows}
			}
			if readers[w.Name] == nil {
				r, err := openIDX(open, name, dims)
				if err != nil {
					yield(nil, fmt.Errorf("%s: %w", name, err))
					return
				}
				readers[w.Name] = r
			}
		}
		const step = 1024
		fields := s.pick(wants)
		for at := 0; at < rows; at += step {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			n := min(step, rows-at)
			read := map[string]*column.Values{}
			cols := make([]*column.Values, len(wants))
			for i, f := range fields {
				if read[f.Name] == nil {
					v := column.Make(column.Uint8, f.Shape, n)
					if _, err := io.ReadFull(readers[f.Name], v.U8); err != nil {
						yield(nil, fmt.Errorf("column %q: %w", f.Name, err))
						return
					}
					if f.Kind == column.Int32 {
						w := column.Make(column.Int32, f.Shape, n)
						if err := column.Convert(w, v); err != nil {
							yield(nil, err)
							return
						}
						v = w
					}
					read[f.Name] = v
				}
				cols[i] = read[f.Name]
			}
			if !yield(column.NewRecord(fields, cols, n, column.Origin{File: "dlrun:" + s.Name + "/" + part, Row: int64(at) + 1}), nil) {
				return
			}
		}
		for name, r := range readers { // the end is where gzip's checksum is compared
			if n, err := io.Copy(io.Discard, r); n > 0 || err != nil {
				yield(nil, fmt.Errorf("column %q: %w", name, errors.Join(errors.New("more data than expected"), err)))
				return
			}
		}
	}
}

func openIDX(open func(name string) ([]byte, error), name string, dims []int) (io.Reader, error) {
	raw, err := open(name)
	if err != nil {
		return nil, err
	}
	z, err := inflate.NewGzip(raw)
	if err != nil {
		return nil, err
	}
	head := make([]uint32, 1+len(dims))
	if err := binary.Read(z, binary.BigEndian, head); err != nil {
		return nil, err
	}
	if head[0] != 0x800+uint32(len(dims)) {
		return nil, fmt.Errorf("magic number %#x", head[0])
	}
	for i, d := range dims {
		if head[1+i] != uint32(d) {
			return nil, fmt.Errorf("axis %d has %d elements, not %d", i, head[1+i], d)
		}
	}
	return z, nil
}
