package source

import (
	"context"
	"fmt"
	"image/color"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/pipeline/column"
)

// leftOut reads a source that leaves rows with a mistake out: the rows that are left, and what is said of the others.
func leftOut(t *testing.T, s Source, how OnError, wants ...Want) (rows string, found int, notes []string, err error) {
	t.Helper()
	m := new(Malformed)
	var b strings.Builder
	for rec, err := range s.Read(context.Background(), Request{Part: Train, Columns: wants, Limit: 1 << 30, Workers: 2, OnError: how, Malformed: m}) {
		if err != nil {
			return "", 0, nil, err
		}
		bad, err := column.MalformedOf(rec)
		if err != nil {
			t.Fatal(err)
		}
		for r := range int(rec.NumRows()) {
			if len(bad) > 0 && bad[0] == r {
				bad = bad[1:]
				continue
			}
			for i := range wants {
				v, err := column.FromRecord(rec, i)
				if err != nil {
					t.Fatal(err)
				}
				switch one := v.Slice(r, r+1); v.Kind {
				case column.String:
					fmt.Fprintf(&b, "%q", one.Str)
				case column.Uint8:
					fmt.Fprint(&b, one.U8)
				case column.Int32:
					fmt.Fprint(&b, one.I32)
				case column.Int64:
					fmt.Fprint(&b, one.I64)
				default:
					fmt.Fprint(&b, one.F32)
				}
			}
			b.WriteByte('\n')
		}
	}
	found, notes = m.Found()
	return b.String(), found, notes, nil
}

// testdata/gaps.* hold one table of seven rows as pyarrow 26 wrote it, in batches of four: values and lists that are missing,
// numbers that are too large, lists of several lengths.
func TestRowsLeftOut(t *testing.T) {
	for file, kind := range map[string]string{"gaps.parquet": "parquet", "gaps.arrow": "arrow", "gaps.arrows": "arrow"} {
		s, err := decode(t, kind, fmt.Sprintf("path = %q", "testdata/"+file))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			column, want string
			notes        []string
		}{
			{"i", "[1]0 [3]2 [4]3 [5]4 [7]6", []string{"row 2: null", "row 6: null"}},
			{"f", "[0.5]0 [2.5]3 [3.5]4 [4.5]5 [5.5]6", []string{"row 2: 1e+300 is too large", "row 3: null"}},
			{"s", `["a"]0 [""]1 ["b"]3 ["c"]5 ["d"]6`, []string{"row 3: null", "row 5: null"}},
			{"d", `["x"]0 ["y"]2 ["x"]3 ["y"]4 ["x"]6`, []string{"row 2: null", "row 6: null"}},
			{"l", "[1 2]0 [5 6]5 [7 8]6", []string{"row 2: 1 elements", "row 3: null", "row 4: null", "row 5: 0 elements"}},
			{"fl", "[1 2]0 [3 4]1 [6 7]4 [8 9]5 [10 11]6", []string{"row 3: null", "row 4: null"}},
		} {
			got, n, notes, err := leftOut(t, s, Skip, Want{Name: c.column}, Want{Name: "y"})
			if err != nil {
				t.Errorf("%s, column %s: %v", file, c.column, err)
				continue
			}
			want := ""
			for _, cell := range strings.SplitAfter(c.want, "]") {
				if y := strings.Fields(cell); len(y) > 0 && !strings.HasPrefix(cell, "[") {
					want += fmt.Sprintf("[%s]\n", y[0])
					cell = strings.TrimPrefix(cell, y[0])
				}
				want += strings.TrimPrefix(cell, " ")
			}
			got = strings.ReplaceAll(got, " ", "")
			if want = strings.ReplaceAll(want, " ", ""); got != want && got != strings.TrimSuffix(want, "]")+"]" {
				t.Errorf("%s, column %s: %s, want %s", file, c.column, got, want)
			}
			if n != len(c.notes) || len(notes) != n {
				t.Errorf("%s, column %s: %q", file, c.column, notes)
				continue
			}
			for i, note := range c.notes {
				row, what, _ := strings.Cut(note, ": ")
				what = strings.NewReplacer("null", "missing", "0 elements", "e", "1 elements", "1 elements").Replace(what)
				if !strings.Contains(notes[i], file) || !strings.Contains(notes[i], row+",") || !strings.Contains(notes[i], fmt.Sprintf("column %q", c.column)) || !strings.Contains(notes[i], what) {
					t.Errorf("%s, column %s: %q, want %q", file, c.column, notes[i], note)
				}
			}
		}
	}
}

