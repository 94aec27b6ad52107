package column

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// draw makes values of any kind and shape.
func draw(t *rapid.T, rows int, label string) *Values {
	kind := rapid.SampledFrom([]Kind{Uint8, Int32, Int64, Float32, String}).Draw(t, label+" kind")
	shape := rapid.SliceOfN(rapid.IntRange(1, 3), 0, 3).Draw(t, label+" shape")
	v := Make(kind, shape, rows)
	n := v.Len()
	switch kind {
	case Uint8:
		copy(v.U8, rapid.SliceOfN(rapid.Uint8(), n, n).Draw(t, label))
	case Int32:
		copy(v.I32, rapid.SliceOfN(rapid.Int32(), n, n).Draw(t, label))
	case Int64:
		copy(v.I64, rapid.SliceOfN(rapid.Int64(), n, n).Draw(t, label))
	case Float32:
		copy(v.F32, rapid.SliceOfN(rapid.Float32Range(-10, 10), n, n).Draw(t, label))
	case String:
		copy(v.Str, rapid.SliceOfN(rapid.String(), n, n).Draw(t, label))
	}
	return v
}

func equal(a, b *Values) bool {
	return a.Kind == b.Kind && a.Rows == b.Rows && slices.Equal(a.Shape, b.Shape) && slices.Equal(a.U8, b.U8) &&
		slices.Equal(a.I32, b.I32) && slices.Equal(a.I64, b.I64) && slices.Equal(a.F32, b.F32) && slices.Equal(a.Str, b.Str)
}

func TestRecordsKeepValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 9).Draw(t, "rows")
		cols := []*Values{draw(t, rows, "a"), draw(t, rows, "b")}
		fields := []Field{cols[0].Field("a"), cols[1].Field("b")}
		rec := NewRecord(fields, cols, rows, Origin{"f.csv", 17})
		if o := OriginOf(rec); o != (Origin{"f.csv", 17}) {
			t.Fatalf("origin %+v", o)
		}
		lo := rapid.IntRange(0, rows-1).Draw(t, "lo")
		hi := rapid.IntRange(lo+1, rows).Draw(t, "hi")
		part := rec.NewSlice(int64(lo), int64(hi))
		for i, want := range cols {
			f, err := FieldOf(rec.Schema().Field(i))
			if err != nil || !f.Equal(fields[i]) || f.Name != fields[i].Name {
				t.Fatalf("field %s became %s: %v", fields[i].Describe(), f.Describe(), err)
			}
			got, err := FromRecord(rec, i)
			if err != nil || !equal(want, got) {
				t.Fatalf("%+v became %+v: %v", want, got, err)
			}
			got, err = FromRecord(part, i)
			if err != nil || !equal(want.Slice(lo, hi), got) {
				t.Fatalf("rows %d to %d became %+v: %v", lo, hi, got, err)
			}
			copied := Make(want.Kind, want.Shape, rows)
			for r := range rows {
				copied.CopyRow(r, want, r, want.Size())
			}
			if !equal(want, copied) {
				t.Fatal("CopyRow lost something")
			}
		}
	})
}

func TestValuesAreViews(t *testing.T) {
	v := &Values{Kind: Float32, Rows: 2, Shape: []int{2}, F32: []float32{1, 2, 3, 4}}
	rec := NewRecord([]Field{v.Field("x")}, []*Values{v}, 2, Origin{})
	got, err := FromRecord(rec, 0)
	if err != nil || &got.F32[0] != &v.F32[0] {
		t.Errorf("the memory is another: %v", err)
	}
}

func TestForeignRecords(t *testing.T) {
	pool := memory.DefaultAllocator
	b := array.NewFloat32Builder(pool)
	b.AppendNull()
	if _, err := FromArray(b.NewArray(), Scalar("x", Float32)); err == nil || !strings.Contains(err.Error(), "missing values") {
		t.Error(err)
	}
	for _, f := range []arrow.Field{
		{Name: "x", Type: arrow.PrimitiveTypes.Float64},
		{Name: "x", Type: arrow.FixedSizeListOf(2, arrow.FixedWidthTypes.Boolean)},
		{Name: "x", Type: arrow.FixedSizeListOf(6, arrow.PrimitiveTypes.Uint8), Metadata: arrow.NewMetadata([]string{"shape"}, []string{"2,2"})},
		{Name: "x", Type: arrow.FixedSizeListOf(6, arrow.PrimitiveTypes.Uint8), Metadata: arrow.NewMetadata([]string{"shape"}, []string{"2,x"})},
	} {
		if got, err := FieldOf(f); err == nil {
			t.Errorf("%s was taken as %s", f, got.Describe())
		}
	}
	f, err := FieldOf(arrow.Field{Name: "x", Type: arrow.FixedSizeListOf(6, arrow.PrimitiveTypes.Uint8)})
	if err != nil || f.Describe() != "uint8 [6]" {
		t.Errorf("a list without a shape is %s: %v", f.Describe(), err)
	}
}

