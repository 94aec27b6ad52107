package transform

import (
	"fmt"
	"strconv"

	"github.com/dchest/siphash"
	"github.com/dgryski/go-farm"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("hashing", func() Transform { return new(hashing) })

// hashing turns text or whole numbers into indices without a vocabulary. Keras:
// layers/preprocessing/hashing.py.
type hashing struct {
	numBins   int
	maskValue cty.Value
	salt      cty.Value
	mode      string

	mask   *string // as text
	salted bool
	key    [2]uint64
}

func (t *hashing) Schema(b *schema.Block) {
	b.Doc("Turns text or whole numbers into indices by a hash function, without a vocabulary: different values may share an index.", "keras.layers.Hashing")
	b.Int(&t.numBins, "num_bins", "How many indices there are, that of the mask value included.", schema.AtLeast(1), schema.AtMost(1<<24))
	b.Value(&t.maskValue, "mask_value", "A value that stands for a missing one and gets index 0, alone.", isKey, schema.Optional())
	b.Value(&t.salt, "salt", "One or two whole numbers that change where values go, and take a hash that cannot be foreseen without them (SipHash, instead of FarmHash).", isSalt, schema.Optional())
	b.Enum(&t.mode, "output_mode", "An index, or a vector with a place for each index.", modes, schema.Default("int"))
}

func isKey(v cty.Value) error {
	if !v.IsNull() && (v.Type() == cty.String || v.Type() == cty.Number && v.AsBigFloat().IsInt()) {
		return nil
	}
	return fmt.Errorf("text or a whole number is wanted, got %s", schema.Show(v))
}

func isSalt(v cty.Value) error {
	list := saltOf(v)
	if len(list) < 1 || len(list) > 2 {
		return fmt.Errorf("one or two whole numbers are wanted, got %s", schema.Show(v))
	}
	for _, n := range list {
		if n.IsNull() || n.Type() != cty.Number || !n.AsBigFloat().IsInt() || n.AsBigFloat().Sign() < 0 {
			return fmt.Errorf("whole numbers from 0 on are wanted, got %s", schema.Show(n))
		}
		if _, exact := n.AsBigFloat().Uint64(); exact != 0 {
			return fmt.Errorf("%s does not fit in 64 bits", schema.Show(n))
		}
	}
	return nil
}

func saltOf(v cty.Value) []cty.Value {
	if !v.IsNull() && v.CanIterateElements() && !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return v.AsValueSlice()
	}
	return []cty.Value{v}
}

func (t *hashing) Validate() error {
	if t.maskValue != cty.NilVal {
		s := t.maskValue.AsString
		if t.maskValue.Type() == cty.Number {
			s = func() string { return t.maskValue.AsBigFloat().Text('f', 0) }
		}
		mask := s()
		t.mask = &mask
	}
	if t.salt != cty.NilVal {
		t.salted = true
		list := saltOf(t.salt)
		for i := range t.key { // one number stands for both
			t.key[i], _ = list[min(i, len(list)-1)].AsBigFloat().Uint64()
		}
	}
	return nil
}

// Categories returns the number of indices.
func (t *hashing) Categories() (int, []string) { return t.numBins, nil }

// Takes asks for text; whole numbers stay what they are.
func (t *hashing) Takes() column.Kind { return column.String }

func (t *hashing) Out(in column.Field) (column.Field, error) {
	if in.Kind == column.Float32 {
		return in, fmt.Errorf("it hashes text and whole numbers, and column %q holds fractions; discretization makes ranges of them", in.Name)
	}
	return encodedField(in, t.mode, t.numBins), nil
}

func (t *hashing) Apply(dst, src *column.Values) error {
	e := encoder{mode: t.mode, depth: t.numBins, dst: dst.F32, vector: lastAxis(src.Shape)}
	e.clear()
	put := func(i int, key []byte) {
		n := t.index(key)
		if t.mode == "int" {
			dst.I32[i] = int32(n)
		} else {
			e.put(i, n)
		}
	}
	var key []byte
	for i, s := range src.Str {
		key = append(key[:0], s...)
		put(i, key)
	}
	if src.Kind != column.String {
		whole := column.Make(column.Int64, src.Shape, src.Rows)
		if err := column.Convert(whole, src); err != nil {
			return err
		}
		for i, n := range whole.I64 {
			key = strconv.AppendInt(key[:0], n, 10)
			put(i, key)
		}
	}
	return nil
}

// index is the index of a value.
func (t *hashing) index(key []byte) int {
	bins, first := t.numBins, 0
	if t.mask != nil && bins > 1 {
		if string(key) == *t.mask {
			return 0
		}
		bins, first = bins-1, 1
	}
	h := uint64(0)
	if t.salted {
		h = siphash.Hash(t.key[0], t.key[1], key)
	} else {
		h = farm.Fingerprint64(key)
	}
	return first + int(h%uint64(bins))
}
