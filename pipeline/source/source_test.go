package source

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

func decode(t testing.TB, kind, body string) (Source, error) {
	t.Helper()
	f, diags := hclparse.NewParser().ParseHCL([]byte(body), "s.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s, _, diags := schema.Resolve(Sources, kind, hcl.Range{}, f.Body, &hcl.EvalContext{}, "source")
	if diags.HasErrors() {
		return nil, diags
	}
	return s, nil
}

// table reads all rows and writes them as text, a line each, fields divided by |.
func table(s Source, r Request) (string, error) {
	var b strings.Builder
	if r.Part == "" {
		r.Part = Train
	}
	if r.Limit == 0 {
		r.Limit = 1 << 20
	}
	for rec, err := range s.Read(context.Background(), r) {
		if err != nil {
			return b.String(), err
		}
		cols := make([]*column.Values, rec.NumCols())
		for i := range cols {
			if cols[i], err = column.FromRecord(rec, i); err != nil {
				return "", err
			}
		}
		for row := range int(rec.NumRows()) {
			for i, v := range cols {
				if i > 0 {
					b.WriteByte('|')
				}
				one := v.Slice(row, row+1)
				switch v.Kind {
				case column.Uint8:
					fmt.Fprint(&b, one.U8)
				case column.Int32:
					fmt.Fprint(&b, one.I32)
				case column.Int64:
					fmt.Fprint(&b, one.I64)
				case column.Float32:
					fmt.Fprint(&b, one.F32)
				case column.String:
					fmt.Fprintf(&b, "%q", one.Str)
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String(), nil
}

func file(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t testing.TB, arrays ...any) []byte { // name, content, ...
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(arrays); i += 2 {
		w, err := z.Create(arrays[i].(string))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(arrays[i+1].([]byte)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func npyBytes(descr, order, shape, data string) []byte {
	return raw(fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape), data)
}

func raw(head, data string) []byte {
	return []byte("\x93NUMPY\x01\x00" + string([]byte{byte(len(head)), byte(len(head) >> 8)}) + head + data)
}

func TestNPYElements(t *testing.T) {
	for _, c := range []struct{ descr, order, shape, data, want string }{
		{"'<f4'", "False", "(2,)", "\x00\x00\x80\x3f\x00\x00\x00\xc0", "[1]\n[-2]\n"},
		{"'>f4'", "False", "(1,)", "\x3f\x80\x00\x00", "[1]\n"},
		{"'<f2'", "False", "(5,)", "\x00\x3c\x01\x00\x00\xfc\xff\x7b\x00\x80", "[1]\n[5.9604645e-08]\n[-Inf]\n[65504]\n[-0]\n"},
		{"'<f8'", "False", "(1,)", "\x00\x00\x00\x00\x00\x00\xf8\x3f", "[1.5]\n"},
		{"'|i1'", "False", "(2,)", "\x01\xff", "[1]\n[-1]\n"},
		{"'<i2'", "False", "(1,)", "\xfe\xff", "[-2]\n"},
		{"'<u2'", "False", "(1,)", "\xfe\xff", "[65534]\n"},
		{"'>i4'", "False", "(1,)", "\xff\xff\xff\xfd", "[-3]\n"},
		{"'<u4'", "False", "(1,)", "\xff\xff\xff\xff", "[4294967295]\n"},
		{"'<i8'", "False", "(1,)", "\xff\xff\xff\xff\xff\xff\xff\xff", "[-1]\n"},
		{"'<u8'", "False", "(1,)", "\xff\xff\xff\xff\xff\xff\xff\x7f", "[9223372036854775807]\n"},
		{"'|b1'", "False", "(2,)", "\x00\x01", "[0]\n[1]\n"},
		{"'|u1'", "False", "(2, 2, 1)", "\x01\x02\x03\x04", "[1 2]\n[3 4]\n"},
		{"'|u1'", "True", "(2, 3)", "\x01\x02\x03\x04\x05\x06", "[1 3 5]\n[2 4 6]\n"},
		{"'|u1'", "True", "(2, 2, 2)", "\x01\x02\x03\x04\x05\x06\x07\x08", "[1 5 3 7]\n[2 6 4 8]\n"},
		{"'<U2'", "False", "(2,)", "a\x00\x00\x00\x00\x00\x00\x00\xe9\x00\x00\x00b\x00\x00\x00", "[\"a\"]\n[\"éb\"]\n"},
		{"'|S3'", "False", "(2,)", "ab\x00\xc3\xa9\x00", "[\"ab\"]\n[\"é\"]\n"},
	} {
		path := file(t, t.TempDir(), "d.npz", zipped(t, "x.npy", npyBytes(c.descr, c.order, c.shape, c.data)))
		s, err := decode(t, "npz", fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		got, err := table(s, Request{Columns: []Want{{Name: "x"}}})
		if err != nil || got != c.want {
			t.Errorf("%s %s %s: %q, %v, want %q", c.descr, c.order, c.shape, got, err, c.want)
		}
	}
}

func TestBadNPZ(t *testing.T) {
	good := npyBytes("'|u1'", "False", "(2,)", "\x01\x02")
	cut := zipped(t, "x.npy", npyBytes("'|u1'", "False", "(4096,)", strings.Repeat("\x07", 4096)))
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"not a zip", []byte("hello"), "not in NumPy's .npz format"},
		{"empty", nil, "not in NumPy's .npz format"},
		{"no such array", zipped(t, "labels.npy", good, "images.npy", good), `there is no column "x". There is "images", "labels".`},
		{"not npy", zipped(t, "x.npy", []byte("PK is not it at all")), "not in NumPy's .npy format"},
		{"lengths", zipped(t, "y.npy", good, "x.npy", npyBytes("'|u1'", "False", "(3,)", "\x01\x02\x03")), `column "x": it has 3 rows, array "y" has 2`},
		{"objects", zipped(t, "x.npy", npyBytes("'|O'", "False", "(2,)", "\x80\x04")), "Python objects, which dlrun never loads"},
		{"records", zipped(t, "x.npy", npyBytes("[('a', '<i4')]", "False", "(2,)", "\x80\x04")), "records of several fields"},
		{"complex", zipped(t, "x.npy", npyBytes("'<c8'", "False", "(1,)", "\x00\x00\x00\x00\x00\x00\x00\x00")), `type "<c8"`},
		{"wide text", zipped(t, "x.npy", npyBytes("'<U99999999'", "False", "(1,)", "")), "does not read"},
		{"scalar", zipped(t, "x.npy", npyBytes("'|u1'", "False", "()", "\x01")), "no axis to count rows along"},
		{"no rows", zipped(t, "x.npy", npyBytes("'|u1'", "False", "(0, 3)", "")), "no rows"},
		{"empty rows", zipped(t, "x.npy", npyBytes("'|u1'", "False", "(3, 0)", "")), "its rows hold nothing"},
		{"claims much", zipped(t, "x.npy", npyBytes("'<f8'", "False", "(1000000, 1000000)", "\x00")), "column \"x\""},
		{"claims more than there is", zipped(t, "x.npy", npyBytes("'<f8'", "False", "(1000,)", "\x00")), "damaged or was cut short"},
		{"overflows", zipped(t, "x.npy", npyBytes("'<f8'", "False", "(1125899906842624, 8)", "\x00")), "more than any file holds"},
		{"negative", zipped(t, "x.npy", npyBytes("'<f8'", "False", "(-1,)", "")), "cannot be understood"},
		{"long header", zipped(t, "x.npy", append([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), good...)), "header has 4294967295 bytes"},
		{"nonsense", zipped(t, "x.npy", raw("{'descr': '<f4', 'shape': (1,", "")), "cannot be understood"},
		{"twice", zipped(t, "x.npy", raw("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "")), "twice"},
		{"lacks", zipped(t, "x.npy", raw("{'descr': '<f4', 'shape': (1,)}", "")), "lacks"},
		{"version", zipped(t, "x.npy", []byte("\x93NUMPY\x09\x00aaaaaaaaaaaaaaa")), "version 9.0"},
		{"a boolean of 7", zipped(t, "x.npy", npyBytes("'|b1'", "False", "(3,)", "\x00\x01\x07")), `row 3, column "x": 7 is no boolean`},
		{"float64 out of range", zipped(t, "x.npy", npyBytes("'>f8'", "False", "(1,)", "\x7f\xe0\x00\x00\x00\x00\x00\x00")), `row 1, column "x": 8.98846567431158e+307 is too large`},
		{"surrogate", zipped(t, "x.npy", npyBytes("'<U1'", "False", "(1,)", "\x00\xd8\x00\x00")), "0xd800 is no character"},
		{"damaged", append(append([]byte{}, cut[:60]...), append([]byte{0xff, 0xff, 0xff}, cut[63:]...)...), "d.npz"},
	} {
		path := file(t, t.TempDir(), "d.npz", c.file)
		s, err := decode(t, "npz", fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		wants := []Want{{Name: "x"}}
		if c.name == "lengths" {
			wants = []Want{{Name: "y"}, {Name: "x"}}
		}
		_, err = table(s, Request{Columns: wants})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSeveralFilesAreOneTable(t *testing.T) {
	dir := t.TempDir()
	for i, data := range []string{"\x01\x02", "\x03", "\x04\x05"} {
		file(t, dir, fmt.Sprintf("part-%d.npz", i), zipped(t, "x.npy", npyBytes("'|u1'", "False", fmt.Sprintf("(%d,)", len(data)), data)))
	}
	s, err := decode(t, "npz", `path = "part-*.npz"`)
	if err != nil {
		t.Fatal(err)
	}
	files := new(Files)
	got, err := table(s, Request{Dir: dir, Columns: []Want{{Name: "x"}}, Files: files})
	if err != nil || got != "[1]\n[2]\n[3]\n[4]\n[5]\n" {
		t.Errorf("%q %v", got, err)
	}
	if l := files.List(); len(l) != 3 || len(l[0].SHA256) != 64 || l[0].Size == 0 || filepath.Base(l[2].Path) != "part-2.npz" {
		t.Errorf("files %+v", l)
	}
	file(t, dir, "part-9.npz", zipped(t, "x.npy", npyBytes("'<f4'", "False", "(1,)", "\x00\x00\x00\x00")))
	if _, err := table(s, Request{Dir: dir, Columns: []Want{{Name: "x"}}}); err == nil || !strings.Contains(err.Error(), "rows are float32, those of") {
		t.Errorf("%v", err)
	}
}

func TestCSV(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, "a,b\n1,2\n"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, args, text string
		wants            []Want
		want             string
	}{
		{"plain", "", "a,b\n1,x\n2.5,y\n", []Want{{"b", column.String}, {"a", column.Float32}}, "[\"x\"]|[1]\n[\"y\"]|[2.5]\n"},
		{"byte order mark, carriage returns, no last end of line", "", "\xef\xbb\xbfa,b\r\n1,x\r\n-2e3,y", []Want{{"a", column.Float32}}, "[1]\n[-2000]\n"},
		{"quotes", "", "a,\"b,c\"\n1,\"say \"\"hi\"\"\nthere\"\n", []Want{{"b,c", column.String}}, "[\"say \\\"hi\\\"\\nthere\"]\n"},
		{"whole numbers", "", "a\n3\n 4 \n5.0\n", []Want{{"a", column.Int64}}, "[3]\n[4]\n[5]\n"},
		{"delimiter", "delimiter = \"\\t\"", "a\tb\n1\t2\n", []Want{{"b", column.Float32}}, "[2]\n"},
		{"no header", "header = false\ncolumns = [\"a\", \"b\"]", "1,2\n3,4\n", []Want{{"b", column.Float32}}, "[2]\n[4]\n"},
		{"initial space", "skip_initial_space = true", "a, b\n1, x y\n", []Want{{"b", column.String}}, "[\"x y\"]\n"},
		{"blank lines", "", "a\n1\n\n2\n\n", []Want{{"a", column.Float32}}, "[1]\n[2]\n"},
		{"gzip", "", packed.String(), []Want{{"b", column.Float32}}, "[2]\n"},
		{"empty text", "", "a,b\n,1\n", []Want{{"a", column.String}}, "[\"\"]\n"},
	} {
		path := file(t, t.TempDir(), "d.csv", []byte(c.text))
		s, err := decode(t, "csv", fmt.Sprintf("path = %q\n%s", path, c.args))
		if err != nil {
			t.Fatal(c.name, err)
		}
		got, err := table(s, Request{Columns: c.wants})
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestBadCSV(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       column.Kind
		want       string
	}{
		{"no such column", "years,gender\n1,2\n", 0, `there is no column "a". There is "years", "gender".`},
		{"near miss", "aa,sex\n1,2\n", 0, `Did you mean "aa"?`},
		{"empty file", "", 0, "it is empty"},
		{"header alone", "a,b\n", 0, "there are no rows"},
		{"a word", "a,b\n1,2\n12x,3\n", column.Float32, `d.csv, row 2 (line 3), column "a": "12x" is not a number`},
		{"nothing", "a,b\n1,2\n,3\n", column.Float32, `row 2 (line 3), column "a": it is empty where a number is wanted`},
		{"NaN", "a\nNaN\n", column.Float32, `"NaN" is not a number`},
		{"infinity", "a\ninf\n", column.Float32, `"inf" is not a number`},
		{"hexadecimal", "a\n0x10\n", column.Float32, `"0x10" is not a number`},
		{"underscore", "a\n1_000\n", column.Float32, `"1_000" is not a number`},
		{"too large", "a\n1e39\n", column.Float32, `1e39 is too large`},
		{"a fraction", "a\n1.5\n", column.Int64, `1.5 is not a whole number`},
		{"too long a number", "a\n99999999999999999999\n", column.Int64, `does not fit in 64 bits`},
		{"ragged", "a,b\n1,2\n\n3\n4,5\n", 0, `row 2 (line 4): it has 1 fields, and there are 2 columns`},
		{"quote left open", "a,b\n1,\"2\n3,4\n", 0, `a quote is not closed`},
		{"quote within", "a,b\n1,2\"3\n", 0, `row 1 (line 2): a quote stands within`},
		{"twice", "a,a\n1,2\n", 0, `two columns have this name`},
		{"not UTF-8", "a\n\xff\n", column.String, `row 1 (line 2), column "a": the text is not UTF-8`},
		{"damaged gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xffgarbage", 0, "damaged"},
	} {
		path := file(t, t.TempDir(), "d.csv", []byte(c.text))
		s, err := decode(t, "csv", fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		_, err = table(s, Request{Columns: []Want{{"a", c.kind}}})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// endless is a line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestARowIsBounded(t *testing.T) {
	s, err := decode(t, "csv", `path = "d.csv"`)
	if err != nil {
		t.Fatal(err)
	}
	err = s.(*csvSource).begin(new(csvFile), "d.csv", endless{})
	if err == nil || !strings.Contains(err.Error(), "a row is longer than 64.0 MiB") {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{"npz", ``, `"path"`},
		{"npz", "path = \"a\"\ntrain = \"b\"", `both say`},
		{"csv", "path = \"a\"\ndelimiter = \",,\"", `single character`},
		{"csv", "path = \"a\"\nheader = false", `named by the argument "columns"`},
		{"csv", "path = \"a\"\ncolumns = [\"a\"]", `header = false`},
		{"csv", "pth = \"a\"", `no argument "pth". Did you mean "path"?`},
		{"coco", "", `no source "coco"`},
		{"cvs", "", `Did you mean "csv"?`},
	} {
		if _, err := decode(t, c.kind, c.body); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s { %s }: %v, want %q", c.kind, c.body, err, c.want)
		}
	}
	s, err := decode(t, "csv", "path = \"a.csv\"\nheader = false\ncolumns = [\"age\", \"sex\"]")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Field("agee", column.Float32); err == nil || !strings.Contains(err.Error(), `Did you mean "age"?`) {
		t.Error(err)
	}
	for _, path := range []string{"nowhere.csv", "none-*.csv"} {
		s.(*csvSource).path = path
		if _, err := table(s, Request{Dir: t.TempDir(), Columns: []Want{{"age", 0}}}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// What an array would take in memory is known from its header, before any of it is read.
func TestNPZLimit(t *testing.T) {
	path := file(t, t.TempDir(), "d.npz", zipped(t, "x.npy", npyBytes("'<f4'", "False", "(300, 10)", strings.Repeat("\x00", 12000))))
	for limit, want := range map[int64]string{12000: "", 11999: "d.npz, column \"x\": 11.7 KiB would have to be held in memory, and the limit is 11.7 KiB"} {
		got, err := table((&npz{}).At(path), Request{Columns: []Want{{Name: "x"}}, Limit: limit})
		if want == "" && err != nil || want != "" && (got != "" || err == nil || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
