package source

import (
	"bytes"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/dlrun/dlrun/pipeline/column"
)

// What every reader promises of any bytes: rows or an error, in memory that its limit bounds, and the same rows whatever
// on_error says where there is no mistake.

// fuzzLimit is the limit of a reader, and fuzzMemory how much it may take in all: rows are held more than once, and
// decompression has windows of its own.
const (
	fuzzLimit  = 1 << 20
	fuzzMemory = 512 << 20
)

// promise reads a column in every way and compares.
func promise(t *testing.T, s Source, wants ...Want) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	want, fail := table(s, Request{Columns: wants, Limit: fuzzLimit})
	if fail == nil && want == "" {
		t.Error("no rows and no error")
	}
	m := new(Malformed)
	got, err := table(s, Request{Columns: wants, Limit: fuzzLimit, Workers: 3, OnError: Skip, Malformed: m})
	found, notes := m.Found()
	if fail == nil && (err != nil || got != want || found > 0) {
		t.Errorf("rows without a mistake are others where some are left out: %v, %d, %q", err, found, notes)
	}
	if fail != nil && err == nil && found == 0 {
		t.Errorf("nothing was left out, and it failed: %v", fail)
	}
	optional := make([]Want, len(wants))
	for i, w := range wants {
		optional[i] = Want{w.Name, column.Optional}
	}
	for _, how := range []OnError{Fail, Null} {
		if got, err := table(s, Request{Columns: optional, Limit: fuzzLimit, OnError: how, Malformed: new(Malformed)}); err == nil && got == "" {
			t.Error("no rows and no error")
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > fuzzMemory {
		t.Errorf("it took %s of memory", Bytes(int64(n)))
	}
}

func fuzzFile(f *testing.F, kind, name string, wants ...Want) {
	s, err := decode(f, kind, `path = "x"`)
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 { // longer ones find nothing else, slowly
			return
		}
		one := s.(Located).At(file(t, dir, name, raw))
		for _, w := range wants {
			promise(t, one, w)
		}
	})
}

func seeds(f *testing.F, names ...string) {
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
}

func FuzzParquet(f *testing.F) {
	seeds(f, "gaps.parquet")
	fuzzFile(f, "parquet", "x.parquet", Want{Name: "i"}, Want{Name: "s"}, Want{Name: "d"}, Want{Name: "l"}, Want{Name: "f"}, Want{Name: "ll", Kind: column.List})
}

func FuzzParquetTypes(f *testing.F) {
	seeds(f, "types.parquet")
	fuzzFile(f, "parquet", "x.parquet", Want{Name: "b"}, Want{Name: "dict"}, Want{Name: "list"}, Want{Name: "dec"}, Want{Name: "ts"}, Want{Name: "f16"})
}

func FuzzArrow(f *testing.F) {
	seeds(f, "gaps.arrow", "gaps.arrows")
	fuzzFile(f, "arrow", "x.arrow", Want{Name: "i"}, Want{Name: "s"}, Want{Name: "d"}, Want{Name: "l"}, Want{Name: "fl"}, Want{Name: "f"}, Want{Name: "ll", Kind: column.List})
}

func FuzzArrowTypes(f *testing.F) {
	seeds(f, "types.arrow", "types.arrows")
	fuzzFile(f, "arrow", "x.arrow", Want{Name: "b"}, Want{Name: "dict"}, Want{Name: "list"}, Want{Name: "dec"}, Want{Name: "ts"}, Want{Name: "f16"})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte("{\"x\": [1, 2]}\n{\"x\": [3, 4]}\n"))
	f.Add([]byte("[{\"x\": \"a\"}, {\"x\": \"b\"}]"))
	f.Add([]byte("{\"x\": null}\n{\"y\": 1}\n{\"x\": 1e99}\n"))
	f.Add(zstdOf(f, "{\"x\": 1}\n"))
	fuzzFile(f, "json", "x.json", Want{Name: "x"}, Want{Name: "x", Kind: column.Int64}, Want{Name: "x", Kind: column.String}, Want{Name: "x", Kind: column.List})
}

func FuzzIDX(f *testing.F) {
	f.Add([]byte("\x00\x00\x08\x01\x00\x00\x00\x02\x05\x06"))
	f.Add([]byte("\x00\x00\x0e\x02\x00\x00\x00\x01\x00\x00\x00\x01\x7f\xe0\x00\x00\x00\x00\x00\x00"))
	fuzzFile(f, "idx", "x-idx1-ubyte", Want{Name: "x"})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("one\ntwo\r\n\n\xff\n"))
	f.Add(gzipped(f, "one\ntwo\n"))
	f.Add(zstdOf(f, "one\ntwo\n"))
	fuzzFile(f, "text", "x.txt", Want{Name: "x", Kind: column.String})
}

