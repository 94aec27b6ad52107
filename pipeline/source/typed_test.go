package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/dlrun/dlrun/pipeline/column"
)

// testdata/types.* hold one table of seven rows as pyarrow 22 wrote it: Parquet (zstd, row groups of
// four), an IPC file (lz4) and an IPC stream.
func TestTypedFiles(t *testing.T) {
	wants := []struct{ name, want string }{
		{"b", "[1] [0] [0] [1] [0] [0] [1]"},
		{"i8", "[-3] [-2] [-1] [0] [1] [2] [3]"},
		{"u16", "[60000] [60001] [60002] [60003] [60004] [60005] [60006]"},
		{"i32", "[0] [-100000] [-200000] [-300000] [-400000] [-500000] [-600000]"},
		{"u32", "[4000000000] [4000000001] [4000000002] [4000000003] [4000000004] [4000000005] [4000000006]"},
		{"i64", "[1000000000000] [1000000000001] [1000000000002] [1000000000003] [1000000000004] [1000000000005] [1000000000006]"},
		{"f16", "[0] [0.5] [1] [1.5] [2] [2.5] [3]"},
		{"f32", "[0] [0.1] [0.2] [0.3] [0.4] [0.5] [0.6]"},
		{"f64", "[0] [0.1] [0.2] [0.3] [0.4] [0.5] [0.6]"},
		{"s", `["a"] ["bb"] [""] ["é"] ["ccc"] ["bb"] ["a"]`},
		{"dict", `["x"] ["y"] ["x"] ["z"] ["y"] ["x"] ["x"]`},
		{"date", `["2026-01-01"] ["2026-01-02"] ["2026-01-03"] ["2026-01-04"] ["2026-01-05"] ["2026-01-06"] ["2026-01-07"]`},
		{"ts", `["2026-01-01T12:00:00Z"] ["2026-01-01T12:00:01Z"] ["2026-01-01T12:00:02Z"] ["2026-01-01T12:00:03Z"] ["2026-01-01T12:00:04Z"] ["2026-01-01T12:00:05Z"] ["2026-01-01T12:00:06Z"]`},
		{"dec", "[0] [0.25] [0.5] [0.75] [1] [1.25] [1.5]"},
		{"list", "[0 1 2] [1 2 3] [2 3 4] [3 4 5] [4 5 6] [5 6 7] [6 7 8]"},
		{"fixed", "[0 0] [1 -1] [2 -2] [3 -3] [4 -4] [5 -5] [6 -6]"},
	}
	for file, kind := range map[string]string{"types.parquet": "parquet", "types.arrow": "arrow", "types.arrows": "arrow"} {
		s, err := decode(t, kind, fmt.Sprintf("path = %q", "testdata/"+file))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range wants {
			for _, workers := range []int{1, 3} {
				got, err := table(s, Request{Columns: []Want{{Name: c.name}, {Name: "i8"}}, Workers: workers})
				if err != nil {
					t.Errorf("%s, column %s: %v", file, c.name, err)
					continue
				}
				var cells []string
				for line := range strings.Lines(got) {
					cells = append(cells, strings.Split(line, "|")[0])
				}
				if diff := cmp.Diff(c.want, strings.Join(cells, " ")); diff != "" {
					t.Errorf("%s, column %s:\n%s", file, c.name, diff)
				}
			}
		}
		for name, want := range map[string]string{
			"null":   `row 3, column "null": the value is missing (null)`,
			"ragged": `row 2, column "ragged": the list has 2 elements, the first row's has 1`,
			"strcut": `there is no column "strcut"`,
		} {
			if _, err := table(s, Request{Columns: []Want{{Name: name}}}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, column %s: %v", file, name, err)
			}
		}
		have, err := s.(Located).Columns("")
		if err != nil || have[0] != "b" || len(have) < 18 {
			t.Errorf("%s: columns %q, %v", file, have, err)
		}
	}
	s, _ := decode(t, "parquet", `path = "testdata/types.parquet"`)
	if _, err := table(s, Request{Columns: []Want{{Name: "struct"}}}); err == nil || !strings.Contains(err.Error(), "groups of columns") {
		t.Error(err)
	}
	if _, err := table(s, Request{Columns: []Want{{Name: "i64"}}, Limit: 20}); err == nil || !strings.Contains(err.Error(), "the limit is 20 bytes") {
		t.Error(err)
	}
}

