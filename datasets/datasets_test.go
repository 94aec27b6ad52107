package datasets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/dlrun/dlrun/datasets/embedded"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

func TestEmbeddedFilesAreThePublishedOnes(t *testing.T) {
	known := map[string]bool{}
	for _, s := range All() {
		if s.Licence == "" || s.Summary == "" || s.Home == "" || len(s.Files) == 0 {
			t.Errorf("%s: incomplete", s.Name)
		}
		for _, f := range s.Files {
			if len(f.SHA256) != 64 {
				t.Errorf("%s: %s has no checksum, and would be whatever a server sends", s.Name, f.Name)
			}
		}
		if !s.Embedded() {
			continue
		}
		for _, f := range s.Files {
			known[f.Name] = true
			raw, err := embedded.Files.ReadFile(f.Name)
			if err != nil {
				t.Error(err)
				continue
			}
			if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(raw)) != f.Size {
				t.Errorf("%s: %x of %d bytes, not %s of %d", f.Name, sum, len(raw), f.SHA256, f.Size)
			}
		}
	}
	entries, err := embedded.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("%s is embedded and belongs to no set", e.Name())
		}
	}
}

// read returns a part of a set with all of its columns.
func read(t *testing.T, s *Set, part string) []*column.Values {
	t.Helper()
	var wants []source.Want
	for _, f := range s.Columns {
		wants = append(wants, source.Want{Name: f.Name})
	}
	src, err := source.Sources.New(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]*column.Values, len(wants))
	rows := 0
	for rec, err := range src.Read(context.Background(), source.Request{Part: part, Columns: wants}) {
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		rows += int(rec.NumRows())
		for i, f := range s.Columns {
			got, err := column.FieldOf(rec.Schema().Field(i))
			if err != nil || !got.Equal(f) {
				t.Fatalf("%s: %s is %s, %s declared (%v)", s.Name, f.Name, got.Describe(), f.Describe(), err)
			}
			v, err := column.FromRecord(rec, i)
			if err != nil {
				t.Fatal(err)
			}
			if out[i] == nil {
				out[i] = &column.Values{Kind: v.Kind, Shape: v.Shape}
			}
			out[i].Rows += v.Rows
			out[i].U8 = append(out[i].U8, v.U8...)
			out[i].I32 = append(out[i].I32, v.I32...)
			out[i].F32 = append(out[i].F32, v.F32...)
		}
	}
	if rows != s.Rows[part] {
		t.Fatalf("%s has %d %s rows, not %d", s.Name, rows, part, s.Rows[part])
	}
	return out
}

// The facts are those of the pages that describe the sets.
func TestSetsHoldWhatIsKnownOfThem(t *testing.T) {
	count := func(v *column.Values) map[int32]int {
		c := map[int32]int{}
		for _, n := range v.I32 {
			c[n]++
		}
		return c
	}
	t.Run("mnist", func(t *testing.T) {
		train, test := read(t, mnist, source.Train), read(t, mnist, source.Test)
		if c := count(train[1]); c[0] != 5923 || c[1] != 6742 || c[9] != 5949 {
			t.Errorf("train classes %v", c)
		}
		if c := count(test[1]); c[0] != 980 || c[1] != 1135 || c[9] != 1009 {
			t.Errorf("test classes %v", c)
		}
		if !bytes.Equal(uint8s(train[1].I32[:5]), []uint8{5, 0, 4, 1, 9}) {
			t.Errorf("first labels %v", train[1].I32[:5])
		}
		sum := 0
		for _, p := range train[0].U8 {
			sum += int(p)
		}
		if mean := float64(sum) / float64(len(train[0].U8)); mean < 33.3184 || mean > 33.3185 {
			t.Errorf("mean pixel %v, known to be 33.318", mean)
		}
	})
	t.Run("iris", func(t *testing.T) {
		v := read(t, iris, source.Train)
		if c := count(v[4]); c[0] != 50 || c[1] != 50 || c[2] != 50 {
			t.Errorf("classes %v", c)
		}
		sum := 0.0
		for _, x := range v[0].F32 {
			sum += float64(x)
		}
		if m := sum / 150; m < 5.8433 || m > 5.8434 {
			t.Errorf("mean sepal length %v", m)
		}
	})
	t.Run("wine", func(t *testing.T) {
		v := read(t, wine, source.Train)
		if c := count(v[13]); c[0] != 59 || c[1] != 71 || c[2] != 48 {
			t.Errorf("classes %v", c)
		}
		if v[12].F32[0] != 1065 || v[0].F32[0] != 14.23 {
			t.Errorf("first row %v %v", v[0].F32[0], v[12].F32[0])
		}
	})
	t.Run("digits", func(t *testing.T) {
		v := read(t, digits, source.Train)
		if c := count(v[1]); c[0] != 178 || c[8] != 174 {
			t.Errorf("classes %v", c)
		}
		for _, p := range v[0].U8 {
			if p > 16 {
				t.Fatalf("a pixel is %d", p)
			}
		}
	})
}

func uint8s(v []int32) []uint8 {
	out := make([]uint8, len(v))
	for i, n := range v {
		out[i] = uint8(n)
	}
	return out
}

func TestNamesOfCIFAR100(t *testing.T) {
	for want, names := range map[int][]string{100: fineCIFAR, 20: coarseCIFAR} {
		if len(names) != want {
			t.Errorf("%d names, not %d", len(names), want)
		}
		for i := 1; i < len(names); i++ {
			if names[i] <= names[i-1] {
				t.Errorf("%q stands after %q", names[i], names[i-1])
			}
		}
	}
}

func TestSetThatIsNotEmbedded(t *testing.T) {
	src, err := source.Sources.New("cifar10")
	if err != nil {
		t.Fatal(err)
	}
	f, err := src.Field("image", column.Unknown)
	if err != nil || f.Describe() != "uint8 [32, 32, 3]" {
		t.Errorf("%v %v", f.Describe(), err)
	}
	if _, err := src.Field("img", column.Unknown); err == nil || err.Error() != `there is no column "img". Did you mean "image"?` {
		t.Errorf("%v", err)
	}
	for _, err := range src.Read(context.Background(), source.Request{Part: source.Train, Columns: []source.Want{{Name: "image"}}}) {
		if err == nil {
			t.Error("it was read")
		}
	}
}
