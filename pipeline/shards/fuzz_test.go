package shards

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/pipeline/column"
)

// FuzzShards changes the file and the index of a cache, with checksums that are right: what is read is rows or an error.
func FuzzShards(f *testing.F) {
	c := &Cache{Dir: f.TempDir()}
	w, err := c.Begin(f.Context(), "group", nil)
	if err != nil {
		f.Fatal(err)
	}
	if err := w.Add(record("file", 0, 3)); err != nil {
		f.Fatal(err)
	}
	if _, err := w.Commit("key", nil); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(c.path("group", "key", ".arrow"))
	if err != nil {
		f.Fatal(err)
	}
	index, err := os.ReadFile(c.path("group", "key", ".json"))
	if err != nil {
		f.Fatal(err)
	}
	_, text, _ := strings.Cut(string(index), "\n")
	f.Add(data, []byte(text), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, data, text []byte, at uint16, flip byte) {
		if len(data) > 1<<16 || len(text) > 1<<14 {
			return
		}
		own := &Cache{Dir: t.TempDir()}
		if err := os.MkdirAll(own.Dir+"/group", 0o777); err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 {
			data = append([]byte(nil), data...)
			data[int(at)%len(data)] ^= flip
		}
		if x, err := parseIndex(text); err == nil { // with checksums as they would be
			for i, s := range x.Shards {
				if s.At >= 0 && s.Size >= 0 && s.At <= int64(len(data)) && s.Size <= int64(len(data))-s.At {
					sum := crc32.Checksum(data[s.At:s.At+s.Size], castagnoli)
					text = []byte(strings.Replace(string(text), fmt.Sprintf(`"sum":%d`, x.Shards[i].Sum), fmt.Sprintf(`"sum":%d`, sum), 1))
				}
			}
		}
		for ending, raw := range map[string][]byte{".arrow": data, ".json": append(fmt.Appendf(nil, "%08x\n", crc32.Checksum(text, castagnoli)), text...)} {
			if err := os.WriteFile(own.path("group", "key", ending), raw, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := own.Find("group", "key")
		if err != nil {
			var damaged *DamagedError
			if !errors.Is(err, fs.ErrNotExist) && !errors.As(err, &damaged) {
				t.Fatal(err)
			}
			return
		}
		for i := range rows.Count() {
			for col, f := range rows.Fields() {
				v, err := rows.Column(i, col)
				if err == nil && (v.Rows != rows.Len(i) || v.Kind == column.String && len(v.Str) != v.Len()) {
					t.Fatalf("%d rows of %s, not %d", v.Rows, f.Describe(), rows.Len(i))
				}
			}
			rows.Release(i)
		}
	})
}
