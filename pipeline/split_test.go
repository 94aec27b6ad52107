package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFolds: over all folds every row that is not for the test is held out once, whatever the rows are split by.
func TestFolds(t *testing.T) {
	dir := t.TempDir()
	bigTable(t, dir, "big.csv", 3000)
	for _, how := range []string{"", "stratify = \"kind\"\n", "group = \"word\"\n"} {
		var held []int32
		var test []int32
		for fold := 1; fold <= 3; fold++ {
			d := dataset(t, dir, bigBlock+fmt.Sprintf("split {\n test = 0.2\n folds = 3\n fold = %d\n%s}\n", fold, how))
			data := open(t, d, Options{Seed: 11})
			held = append(held, data.splits[Validation]...)
			if n := data.Rows(Validation); n < 500 || n > 1100 {
				t.Errorf("%sfold %d has %d rows", how, fold, n)
			}
			if test == nil {
				test = data.splits[Test]
			} else if !slices.Equal(test, data.splits[Test]) {
				t.Errorf("%sthe test split depends on the fold", how)
			}
			if data.Rows(Train)+data.Rows(Validation)+data.Rows(Test) != 3000 {
				t.Error("rows are lost")
			}
		}
		slices.Sort(held)
		if n := len(held); n != len(slices.Compact(slices.Clone(held))) || n+len(test) != 3000 {
			t.Errorf("%s%d rows were held out, and %d are for the test", how, len(held), len(test))
		}
	}
}

func TestSplitsByOrderAndColumn(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	b.WriteString("x,day,part\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%d,2024-01-%02d,%s\n", i, 1+(i*7)%20, []string{"train", "Val", "TEST", "training"}[i%4])
	}
	write(t, filepath.Join(dir, "d.csv"), b.Bytes())
	for _, cache := range []string{"", t.TempDir()} {
		data := open(t, dataset(t, dir, "source \"csv\" {\n path = \"d.csv\"\n}\nfeature \"x\" {}\nsplit {\n order_by = \"day\"\n validation = 0.2\n test = 0.1\n}\n"), Options{CacheDir: cache})
		day := func(row int32) int { return 1 + int(row)*7%20 }
		for split, want := range map[string][2]int{Train: {1, 14}, Validation: {15, 18}, Test: {19, 20}} {
			for row := range data.splits[split] {
				if d := day(data.splits[split][row]); d < want[0] || d > want[1] {
					t.Errorf("a row of day %d is in %s", d, split)
				}
			}
		}
		if data.Rows(Train) != 70 || data.Rows(Validation) != 20 || data.Rows(Test) != 10 {
			t.Errorf("%d, %d and %d rows", data.Rows(Train), data.Rows(Validation), data.Rows(Test))
		}
		data = open(t, dataset(t, dir, "source \"csv\" {\n path = \"d.csv\"\n}\nfeature \"x\" {}\nsplit {\n column = \"part\"\n}\n"), Options{CacheDir: cache})
		if data.Rows(Train) != 50 || data.Rows(Validation) != 25 || data.Rows(Test) != 25 || data.splits[Test][1] != 6 {
			t.Errorf("%v", data.splits)
		}
	}
	write(t, filepath.Join(dir, "d.csv"), []byte("x,part\n1,train\n2,rest\n"))
	_, diags := Open(context.Background(), dataset(t, dir, "source \"csv\" {\n path = \"d.csv\"\n}\nfeature \"x\" {}\nsplit {\n column = \"part\"\n}\n"), Options{})
	if !diags.HasErrors() || !strings.Contains(diags.Error(), `d.csv, row 2, column "part": "rest" is no split`) {
		t.Error(diags)
	}
}

// TestLeaks: rows that are in two splits are told, features and targets alike, and so are groups.
func TestLeaks(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.csv"), []byte("x,y,who\n1,a,p\n2,b,p\n3,c,q\n"))
	write(t, filepath.Join(dir, "b.csv"), []byte("x,y,who\n3,c,q\n4,b,r\n1,b,p\n3,c,r\n"))
	block := "source \"csv\" {\n train = \"a.csv\"\n validation = \"b.csv\"\n}\nfeature \"x\" {}\ntarget \"y\" {\n transform \"string_lookup\" {}\n}\n"
	_, diags := Open(context.Background(), dataset(t, dir, block+"split {\n group = \"who\"\n}\n"), Options{Workers: 2})
	if diags.HasErrors() || len(diags) != 2 || !strings.Contains(diags[0].Detail, "Of the 4 rows of the validation split 2 are in the train split too") ||
		!strings.Contains(diags[1].Detail, "2 are of a who that") {
		t.Error(diags)
	}
	write(t, filepath.Join(dir, "b.csv"), []byte("x,y,who\n3,b,q\n"))
	if _, diags := Open(context.Background(), dataset(t, dir, block), Options{}); len(diags) != 0 {
		t.Error(diags)
	}
}