// A damaged file is an error or, where nothing in the file could tell, other numbers; never a panic, and
// never other rows than its columns agree on.
func TestDamagedTypedFiles(t *testing.T) {
	for file, kind := range map[string]string{"types.parquet": "parquet", "types.arrow": "arrow", "types.arrows": "arrow"} {
		whole, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), file)
		s, err := decode(t, kind, fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		try := func(text []byte) {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"b", "i32", "f64", "s", "dict", "dec", "list", "ts"} {
				if _, err := table(s, Request{Columns: []Want{{Name: name}}}); err != nil {
					refused++
				}
			}
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 60 {
			text := bytes.Clone(whole)
			for range 1 + r.IntN(4) {
				text[r.IntN(len(text))] ^= byte(1 << r.IntN(8))
			}
			try(text)
		}
		for at := 0; at < len(whole); at += 1 + len(whole)/30 {
			before := refused
			if try(whole[:at]); refused != before+8 && kind == "parquet" {
				t.Errorf("%s cut at %d of %d: %d of 8 columns were refused", file, at, len(whole), refused-before)
			}
		}
		if refused < 150 {
			t.Errorf("%s: only %d damages were noticed", file, refused)
		}
	}
}

func BenchmarkParquet(b *testing.B) {
	type row struct {
		A, B, C, D float64
		S          string `parquet:",dict"`
	}
	rows := make([]row, 200_000)
	for i := range rows {
		rows[i] = row{float64(i), float64(i) / 3, float64(i) / 7, float64(i) / 11, []string{"a", "bb", "ccc"}[i%3]}
	}
	path := filepath.Join(b.TempDir(), "x.parquet")
	if err := parquet.WriteFile(path, rows, parquet.Compression(&parquet.Snappy)); err != nil {
		b.Fatal(err)
	}
	s, err := decode(b, "parquet", fmt.Sprintf("path = %q", path))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := int64(0)
		for rec, err := range s.Read(b.Context(), Request{Part: Train, Limit: 1 << 30, Workers: 1, Columns: []Want{{Name: "A"}, {Name: "B"}, {Name: "C"}, {Name: "D"}, {Name: "S"}}}) {
			if err != nil {
				b.Fatal(err)
			}
			n += rec.NumRows()
		}
		if n != int64(len(rows)) {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(rows))*5/b.Elapsed().Seconds()/1e6, "Mvalues/s")
}

