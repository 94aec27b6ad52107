package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/pipeline/column"
)

// readText reads a text in blocks of a size; carefully means with encoding/csv alone, as one block.
func readText(t testing.TB, text []byte, size int, form csvSource, wants []Want, carefully bool) string {
	t.Helper()
	form.header = true
	var out strings.Builder
	c := new(csvFile)
	if err := form.begin(c, "d.csv", bytes.NewReader(text)); err != nil {
		return err.Error()
	}
	c.blocks.rest = append(bytes.Clone(c.first.text), c.blocks.rest...)
	c.blocks.ended = c.blocks.ended && len(c.blocks.rest) == 0 && c.first.err == nil
	if c.first.err != nil {
		c.blocks.r = failing{c.first.err}
	}
	c.blocks.size, c.begun = size, true
	table, err := c.table(&Request{Columns: wants})
	if err != nil {
		return err.Error()
	}
	row, line := int64(0), c.lines
	for {
		k, ok := c.next()
		if !ok {
			return out.String()
		}
		var rows *csvRows
		if carefully {
			rows = &csvRows{lines: bytes.Count(k.text, []byte{'\n'})}
			rows.reset(table, len(k.text)+1)
			table.carefully(k, rows)
		} else {
			rows = table.read(k)
		}
		if rows.fail != nil {
			return out.String() + rows.fail(row, line).Error()
		}
		rec := rows.record(column.Origin{})
		for r := range rows.n {
			for i := range wants {
				v, err := column.FromRecord(rec, i)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "%v|%v|%q,", v.Slice(r, r+1).F32, v.Slice(r, r+1).I64, v.Slice(r, r+1).Str)
			}
			out.WriteByte('\n')
		}
		row += int64(rows.n)
		line += int64(rows.lines)
		c.blocks.release(k)
	}
}

var csvForms = []csvSource{{delimiter: ","}, {delimiter: ";", skipInitialSpace: true}, {delimiter: "\t"}, {delimiter: "§"}, {delimiter: "5"}, {delimiter: " ", skipInitialSpace: true}}

// compareCSV holds blocks of several sizes against encoding/csv, rows and words of errors.
func compareCSV(t *testing.T, text []byte, form csvSource, wants []Want) {
	t.Helper()
	want := readText(t, text, 1<<14, form, wants, true)
	for _, size := range []int{1 << 14, 1, 7, 64} {
		got := readText(t, text, size, form, wants, false)
		// What was read before a mistake depends on how the blocks lie.
		if i := strings.LastIndexByte(want, '\n'); got != want && !(strings.HasSuffix(want, got[strings.LastIndexByte(got, '\n')+1:]) && i < len(want)-1) {
			t.Fatalf("%q %q in blocks of %d:\n%s\nwant\n%s", form.delimiter, text, size, got, want)
		}
	}
}

var csvWants = []Want{{"a", column.Float32}, {"b", column.String}, {"c", column.Int64}, {"a", column.String}}

func TestCSVAsEncodingCSV(t *testing.T) {
	pieces := []string{
		"1", "-2.5", "3e2", "0.1234567890123", " 4 ", "x", "é", "\"q\"", "\"a\"\"b\"", "\"x\ny\"", "\"x\r\ny\"", "\"5\"", "\"", "a\"b", "\"a\"b", "\r", " ", "\t", "", "12345678901234567890", "\xff", "0x1", "\u00a0 7",
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 2_000 {
		form := csvForms[i%len(csvForms)]
		text := strings.ReplaceAll("a,b,c\n", ",", form.delimiter)
		odd := r.IntN(3) > 0
		for range r.IntN(12) {
			for f := range 3 {
				switch {
				case odd && r.IntN(12) == 0:
					text += pieces[r.IntN(len(pieces))]
				case f == 1:
					text += pieces[r.IntN(11)]
				case f == 0:
					text += pieces[r.IntN(4)]
				default:
					text += strconv.Itoa(r.IntN(1000))
				}
				if f < 2 || odd && r.IntN(40) == 0 {
					text += form.delimiter
				}
			}
			text += []string{"\n", "\r\n", "\n\n", "\n"}[r.IntN(4)]
		}
		if r.IntN(3) == 0 {
			text = strings.TrimRight(text, "\n")
		}
		compareCSV(t, []byte(text), form, csvWants)
	}
}

func FuzzCSVAsEncodingCSV(f *testing.F) {
	f.Add([]byte("a,b,c\n1,x,2\n"), uint8(0))
	f.Add([]byte("a;b;c\r\n 1; \"x\"\"y\";2\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, form uint8) {
		if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			return
		}
		compareCSV(t, text, csvForms[int(form)%len(csvForms)], csvWants)
	})
}