func FuzzPicture(f *testing.F) {
	for _, e := range []string{".png", ".jpg", ".gif", ".bmp", ".tiff"} {
		f.Add(encoded(f, e, plain(3, 2, color.NRGBA{1, 2, 3, 255})))
	}
	// A WebP of one pixel, without loss.
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	fuzzFile(f, "image_folder", "x.png", Want{Name: "image"})
}

func FuzzNPZ(f *testing.F) {
	f.Add(zipped(f, "x.npy", npyBytes("'<f4'", "False", "(2,)", "\x00\x00\x80\x3f\x00\x00\x00\xc0")))
	f.Add(zipped(f, "x.npy", npyBytes("'<U2'", "True", "(1, 2)", "a\x00\x00\x00\x00\x00\x00\x00b\x00\x00\x00\x00\x00\x00\x00")))
	f.Add([]byte("PK\x05\x06"))
	fuzzFile(f, "npz", "x.npz", Want{Name: "x"})
}

// FuzzNPY changes the header and the content of an array.
func FuzzNPY(f *testing.F) {
	f.Add([]byte("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"), []byte("12345678"))
	f.Add([]byte("{'descr': '>i8', 'fortran_order': True, 'shape': (1, 1), }"), []byte("12345678"))
	f.Add([]byte("{'descr': '|b1', 'fortran_order': True, 'shape': (2, 2), }"), []byte("\x00\x01\x02\x01"))
	f.Add([]byte("{\"descr\": '|S4', 'fortran_order': False, 'shape': (2L,)}"), []byte("12345678"))
	s, err := decode(f, "npy", `path = "x"`)
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, head, data []byte) {
		if len(head) > 1<<15 {
			return
		}
		text := raw(string(head), string(data))
		promise(t, s.(Located).At(file(t, dir, "x.npy", text)), Want{Name: "x"})
		promise(t, (&npz{}).At(file(t, dir, "d.npz", zipped(t, "x.npy", text))), Want{Name: "x"})
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("a,b\n1,x\n"), uint8(4))
	f.Add([]byte("a,b\n1,x\n2\n\"3\"4,y\nnone,z\n5,\"z\"\n"), uint8(4))
	f.Add([]byte("\xef\xbb\xbfa\n\"1\"\n"), uint8(3))
	f.Add([]byte("\x1f\x8b\x08\x00"), uint8(5))
	f.Add(zstdOf(f, "a\n1\n"), uint8(1))
	dir := f.TempDir()
	s, err := decode(f, "csv", `path = "d.csv"`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		promise(t, s.(Located).At(file(t, dir, "d.csv", data)), Want{"a", column.Kind(kind%3) + 3})
	})
}

func zstdOf(t testing.TB, text string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll([]byte(text), nil)
}

// TestCompressedFiles reads what is compressed as what it was.
func TestCompressedFiles(t *testing.T) {
	for _, c := range []struct{ kind, name, text, column, want string }{
		{"csv", "d.csv", "x\n1\n2\n", "x", "[1]\n[2]\n"},
		{"json", "d.jsonl", "{\"x\": 1}\n{\"x\": 2}\n", "x", "[1]\n[2]\n"},
		{"text", "d.txt", "one\ntwo\n", "text", "[\"one\"]\n[\"two\"]\n"},
		{"idx", "x-idx1-ubyte", "\x00\x00\x08\x01\x00\x00\x00\x02\x05\x06", "x", "[5]\n[6]\n"},
		{"npy", "x.npy", string(npyBytes("'|u1'", "False", "(2,)", "\x05\x06")), "x", "[5]\n[6]\n"},
	} {
		for ending, raw := range map[string][]byte{".gz": gzipped(t, c.text), ".zst": zstdOf(t, c.text)} {
			path := file(t, t.TempDir(), c.name+ending, raw)
			s, err := decode(t, c.kind, fmt.Sprintf("path = %q", path))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := table(s, Request{Columns: []Want{{Name: c.column}}}); err != nil || got != c.want {
				t.Errorf("%s%s: %q %v", c.name, ending, got, err)
			}
			for cut := range raw {
				file(t, filepath.Dir(path), filepath.Base(path), raw[:cut])
				if got, err := table(s, Request{Columns: []Want{{Name: c.column}}}); err == nil && got == c.want && cut < len(raw)-4 { // a checksum may be missing
					t.Errorf("%s%s cut at %d of %d: %q", c.name, ending, cut, len(raw), got)
				}
			}
		}
	}
	// A bomb: rows without an end, and no rows at all.
	for name, text := range map[string]string{"a line": "x\n" + string(bytes.Repeat([]byte{'1'}, 100<<20)), "an element": "[" + string(bytes.Repeat([]byte{'['}, 100<<20))} {
		path := file(t, t.TempDir(), "d", zstdOf(t, text))
		kind := "csv"
		if text[0] == '[' {
			kind = "json"
		}
		s, _ := decode(t, kind, fmt.Sprintf("path = %q", path))
		if _, err := table(s, Request{Columns: []Want{{Name: "x"}}}); err == nil {
			t.Errorf("%s without an end was read", name)
		}
	}
}
