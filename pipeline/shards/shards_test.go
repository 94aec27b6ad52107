package shards

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
)

// record is rows from one on of every form that a column has.
func record(file string, from, rows int) arrow.Record {
	fields := []column.Field{
		column.Scalar("text", column.String), column.Tensor("image", column.Uint8, 2, 3), column.Scalar("label", column.Int32),
		column.Scalar("id", column.Int64), column.Tensor("x", column.Float32, 2), column.Tensor("words", column.String, 2),
	}
	fields[2].Classes = []string{"a", "b"}
	var cols []*column.Values
	for _, f := range fields {
		cols = append(cols, column.Make(f.Kind, f.Shape, rows))
	}
	for r := range rows {
		n := from + r
		cols[0].Str[r] = fmt.Sprint("row ", n)
		for e := range 6 {
			cols[1].U8[6*r+e] = uint8(n + e)
		}
		cols[2].I32[r] = int32(n % 2)
		cols[3].I64[r] = int64(n) << 33
		cols[4].F32[2*r], cols[4].F32[2*r+1] = float32(n), float32(n)/3
		cols[5].Str[2*r] = fmt.Sprint(n)
	}
	return column.NewRecord(fields, cols, rows, column.Origin{File: file, Row: int64(from) + 1})
}

func write(t *testing.T, c *Cache, key string) *Rows {
	t.Helper()
	w, err := c.Begin(context.Background(), "group", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range 5 {
		if err := w.Add(record(fmt.Sprint("file", i/3), 10*i, 10)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.Commit(key, map[string]int{"rows": 50})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRowsComeBack(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	if c.Has("group") {
		t.Error("an empty cache has a group")
	}
	write(t, c, "key")
	r, err := c.Find("group", "key")
	if err != nil {
		t.Fatal(err)
	}
	if r.Count() != 5 || string(r.Note) != `{"rows":50}` || !c.Has("group") {
		t.Fatalf("%d shards, note %s", r.Count(), r.Note)
	}
	for i := range r.Count() {
		want := record("", 10*i, 10)
		if o := r.Origin(i); o.File != fmt.Sprint("file", i/3) || o.Row != int64(10*i+1) {
			t.Errorf("shard %d comes from %v", i, o)
		}
		for col, f := range r.Fields() {
			got, err := r.Column(i, col)
			if err != nil {
				t.Fatal(err)
			}
			wanted, err := column.FromRecord(want, col)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.U8, wanted.U8) || !slices.Equal(got.I32, wanted.I32) || !slices.Equal(got.I64, wanted.I64) ||
				!slices.Equal(got.F32, wanted.F32) || !slices.Equal(got.Str, wanted.Str) || !slices.Equal(got.Shape, wanted.Shape) {
				t.Errorf("shard %d, column %s: %+v, not %+v", i, f.Name, got, wanted)
			}
		}
		r.Ahead(i)
		r.Release(i)
	}
	if r.Fields()[2].Classes[1] != "b" {
		t.Error("the classes are gone")
	}
}

// TestDamage flips a bit in each of the file's pieces, and cuts it: the damage is found, and the rows are gone.
func TestDamage(t *testing.T) {
	for i := range 7 {
		c := &Cache{Dir: t.TempDir()}
		path := write(t, c, "key").Path()
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Find("group", "key")
		if err != nil {
			t.Fatal(err)
		}
		switch s := r.Shards[min(i, 4)]; {
		case i < 5:
			raw[s.At+s.Size-70] ^= 4
		case i == 5:
			raw[s.At+20] ^= 1
		default:
			raw = raw[:len(raw)-1]
		}
		copied := filepath.Join(c.Dir, "copy")
		if err := errors.Join(os.WriteFile(copied, raw, 0o666), os.Rename(copied, path)); err != nil {
			t.Fatal(err)
		}
		r, err = c.Find("group", "key")
		for k := 0; err == nil && k < r.Count(); k++ {
			_, err = r.Column(k, 1)
		}
		var damaged *DamagedError
		if !errors.As(err, &damaged) {
			t.Fatalf("damage %d: %v", i, err)
		}
		if _, err := c.Find("group", "key"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("damage %d: the rows are still there: %v", i, err)
		}
	}
}

func TestDamagedIndex(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	write(t, c, "key")
	path := c.path("group", "key", ".json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(raw); at += 7 {
		bad := slices.Clone(raw)
		bad[at] ^= 2
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Find("group", "key"); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("byte %d: %v", at, err)
		}
	}
}

// TestOneWriter: a second writer waits, and what an interrupted one left is removed.
func TestOneWriter(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	first, err := c.Begin(context.Background(), "group", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	told := 0
	if _, err := c.Begin(ctx, "group", func(int) { told++ }); !errors.Is(err, context.DeadlineExceeded) || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}
	if err := first.Add(record("f", 0, 3)); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(c.Dir, "group", partial+"killed")
	if err := os.WriteFile(left, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := c.Begin(context.Background(), "group", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	found, err := filepath.Glob(filepath.Join(c.Dir, "group", partial+"*"))
	if err != nil || len(found) != 1 {
		t.Errorf("%v, %v: one is the writer's own", found, err)
	}
}

// TestFault: a file that is cut short while it is mapped is an error, not the end of the process.
func TestFault(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	w, err := c.Begin(context.Background(), "group", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Add(record("f", 0, 20000)); err != nil {
		t.Fatal(err)
	}
	r, err := w.Commit("key", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(r.Path(), 4096); err != nil {
		t.Skip("the system does not cut mapped files:", err)
	}
	if _, err := r.Column(0, 1); err == nil {
		t.Error("no error")
	}
}

// TestEviction removes what was not used for longest, and keeps what is new.
func TestEviction(t *testing.T) {
	c := &Cache{Dir: t.TempDir()}
	first := write(t, c, "first")
	size := first.Size
	write(t, c, "second")
	past := time.Unix(1e9, 0)
	for _, key := range []string{"first", "second"} {
		if err := os.Chtimes(c.path("group", key, ".used"), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Find("group", "first"); err != nil { // it is used again
		t.Fatal(err)
	}
	c.Limit = 2*size + size/2
	write(t, c, "third")
	for key, want := range map[string]bool{"first": true, "second": false, "third": true} {
		if _, err := c.Find("group", key); (err == nil) != want {
			t.Errorf("%s: %v", key, err)
		}
	}
	c.Limit = 1
	write(t, c, "fourth")
	if _, err := c.Find("group", "fourth"); err != nil {
		t.Error("what was just written is gone:", err)
	}
	if v, err := first.Column(4, 3); err != nil || v.I64[9] != 49<<33 { // still mapped
		t.Errorf("%v %v", v, err)
	}
	left, _ := filepath.Glob(filepath.Join(c.Dir, "*", "*.arrow"))
	if len(left) != 1 {
		t.Errorf("%q are left", left)
	}
}