func TestCSVReadErrors(t *testing.T) {
	c := new(csvFile)
	s := csvSource{delimiter: ",", header: true}
	bad := errors.New("the disk is gone")
	if err := s.begin(c, "d.csv", &endsWith{strings.NewReader("a\n1\n2\n3"), bad}); err != nil {
		t.Fatal(err)
	}
	table, err := c.table(&Request{Columns: []Want{{"a", column.Float32}}})
	if err != nil {
		t.Fatal(err)
	}
	k, _ := c.next()
	if rows := table.read(k); rows.fail == nil || !strings.Contains(rows.fail(10, 11).Error(), "d.csv, row 13: the file is damaged: the disk is gone") {
		t.Errorf("%+v", rows)
	}
}

// endsWith is a reader that ends with an error.
type endsWith struct {
	*strings.Reader
	err error
}

func (e *endsWith) Read(p []byte) (int, error) {
	if n, err := e.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, e.err
}

// TestCSVWorkers: the same records for any number of workers, with the first mistake of several.
func TestCSVWorkers(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("a,b\n")
	for i := range 300_000 {
		fmt.Fprintf(&b, "%d.5,\"row\n%d\"\n", i, i)
	}
	good := file(t, t.TempDir(), "d.csv", b.Bytes())
	bad := file(t, t.TempDir(), "d.csv", []byte(b.String()+"x,y\n"+b.String()+"1,\"\n"))
	for _, workers := range []int{1, 2, 5} {
		records, rows := "", int64(0)
		files := new(Files)
		r := Request{Part: Train, Columns: []Want{{"b", column.String}, {"a", column.Float32}}, Workers: workers, Files: files}
		for rec, err := range (&csvSource{delimiter: ",", header: true}).At(good).Read(context.Background(), r) {
			if err != nil {
				t.Fatal(err)
			}
			v, err := column.FromRecord(rec, 1)
			if err != nil || v.F32[0] != float32(rows)+0.5 || column.OriginOf(rec).Row != rows+1 {
				t.Fatalf("row %d: %v %v %+v", rows, err, v.F32[0], column.OriginOf(rec))
			}
			rows += rec.NumRows()
			records += fmt.Sprint(rec.NumRows(), " ")
		}
		if rows != 300_000 || records != "53539 51886 47662 47662 47662 47662 3927 " || len(files.List()) != 1 {
			t.Errorf("%d workers: %d rows, records of %s", workers, rows, records)
		}
		var err error
		for _, err = range (&csvSource{delimiter: ",", header: true}).At(bad).Read(context.Background(), r) {
		}
		if err == nil || !strings.HasSuffix(err.Error(), `d.csv, row 300001 (line 600002), column "a": "x" is not a number`) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		for _, err = range (&csvSource{delimiter: ",", header: true}).At(good).Read(ctx, r) {
		}
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func BenchmarkCSV(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	forms := map[string]func() string{
		"floats": func() string { return strconv.FormatFloat(r.NormFloat64(), 'g', -1, 32) },
		"ints":   func() string { return strconv.Itoa(r.IntN(10000)) },
		"text":   func() string { return fmt.Sprintf("word%d", r.IntN(10000)) },
		"quoted": func() string { return fmt.Sprintf("\"a %d, \"\"b\"\"\"", r.IntN(10000)) },
	}
	kinds := map[string]column.Kind{"floats": column.Float32, "ints": column.Int64}
	for name, form := range forms {
		b.Run(name, func(b *testing.B) {
			var text bytes.Buffer
			var wants []Want
			kind, ok := kinds[name]
			if !ok {
				kind = column.String
			}
			for i := range 29 {
				wants = append(wants, Want{fmt.Sprint("c", i), kind})
				fmt.Fprintf(&text, "c%d", i)
				text.WriteByte(",\n"[i/28])
			}
			for i := range 29 * 50_000 {
				text.WriteString(form())
				text.WriteByte(",\n"[i%29/28])
			}
			s := (&csvSource{delimiter: ",", header: true}).At(file(b, b.TempDir(), "d.csv", text.Bytes()))
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				for _, err := range s.Read(context.Background(), Request{Part: Train, Columns: wants, Workers: runtime.GOMAXPROCS(0)}) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