func TestJSON(t *testing.T) {
	dir := t.TempDir()
	lines := "{\"x\": 1, \"s\": \"a\\u00e9\", \"v\": [[1, 2], [3, 4.5]], \"b\": true, \"n\": 3.0}\n\n {\"s\": \"\", \"b\": false, \"v\": [[0,0],[0,0]], \"x\": -2.5e1, \"n\": 7, \"more\": {}}\n"
	array := " [" + strings.ReplaceAll(strings.TrimSpace(lines), "\n\n", ",\n") + "\n]"
	for name, text := range map[string][]byte{"x.jsonl": []byte(lines), "x.json": []byte(array), "x.jsonl.gz": gzipped(t, lines)} {
		s, err := decode(t, "json", fmt.Sprintf("path = %q", file(t, dir, name, text)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := table(s, Request{Workers: 2, Columns: []Want{{Name: "x"}, {Name: "s"}, {Name: "v"}, {Name: "b"}, {Name: "n", Kind: column.Int64}, {Name: "n", Kind: column.String}}})
		if err != nil {
			t.Fatal(name, err)
		}
		want := "[1]|[\"aé\"]|[1 2 3 4.5]|[1]|[3]|[\"3.0\"]\n[-25]|[\"\"]|[0 0 0 0]|[0]|[7]|[\"7\"]\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if have, err := s.(Located).Columns(""); err != nil || fmt.Sprint(have) != "[b n s v x]" {
			t.Errorf("%s: %q %v", name, have, err)
		}
	}
	for text, want := range map[string]string{
		"":                                     "there are no rows",
		"{\"x\": 1}\n{\"x\": null}":            `row 2, column "x": the value is missing`,
		"{\"x\": 1}\n{\"y\": 1}":               `row 2, column "x": the object has no such key`,
		"{\"x\": 1}\n{\"x\": 1":                "row 2: it is not JSON",
		"[{\"x\": 1}, {\"x\": 1":               "cut short",
		"[{\"x\": 1}, 5]":                      "row 2: an object is wanted, got number",
		"{\"x\": [1, 2]}\n{\"x\": [1]}":        "the array has 1 elements, the first row's has 2",
		"{\"x\": [1, 2]}\n{\"x\": 3}":          "it is 3, the first row is an array of shape [2]",
		"{\"x\": 1}\n{\"x\": \"a\"}":           "it is text",
		"{\"x\": 1e99}":                        "too large for a float32",
		"{\"x\": {\"y\": 1}}":                  "it is an object",
		"{\"x\": []}":                          "the array is empty",
		strings.Repeat("[", 100_000):           "max depth",
		"{\"x\":" + strings.Repeat("[", 5_000): "not JSON",
	} {
		s, err := decode(t, "json", fmt.Sprintf("path = %q", file(t, dir, "bad.json", []byte(text))))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := table(s, Request{Columns: []Want{{Name: "x"}}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func TestArrayFiles(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "x_train.npy", npyBytes("'<f4'", "False", "(2, 2)", "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"))
	file(t, dir, "y_train.npy", npyBytes("'|u1'", "False", "(2,)", "\x07\x08"))
	file(t, dir, "x_test.npy", npyBytes("'<f4'", "True", "(1, 2)", "\x00\x00\x80\x3f\x00\x00\x00\x40"))
	file(t, dir, "y_test.npy", npyBytes("'|u1'", "False", "(1,)", "\x09"))
	s, err := decode(t, "npy", fmt.Sprintf("train = %q\n test = %q", filepath.Join(dir, "*_train.npy"), filepath.Join(dir, "*_test.npy")))
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]string{Train: "[1 2]|[7]\n[3 4]|[8]\n", Test: "[1 2]|[9]\n"} {
		got, err := table(s, Request{Part: part, Columns: []Want{{Name: "x"}, {Name: "y"}}})
		if err != nil || got != want {
			t.Errorf("%s: %q %v", part, got, err)
		}
	}
	images := "\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x01\x02\x03\x04"
	labels := "\x00\x00\x08\x01\x00\x00\x00\x02\x05\x06"
	dir = t.TempDir()
	file(t, dir, "train-images-idx3-ubyte", []byte(images))
	file(t, dir, "train-labels-idx1-ubyte.gz", gzipped(t, labels))
	for _, path := range []string{dir, filepath.Join(dir, "train-*")} {
		s, err := decode(t, "idx", fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		got, err := table(s, Request{Columns: []Want{{Name: "images"}, {Name: "labels"}}})
		if err != nil || got != "[1 2]|[5]\n[3 4]|[6]\n" {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
	for text, want := range map[string]string{
		images[:len(images)-1]: "cut short",
		images + "\x00":        "more data than the header says",
		"\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff": "more elements than any file holds",
		"\x00\x00\x08\x01\x7f\xff\xff\xff":                                 "the limit is",
		"\x00\x00\x07\x01\x00\x00\x00\x01\x01":                             "which the idx format has not got",
		"\x00\x00\x08\x01\x00\x00\x00\x00":                                 "there are no rows",
		"GIF89a":                                                           "not in the idx format",
		"\x00\x00\x08\x01\x00\x00\x00\x03\x01\x02\x03":                     "it has 3 rows",
	} {
		file(t, dir, "train-images-idx3-ubyte", []byte(text))
		s, err := decode(t, "idx", fmt.Sprintf("path = %q", dir))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := table(s, Request{Columns: []Want{{Name: "labels"}, {Name: "images"}}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