// Where values may be missing they are NaN, or the text that stands for none.
func TestOptionalColumns(t *testing.T) {
	lines := `{"i": 1, "s": "a"}` + "\n" + `{"s": "b"}` + "\n" + `{"i": null, "s": null}` + "\n"
	json := file(t, t.TempDir(), "d.jsonl", []byte(lines))
	for path, kind := range map[string]string{"testdata/gaps.parquet": "parquet", "testdata/gaps.arrow": "arrow", "testdata/gaps.arrows": "arrow", json: "json"} {
		s, err := decode(t, kind, fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		wants := map[string]string{
			"i": "[1] [NaN] [3] [4] [5] [NaN] [7]", "s": `["a"] [""] ["\xff"] ["b"] ["\xff"] ["c"] ["d"]`,
			"fl": "[1 2] [3 4] [NaN NaN] [5 NaN] [6 7] [8 9] [10 11]", "d": `["x"] ["\xff"] ["y"] ["x"] ["y"] ["\xff"] ["x"]`,
		}
		if kind == "json" {
			wants = map[string]string{"i": `["1"] ["\xff"] ["\xff"]`, "s": `["a"] ["b"] ["\xff"]`}
		}
		for name, want := range wants {
			how := Fail
			if name == "fl" {
				how = Null // a list that is missing is a mistake
			}
			got, _, _, err := leftOut(t, s, how, Want{Name: name, Kind: column.Optional})
			if err != nil {
				t.Errorf("%s, column %s: %v", path, name, err)
				continue
			}
			if diff := cmp.Diff(want, strings.Join(strings.Split(strings.TrimSpace(got), "\n"), " ")); diff != "" {
				t.Errorf("%s, column %s: %s", path, name, diff)
			}
		}
	}
	s, _ := decode(t, "parquet", `path = "testdata/gaps.parquet"`)
	if _, _, _, err := leftOut(t, s, Fail, Want{Name: "i"}); err == nil || !strings.Contains(err.Error(), `row 2, column "i"`) || !strings.Contains(err.Error(), "imputation") {
		t.Error(err)
	}
	got, n, notes, err := leftOut(t, s, Null, Want{Name: "f", Kind: column.Optional})
	if want := "[0.5]\n[NaN]\n[NaN]\n[2.5]\n[3.5]\n[4.5]\n[5.5]\n"; got != want || n != 1 || err != nil || !strings.Contains(notes[0], "row 2") {
		t.Errorf("%s %d %q %v", got, n, notes, err)
	}
}

func TestTextRowsLeftOut(t *testing.T) {
	csv := "a,b,s\n1,2,x\nq,2,x\n3,4\n5,6,\"x\"y\n7,8,\xff\n9,99999999999999999999,z\n11,12,w\n"
	s, err := decode(t, "csv", fmt.Sprintf("path = %q", file(t, t.TempDir(), "d.csv", []byte(csv))))
	if err != nil {
		t.Fatal(err)
	}
	got, n, notes, err := leftOut(t, s, Skip, Want{Name: "a"}, Want{Name: "b", Kind: column.Int64}, Want{Name: "s", Kind: column.String})
	if want := "[1][2][\"x\"]\n[11][12][\"w\"]\n"; err != nil || strings.ReplaceAll(got, " ", "") != want || n != 5 {
		t.Errorf("%q %d %q %v", got, n, notes, err)
	}
	for i, want := range []string{`row 2 (line 3), column "a": "q" is not a number`, "row 3 (line 4): it has 2 fields", "row 4 (line 5)", `row 5 (line 6), column "s": the text is not UTF-8`, `row 6 (line 7), column "b"`} {
		if i < len(notes) && !strings.Contains(notes[i], want) {
			t.Errorf("%s, want %s", notes[i], want)
		}
	}
	// Where a quote is left open nobody knows where its row ends.
	s, _ = decode(t, "csv", fmt.Sprintf("path = %q", file(t, t.TempDir(), "d.csv", []byte("a,s\n1,x\n2,\"y\n3,z\n"))))
	if _, _, _, err := leftOut(t, s, Skip, Want{Name: "a"}); err == nil || !strings.Contains(err.Error(), "a quote is not closed") {
		t.Error(err)
	}
	lines := "{\"a\": null}\n{\"a\": 1}\nnonsense\n{\"b\": 1}\n{\"a\": \"x\"}\n{\"a\": [1]}\n{\"a\": 2}\n"
	s, _ = decode(t, "json", fmt.Sprintf("path = %q", file(t, t.TempDir(), "d.jsonl", []byte(lines))))
	got, n, notes, err = leftOut(t, s, Skip, Want{Name: "a"})
	if got != "[1]\n[2]\n" || n != 5 || err != nil || !strings.Contains(notes[1], "row 3: it is not JSON") {
		t.Errorf("%q %d %q %v", got, n, notes, err)
	}
	s, _ = decode(t, "text", fmt.Sprintf("path = %q", file(t, t.TempDir(), "d.txt", []byte("one\ntw\xffo\nthree\n"))))
	got, n, notes, err = leftOut(t, s, Skip, Want{Name: "x", Kind: column.String})
	if got != "[\"one\"]\n[\"three\"]\n" || n != 1 || err != nil || !strings.Contains(notes[0], "row 2 (line 2)") {
		t.Errorf("%q %d %q %v", got, n, notes, err)
	}
	npz := zipped(t, "x.npy", npyBytes("'|b1'", "False", "(4,)", "\x00\x01\x07\x01"))
	s, _ = decode(t, "npz", fmt.Sprintf("path = %q", file(t, t.TempDir(), "d.npz", npz)))
	got, n, notes, err = leftOut(t, s, Skip, Want{Name: "x"})
	if strings.ReplaceAll(got, " ", "") != "[0]\n[1]\n[1]\n" || n != 1 || err != nil || !strings.Contains(notes[0], `row 3, column "x": 7 is no boolean`) {
		t.Errorf("%q %d %q %v", got, n, notes, err)
	}
}

func TestPicturesLeftOut(t *testing.T) {
	dir := t.TempDir()
	good := encoded(t, ".png", plain(2, 1, color.NRGBA{1, 2, 3, 255}))
	put(t, filepath.Join(dir, "a", "0.png"), []byte("no picture"))
	put(t, filepath.Join(dir, "a", "1.png"), good)
	put(t, filepath.Join(dir, "a", "2.png"), good[:len(good)-20])
	put(t, filepath.Join(dir, "b", "3.png"), encoded(t, ".png", plain(3, 3, color.NRGBA{9, 9, 9, 255})))
	put(t, filepath.Join(dir, "b", "4.png"), good)
	s, err := decode(t, "image_folder", fmt.Sprintf("path = %q", dir))
	if err != nil {
		t.Fatal(err)
	}
	got, n, notes, err := leftOut(t, s, Skip, Want{Name: "image"}, Want{Name: "label"})
	if want := "[1 2 3 1 2 3][0]\n[1 2 3 1 2 3][1]\n"; got != want || n != 3 || err != nil {
		t.Errorf("%q %d %q %v", got, n, notes, err)
	}
	for i, want := range []string{"0.png: it is no picture", "2.png: the picture is damaged", "3.png, column \"image\": it is 3 by 3"} {
		if i < len(notes) && !strings.Contains(notes[i], want) {
			t.Errorf("%s, want %s", notes[i], want)
		}
	}
}

// Lists of different lengths are what they are where that is asked for.
func TestListsOfDifferentLengths(t *testing.T) {
	lines := `{"ll": [0.5]}` + "\n" + `{"ll": [1.5, 2.5, 3.5]}` + "\n" + `{"ll": []}` + "\n"
	json := file(t, t.TempDir(), "d.jsonl", []byte(lines))
	for path, kind := range map[string]string{"testdata/gaps.parquet": "parquet", "testdata/gaps.arrow": "arrow", "testdata/gaps.arrows": "arrow", json: "json"} {
		s, err := decode(t, kind, fmt.Sprintf("path = %q", path))
		if err != nil {
			t.Fatal(err)
		}
		read := func(name string, how OnError) (string, []string) {
			var b strings.Builder
			m := new(Malformed)
			for rec, err := range s.Read(context.Background(), Request{Part: Train, Columns: []Want{{name, column.List}}, Limit: 1 << 30, OnError: how, Malformed: m}) {
				if err != nil {
					return err.Error(), nil
				}
				v, err := column.FromRecord(rec, 0)
				if err != nil || v.Kind != column.List {
					t.Fatal(v, err)
				}
				for _, list := range v.Str {
					b.WriteByte('[')
					for i := range column.ListLen(list) {
						fmt.Fprintf(&b, "%g ", column.ListAt(list, i))
					}
					b.WriteString("] ")
				}
			}
			_, notes := m.Found()
			return strings.ReplaceAll(strings.TrimSpace(b.String()), " ]", "]"), notes
		}
		if kind == "json" {
			if got, _ := read("ll", Fail); got != "[0.5] [1.5 2.5 3.5] []" {
				t.Error(got)
			}
			continue
		}
		if got, _ := read("ll", Fail); got != "[0.5] [1.5 2.5 3.5] [4.5 5.5] [6.5] [7.5 8.5] [9.5] [10.5]" {
			t.Errorf("%s: %s", path, got)
		}
		if got, _ := read("l", Fail); !strings.Contains(got, `row 3, column "l": the value is missing`) {
			t.Errorf("%s: %s", path, got)
		}
		got, notes := read("l", Skip)
		if !strings.HasPrefix(got, "[1 2] [3] [] [") || !strings.HasSuffix(got, "] [] [5 6] [7 8]") || len(notes) != 2 {
			t.Errorf("%s: %s %q", path, got, notes)
		}
		if got, _ := read("fl", Skip); !strings.HasPrefix(got, "[1 2] [3 4] [") {
			t.Errorf("%s: %s", path, got)
		}
	}
}
