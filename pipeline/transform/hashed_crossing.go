package transform

import (
	"fmt"

	"github.com/dgryski/go-farm"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("hashed_crossing", func() Transform { return new(hashedCrossing) })

// hashedCrossing turns what several columns hold together into an index. Keras: layers/preprocessing/hashed_crossing.py, which is
// TensorFlow's sparse_cross.
type hashedCrossing struct {
	numBins int
	mode    string
}

func (t *hashedCrossing) Schema(b *schema.Block) {
	b.Doc("Turns what several columns hold together into an index by a hash function: different combinations may share an index.", "keras.layers.HashedCrossing",
		"The columns are those of the feature, as in columns = [\"city\", \"weekday\"].")
	b.Int(&t.numBins, "num_bins", "How many indices there are.", schema.AtLeast(1), schema.AtMost(1<<24))
	b.Enum(&t.mode, "output_mode", "An index, or a vector with a place for each index.", []string{"int", "one_hot"}, schema.Default("int"))
}

// Categories returns the number of indices.
func (t *hashedCrossing) Categories() (int, []string) { return t.numBins, nil }

// Takes asks for text; whole numbers stay what they are.
func (t *hashedCrossing) Takes() column.Kind { return column.String }

func (t *hashedCrossing) Out(in column.Field) (column.Field, error) {
	if in.Kind == column.Float32 {
		return in, fmt.Errorf("it hashes text and whole numbers, and column %q holds fractions; discretization makes ranges of them", in.Name)
	}
	if in.Known && (len(in.Shape) != 1 || in.Shape[0] == 1) {
		return in, fmt.Errorf("it crosses two columns or more, as in columns = [\"a\", \"b\"], and %q is %s", in.Name, in.Describe())
	}
	return encodedField(in.With(in.Kind, nil), t.mode, t.numBins), nil
}

// crossKey is the hash that TensorFlow begins with.
const crossKey = 0xDECAFCAFFE

// cat joins two hashes: TensorFlow, platform/fingerprint.h, FingerprintCat64.
func cat(a, b uint64) uint64 {
	const mul = 0xc6a4a7935bd1e995
	mix := func(v uint64) uint64 { return v ^ v>>47 }
	h := a ^ mul
	h ^= mix(b*mul) * mul
	h *= mul
	return mix(mix(h) * mul)
}

func (t *hashedCrossing) Apply(dst, src *column.Values) error {
	e := encoder{mode: t.mode, depth: t.numBins, dst: dst.F32, vector: 1}
	e.clear()
	whole := src
	if src.Kind != column.String && src.Kind != column.Int64 {
		whole = column.Make(column.Int64, src.Shape, src.Rows)
		if err := column.Convert(whole, src); err != nil {
			return err
		}
	}
	k := src.Size()
	var key []byte
	for row := range src.Rows {
		h := uint64(crossKey)
		for i := row * k; i < (row+1)*k; i++ {
			if src.Kind == column.String {
				key = append(key[:0], src.Str[i]...)
				h = cat(h, farm.Fingerprint64(key))
			} else {
				h = cat(h, uint64(whole.I64[i]))
			}
		}
		if n := int(h % uint64(t.numBins)); t.mode == "int" {
			dst.I32[row] = int32(n)
		} else {
			e.put(row, n)
		}
	}
	return nil
}
