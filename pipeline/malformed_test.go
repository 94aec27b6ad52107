package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/dsl"
)

// holed is a csv file of which the rows in bad have a mistake each.
func holed(t *testing.T, dir string, rows int, bad map[int]string) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var b bytes.Buffer
	b.WriteString("x,age,kind,day,w\n")
	for i := range rows {
		line := fmt.Sprintf("%g,%d,%s,2026-01-%02d,%d", r.NormFloat64(), 20+r.IntN(50), []string{"a", "b", "c"}[r.IntN(3)], 1+i%28, 1+i%3)
		if text, ok := bad[i]; ok {
			line = text
		}
		b.WriteString(line + "\n")
	}
	write(t, filepath.Join(dir, "holed.csv"), b.Bytes())
}

const holedBlock = `
on_error = "skip"
source "csv" { path = "holed.csv" }
feature "x" {
  transform "normalization" {}
}
feature "age" {
  transform "imputation" { strategy = "median" }
}
feature "day" {
  transform "date_parts" { parts = ["day"] }
}
target "kind" {
  transform "string_lookup" { num_oov_indices = 0 }
}
weight { column = "w" }
split {
  validation = 0.2
  test       = 0.1
}
`

// TestRowsWithMistakes holds data of which some rows are left out to the same data without a mistake: all other rows are what
// they were, in the same splits.
func TestRowsWithMistakes(t *testing.T) {
	bad := map[int]string{
		3: "one,2,a,2026-01-01,1", 700: "1,2,a", 701: "1,2,,2026-01-01,1", 1500: "1,old,a,2026-01-01,1", 1501: "1,2,b,yesterday,1", 1503: "1,elder,a,2026-01-01,1", 1504: "1,eldest,a,2026-01-01,1",
		30000: "1,2,a,2026-01-01,heavy", 35999: "1,2,a,2026-13-01,1",
	}
	const rows = 36000
	dir := t.TempDir()
	holed(t, dir, rows, nil)
	whole := open(t, dataset(t, dir, strings.Replace(holedBlock, "skip", "fail", 1)), Options{Seed: 5, Workers: 2})
	holed(t, dir, rows, bad)
	d := dataset(t, dir, holedBlock)
	cache := t.TempDir()
	var state string
	for i, o := range []Options{{Workers: 1}, {Workers: 3}, {Workers: 2, MemoryLimit: 1 << 20, CacheDir: cache}, {Workers: 1, MemoryLimit: 1 << 20, CacheDir: cache}} {
		o.Seed = 5
		data, diags := Open(context.Background(), d, o)
		if diags.HasErrors() {
			t.Fatal(said(diags))
		}
		if i >= 2 && data.stream == nil {
			t.Fatal("it is not streamed")
		}
		m := data.Malformed()
		if m == nil || m.Rows != len(bad) || m.Of != rows || len(m.Notes) != len(bad) {
			t.Fatalf("%d: %+v", i, m)
		}
		if len(diags) != 1 || !strings.Contains(said(diags), "Of 36000 rows 9 were left out") || !strings.Contains(said(diags), "holed.csv, row 4 (line 5), column \"x\"") {
			t.Errorf("%d: %s", i, said(diags))
		}
		for _, want := range []string{`row 4 `, `row 701 `, `row 30001 `, `row 702, column "kind": it is empty`, `row 1501, column "age": "old" is not a number`, `row 1502, column "day"`, `row 36000, column "day"`} {
			if !slices.ContainsFunc(m.Notes, func(n string) bool { return strings.Contains(n, want) }) {
				t.Errorf("%d: nothing says %s: %q", i, want, m.Notes)
			}
		}
		said := fmt.Sprintf("%s %s", data.State().Features["x"].Steps[0], data.State().Features["age"].Steps[0])
		if state == "" {
			state = said
		} else if said != state {
			t.Errorf("%d: it has learned %s, not %s", i, said, state)
		}
		for _, name := range splitNames {
			order, _ := rowsOf(t, whole, BatchOptions{Split: name, BatchSize: 100})
			got, _ := rowsOf(t, data, BatchOptions{Split: name, BatchSize: 100})
			order = slices.DeleteFunc(order, func(row int32) bool { _, ok := bad[int(row)]; return ok })
			if !slices.Equal(order, got) {
				t.Errorf("%d: the %s split has other rows: %d, not %d", i, name, len(got), len(order))
			}
		}
		if _, err := data.ClassCounts("kind"); err != nil {
			t.Error(err)
		}
	}
	for name, text := range map[string]string{"no row left": "x,age,kind,day,w\na,1,a,2026-01-01,1\n", "all but a few": "x,age,kind,day,w\n" + strings.Repeat("1,1,a,2026-01-01,1\n", 3)} {
		write(t, filepath.Join(dir, "holed.csv"), []byte(text))
		if _, diags := Open(context.Background(), d, Options{Seed: 5}); !diags.HasErrors() {
			t.Errorf("%s: no mistake", name)
		}
	}
}

// TestMalformedAsMissing takes what is no number for missing where that is said.
func TestMalformedAsMissing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("x,y\n1,0\nold,1\n,0\n3,1\n"))
	d := dataset(t, dir, `
on_error = "null"
source "csv" { path = "d.csv" }
feature "x" {
  transform "imputation" { add_indicator = true }
}
target "y" {}
`)
	data := open(t, d, Options{})
	got := batches(t, data, BatchOptions{Split: Train, BatchSize: 4})
	if want := "4 rows; x [4 2] 3f800000 00000000 40000000 3f800000 40000000 3f800000 40400000 00000000[]"; !strings.HasPrefix(got[0], want) {
		t.Errorf("%s, want %s", got[0], want)
	}
	if m := data.Malformed(); m == nil || m.Rows != 0 || m.Values != 1 || !strings.Contains(m.Notes[0], `row 2, column "x": "old" is not a number`) {
		t.Errorf("%+v", m)
	}
	in, err := OpenInput(context.Background(), data.Preprocessing, filepath.Join(dir, "d.csv"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if in.Rows(Input) != 4 {
		t.Error(in.Rows(Input))
	}
	write(t, filepath.Join(dir, "d.csv"), []byte("x,y\n1,0\n2,one\n"))
	if _, diags := Open(context.Background(), d, Options{}); !strings.Contains(said(diags), `row 2 (line 3), column "y": "one" is not a number`) {
		t.Error(said(diags))
	}
}

// TestWindowsWithMistakes leaves out the windows that read a row with a mistake.
func TestWindowsWithMistakes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("x\n0\n1\n2\n3\nfour\n5\n6\n7\n8\n"))
	d := dataset(t, dir, `
on_error = "skip"
source "csv" { path = "d.csv" }
feature "x" {}
target "next" {
  column = "x"
}
window { sequence_length = 2 }
`)
	d.Targets[0].After = &dsl.After{From: 1, To: 1, One: true}
	data := open(t, d, Options{})
	var got []float32
	for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(append(got, b.Features[0].F32...), b.Targets[0].F32...)
	}
	if want := []float32{0, 1, 2, 1, 2, 3, 5, 6, 7, 6, 7, 8}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