func TestConvert(t *testing.T) {
	u := &Values{Kind: Uint8, Rows: 2, U8: []uint8{0, 255}}
	i := &Values{Kind: Int32, Rows: 2, I32: []int32{-1, 1<<24 + 1}}
	l := &Values{Kind: Int64, Rows: 2, I64: []int64{5, math.MinInt32}}
	f := &Values{Kind: Float32, Rows: 2, F32: []float32{-3, 1 << 20}}
	for _, c := range []struct {
		src  *Values
		to   Kind
		want *Values
	}{
		{u, Float32, &Values{F32: []float32{0, 255}}},
		{u, Int32, &Values{I32: []int32{0, 255}}},
		{u, Int64, &Values{I64: []int64{0, 255}}},
		{u, Uint8, &Values{U8: u.U8}},
		{i, Float32, &Values{F32: []float32{-1, 1 << 24}}},
		{i, Int32, &Values{I32: i.I32}},
		{i, Int64, &Values{I64: []int64{-1, 1<<24 + 1}}},
		{l, Float32, &Values{F32: []float32{5, math.MinInt32}}},
		{l, Int32, &Values{I32: []int32{5, math.MinInt32}}},
		{l, Int64, &Values{I64: l.I64}},
		{f, Float32, &Values{F32: f.F32}},
		{f, Int32, &Values{I32: []int32{-3, 1 << 20}}},
		{f, Int64, &Values{I64: []int64{-3, 1 << 20}}},
	} {
		got := Make(c.to, nil, 2)
		if err := Convert(got, c.src); err != nil {
			t.Errorf("%s to %s: %v", c.src.Kind, c.to, err)
		}
		if diff := cmp.Diff([]any{c.want.U8, c.want.I32, c.want.I64, c.want.F32}, []any{got.U8, got.I32, got.I64, got.F32}); diff != "" {
			t.Errorf("%s to %s: %s", c.src.Kind, c.to, diff)
		}
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		src  *Values
		to   Kind
		want string
	}{
		{&Values{Kind: Int64, Rows: 3, I64: []int64{1, 2, 1 << 31}}, Int32, "row 3: 2147483648 does not fit in 32 bits"},
		{&Values{Kind: Float32, Rows: 2, Shape: []int{2}, F32: []float32{1, 2, 3, 0.5}}, Int32, "row 2: 0.5 is not a whole number"},
		{&Values{Kind: Float32, Rows: 1, F32: []float32{nan}}, Int32, "row 1: NaN is not a whole number"},
		{&Values{Kind: Float32, Rows: 1, F32: []float32{1e30}}, Int64, "row 1: 1e+30 is not a whole number"},
		{&Values{Kind: Float32, Rows: 1, F32: []float32{3e9}}, Int32, "row 1: 3e+09 is not a whole number of 32 bits"},
		{&Values{Kind: String, Rows: 1, Str: []string{"a"}}, Float32, "text cannot become numbers"},
		{&Values{Kind: Float32, Rows: 1, F32: []float32{1}}, String, "float32 cannot become string"},
		{&Values{Kind: Int32, Rows: 1, I32: []int32{1}}, Uint8, "int32 cannot become uint8"},
	} {
		if err := Convert(Make(c.to, c.src.Shape, c.src.Rows), c.src); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for want, f := range map[string]Field{
		"uint8 [28, 28, 1]": Tensor("x", Uint8, 28, 28, 1), "string": Scalar("x", String), "float32 [null]": Tensor("x", Float32, -1),
		"unknown of a shape known after reading the data": {Name: "x"},
	} {
		if got := f.Describe(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if Tensor("x", Uint8, 3, -1).Size() != -1 || (Field{}).RowBytes() != -1 || Tensor("x", Float32, 3, 2).RowBytes() != 24 {
		t.Error("sizes")
	}
}

func TestGather(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := draw(t, rapid.IntRange(1, 9).Draw(t, "rows"), "a")
		cut := rapid.IntRange(0, a.Rows).Draw(t, "cut")
		chunks := NewChunks(a.Field(""), []*Values{a.Slice(0, cut), a.Slice(cut, a.Rows)})
		var at []Position
		want := Make(a.Kind, a.Shape, 12)
		for to := range 12 {
			r := rapid.IntRange(0, a.Rows-1).Draw(t, "row")
			p := Position{0, int32(r)}
			if r >= cut {
				p = Position{1, int32(r - cut)}
			}
			at = append(at, p)
			want.CopyRow(to, a, r, a.Size())
		}
		got := new(Values)
		if chunks.Gather(got, at); !equal(want, got) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}
