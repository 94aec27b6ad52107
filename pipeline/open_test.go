package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const censusBlock = `
source "csv" {
  path = "census*.csv"
}
feature "numbers" {
  columns = ["age", "hours"]
  transform "normalization" {}
}
feature "work" {
  transform "string_lookup" {}
}
target "income" {
  transform "string_lookup" {
    vocabulary      = ["<=50K", ">50K"]
    num_oov_indices = 0
  }
}
split {
  validation = 0.25
  stratify   = "income"
}
`

// census writes a table whose words and numbers say in which row they stand.
func census(t testing.TB, rows int) string {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("id,age,work,hours,income\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,%d,w%d,%d.5,%s\n", i, i, i%7, i%5, []string{"<=50K", ">50K", "<=50K"}[i%3])
	}
	write(t, filepath.Join(dir, "census.csv"), []byte(b.String()))
	return dir
}

func TestCensus(t *testing.T) {
	d := dataset(t, census(t, 120), censusBlock)
	sig, diags := Check(d)
	if diags.HasErrors() {
		t.Fatal(said(diags))
	}
	want := []Spec{{Name: "numbers", Shape: []int{2}, Known: true, DType: "float32"}, {Name: "work", Known: true, DType: "int32"}}
	for i := range want {
		sig.Features[i].Where = want[i].Where
		if diff := cmp.Diff(want[i], sig.Features[i]); diff != "" {
			t.Error(diff)
		}
	}
	if !sig.HasValidation || sig.HasTest || sig.Weighted {
		t.Errorf("%+v", sig)
	}
	data := open(t, d, Options{})
	if n, ok := data.VocabularySize("work"); n != 8 || !ok {
		t.Errorf("vocabulary of %d, %v", n, ok)
	}
	if _, ok := data.VocabularySize("numbers"); ok {
		t.Error("numbers have a vocabulary")
	}
	if n, ok := data.NumClasses("income"); n != 2 || !ok {
		t.Errorf("%d classes, %v", n, ok)
	}
	if names, ok := data.ClassNames("income"); !ok || !slices.Equal(names, []string{"<=50K", ">50K"}) {
		t.Errorf("classes %v, %v", names, ok)
	}
	if data.Rows(Train) != 90 || data.Rows(Validation) != 30 || data.Rows(Test) != 0 {
		t.Errorf("%d and %d rows", data.Rows(Train), data.Rows(Validation))
	}
	if files := data.Files(); len(files) != 1 || filepath.Base(files[0].Path) != "census.csv" {
		t.Errorf("files %+v", files)
	}
}

// What learns must not see the other splits: the moments are those of the train rows, recomputed here.
func TestLearningSeesTheTrainSplitAlone(t *testing.T) {
	data := open(t, dataset(t, census(t, 120), censusBlock), Options{Seed: 3})
	var moments struct{ Mean, Variance []float64 }
	if err := json.Unmarshal(data.State().Features["numbers"].Steps[0], &moments); err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for _, row := range data.splits[Train] {
		sum += float64(row)
		n++
	}
	mean := sum / float64(n)
	if math.Abs(moments.Mean[0]-mean) > 1e-4 || mean == 59.5 {
		t.Errorf("mean %v, that of the train rows is %v, that of all 59.5", moments.Mean[0], mean)
	}
	// A word that only another split has is unknown.
	dir := t.TempDir()
	write(t, filepath.Join(dir, "train.csv"), []byte("w\na\nb\na\n"))
	write(t, filepath.Join(dir, "test.csv"), []byte("w\nc\nb\n"))
	data = open(t, dataset(t, dir, `
source "csv" {
  train = "train.csv"
  test  = "test.csv"
}
feature "w" {
  transform "string_lookup" {}
}
`), Options{})
	for b, err := range data.Batches(context.Background(), BatchOptions{Split: Test, BatchSize: 2}) {
		if err != nil || !slices.Equal(b.Features[0].I32, []int32{0, 2}) {
			t.Errorf("%v %v", b, err)
		}
	}
	if sig := data.Signature(); !sig.HasTest || sig.HasValidation {
		t.Errorf("%+v", sig)
	}
}

func TestDTypes(t *testing.T) {
	dir := t.TempDir()
	npzFile(t, filepath.Join(dir, "d.npz"), map[string][]byte{
		"u": npy([]int{3}, []uint8{1, 2, 3}), "i": npy([]int{3}, []int64{4, 5, 6}), "f": npy([]int{3}, []float32{7, 8, 9}),
		"half": npy([]int{3}, []float32{7, 8.5, 9}), "big": npy([]int{3}, []int64{1, 1 << 40, 3}),
		"one": npy([]int{3, 1}, []float32{1, 2, 3}),
	})
	write(t, filepath.Join(dir, "d.csv"), []byte("i,f\n4,7\n5,8\n6,9\n"))
	body := func(source string) string {
		return fmt.Sprintf("source \"%s\" {\n  path = \"d.%s\"\n}\n", source, source)
	}
	for _, c := range []struct {
		source, what, name, dtype string
		want                      string
	}{
		{"npz", "feature", "u", "", "float32 [1 2 3]"}, // pixels
		{"npz", "target", "u", "", "int32 [1 2 3]"},    // class numbers
		{"npz", "feature", "i", "", "int32 [4 5 6]"},
		{"npz", "target", "i", "float32", "float32 [4 5 6]"},
		{"npz", "feature", "u", "int32", "int32 [1 2 3]"},
		{"npz", "target", "f", "int32", "int32 [7 8 9]"},
		{"npz", "target", "f", "", "float32 [7 8 9]"},
		{"csv", "feature", "i", "", "float32 [4 5 6]"},
		{"csv", "feature", "i", "int32", "int32 [4 5 6]"},
		{"csv", "target", "f", "int32", "int32 [7 8 9]"},
		{"npz", "target", "half", "int32", `row 2, column "half": 8.5 is not a whole number of 32 bits`},
		{"npz", "feature", "big", "", `row 2, column "big": 1099511627776 does not fit in 32 bits`},
		{"npz", "feature", "i", "float16", `cannot be made float16`},
		{"npz", "feature", "j", "", `has no feature "j". Did you mean "i"?`},
	} {
		declared := c.name
		if declared == "j" {
			declared = "i"
		}
		d := dataset(t, dir, body(c.source)+fmt.Sprintf("%s %q {}\n", c.what, declared))
		o := Options{Features: []Use{}, Targets: []Use{}}
		use := []Use{{Name: c.name, DType: c.dtype}}
		if c.what == "feature" {
			o.Features = use
		} else {
			o.Targets = use
		}
		data, diags := Open(context.Background(), d, o)
		if diags.HasErrors() {
			if !strings.Contains(said(diags), c.want) {
				t.Errorf("%+v: %s", c, said(diags))
			}
			continue
		}
		for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 3}) {
			if err != nil {
				t.Fatal(err)
			}
			x := append(slices.Clone(b.Features), b.Targets...)[0]
			got := fmt.Sprintf("float32 %v", x.F32)
			if x.I32 != nil {
				got = fmt.Sprintf("int32 %v", x.I32)
			}
			if got != c.want {
				t.Errorf("%+v: %s", c, got)
			}
		}
	}
	// A single number and a row of one take each other's place.
	for name, shape := range map[string][]int{"f": {1}, "one": {}} {
		data := open(t, dataset(t, dir, body("npz")+fmt.Sprintf("feature %q {}\n", name)), Options{Features: []Use{{Name: name, Shape: shape}}})
		if got := data.Signature().Features[0].Shape; !slices.Equal(got, shape) {
			t.Errorf("%s: %v, want %v", name, got, shape)
		}
		for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 3}) {
			if err != nil || !slices.Equal(b.Features[0].Shape, append([]int{3}, shape...)) {
				t.Errorf("%s: %v %v", name, b.Features[0].Shape, err)
			}
		}
	}
}

func TestAFeatureMayBeginWithAnother(t *testing.T) {
	data := open(t, dataset(t, pictures(t, 30), `
source "npz" {
  path = "data.npz"
}
feature "twice" {
  column = "once"
  transform "rescaling" {
    scale = 2
  }
}
feature "once" {
  column = "image"
  transform "normalization" {}
  augment "random_flip" {}
}
target "same" {
  column = "once"
}
`), Options{})
	for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 30, Augment: true}) {
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range b.Features[1].F32 {
			if !same(b.Features[0].F32[i], 2*x) || !same(b.Targets[0].F32[i], x) {
				t.Fatalf("element %d: %v, %v, %v", i, b.Features[0].F32[i], x, b.Targets[0].F32[i])
			}
		}
	}
	for body, want := range map[string]string{
		"feature \"a\" {\n  column = \"b\"\n}\nfeature \"b\" {\n  column = \"a\"\n}\n":                                       "Features in a circle",
		"feature \"a\" {}\nfeature \"b\" {\n  columns = [\"a\", \"c\"]\n}\n":                                                 "this version of dlrun cannot join features",
		"feature \"a\" {\n  column = \"b\"\n}\nfeature \"b\" {\n  column = \"c\"\n}\nfeature \"c\" {\n  column = \"a\"\n}\n": "Features in a circle",
	} {
		if _, diags := Check(dataset(t, "", "source \"npz\" {\n  path = \"d.npz\"\n}\n"+body)); !strings.Contains(said(diags), want) {
			t.Errorf("%s: %s", body, said(diags))
		}
	}
}

func TestInvert(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("y,c\n10,a\n20,b\n60,a\n"))
	data := open(t, dataset(t, dir, `
source "csv" {
  path = "d.csv"
}
target "y" {
  transform "rescaling" {
    scale = 0.1
  }
  transform "normalization" {}
}
target "c" {
  transform "string_lookup" {
    num_oov_indices = 0
    output_mode     = "one_hot"
  }
}
`), Options{})
	for b, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		y := slices.Clone(b.Targets[0].F32)
		data.Invert("y", y)
		for i, want := range []float32{10, 20, 60} {
			if math.Abs(float64(y[i]-want)) > 1e-4 {
				t.Errorf("%v, want %v", y[i], want)
			}
		}
		scores := []float32{0.25, 0.75}
		data.Invert("c", scores)
		if !slices.Equal(scores, []float32{0.25, 0.75}) {
			t.Error("scores of classes were changed")
		}
	}
	if names, ok := data.ClassNames("c"); !ok || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("%v %v", names, ok)
	}
}

func TestClassesOfBuiltInSets(t *testing.T) {
	data := open(t, dataset(t, "", "source \"iris\" {}\nfeature \"petals\" {\n  columns = [\"petal_length\", \"petal_width\"]\n}\ntarget \"species\" {\n  transform \"one_hot\" {}\n}\nsplit {\n  test = 0.2\n  stratify = \"species\"\n}\n"), Options{})
	if names, ok := data.ClassNames("species"); !ok || !slices.Equal(names, []string{"setosa", "versicolor", "virginica"}) {
		t.Errorf("%v %v", names, ok)
	}
	if data.Rows(Test) != 30 || data.Rows(Train) != 120 {
		t.Errorf("%d, %d rows", data.Rows(Train), data.Rows(Test))
	}
	if f := data.Files(); len(f) != 1 || f[0].Path != "dlrun:iris/iris.csv" || len(f[0].SHA256) != 64 {
		t.Errorf("%+v", f)
	}
}

func TestClassCounts(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "train.csv"), []byte("n,w,f\n1,a,0\n1,b,1\n3,a,1\n0,a,1\n"))
	write(t, filepath.Join(dir, "test.csv"), []byte("n,w,f\n2,a,0\n"))
	data := open(t, dataset(t, dir, `
source "csv" {
  train = "train.csv"
  test  = "test.csv"
}
target "n" {}
target "hot" {
  column = "n"
  transform "one_hot" {}
}
target "w" {
  transform "string_lookup" {}
}
target "f" {}
target "half" {
  column = "f"
  transform "rescaling" {
    scale = 0.5
  }
}
`), Options{Targets: []Use{{Name: "n", DType: "int32"}, {Name: "hot"}, {Name: "w", DType: "float32"}, {Name: "f", DType: "float32"}, {Name: "half"}}})
	for name, want := range map[string][]int{"n": {1, 2, 0, 1}, "hot": {1, 2, 0, 1}, "w": {0, 3, 1}, "f": {1, 3}} {
		if got, err := data.ClassCounts(name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v, want %v", name, got, err, want)
		}
	}
	for _, name := range []string{"half", "none"} {
		if got, err := data.ClassCounts(name); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestABatchIsBounded(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("c\n"+strings.Repeat("1\n", 64)))
	data := open(t, dataset(t, dir, "source \"csv\" {\n  path = \"d.csv\"\n}\nfeature \"c\" {\n  transform \"one_hot\" {\n    num_classes = 1000000\n  }\n}\n"), Options{MemoryLimit: 1 << 26})
	for _, err := range data.Batches(context.Background(), BatchOptions{Split: Train, BatchSize: 64}) {
		if err == nil || !strings.Contains(err.Error(), "a batch of 64 rows of dataset \"d\" takes 244.1 MiB") {
			t.Error(err)
		}
	}
}

func TestMistakesInData(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("age,work,label\n1,a,0\n2,b,1\nold,c,2\n"))
	write(t, filepath.Join(dir, "test.csv"), []byte("age,work,label\n1,a,0\n2,z,7\n"))
	for body, want := range map[string]string{
		"feature \"age\" {}":  `5: Cannot read the data; dataset "d": DIR/d.csv, row 3 (line 4), column "age": "old" is not a number.`,
		"feature \"agee\" {}": `5: Missing column; dataset "d": DIR/d.csv: there is no column "agee". Did you mean "age"?`,
		"feature \"work\" {}": `"a" is not a number. Text is turned into numbers by a transform such as string_lookup.`,
		"feature \"work\" {\n  transform \"string_lookup\" {\n    vocabulary = [\"a\", \"b\"]\n    num_oov_indices = 0\n  }\n}": `DIR/d.csv, row 3, column "work": "c" is not in the vocabulary`,
		"feature \"work\" {\n  transform \"string_lookup\" {\n    num_oov_indices = 0\n  }\n}":                                  `DIR/test.csv, row 2, column "work": "z" is not in the vocabulary`,
		"target \"label\" {\n  transform \"one_hot\" {}\n}":                                                                     `DIR/test.csv, row 2, column "label": 7 is not one of the 3 classes`,
		"feature \"x\" {\n  columns = [\"label\", \"age\"]\n}":                                                                  `row 3 (line 4), column "age": "old" is not a number`,
		"feature \"label\" {}\nweight {\n  column = \"work\"\n}":                                                                `row 1 (line 2), column "work": "a" is not a number`,
		"feature \"label\" {}\nsplit {\n  validation = 0.2\n  group = \"team\"\n}":                                              `there is no column "team"`,
		"feature \"label\" {}\nsplit {\n  validation = 0.0001\n}":                                                               `no example of 3 falls into the validation split`,
		"feature \"label\" {\n  transform \"string_lookup\" {\n    vocabulary = [\"0\"]\n    invert = true\n  }\n}":             `ends as text`,
		"feature \"label\" {\n  augment \"random_flip\" {}\n}":                                                                  `it takes images of shape [height, width, channels], and "label" is float32`,
	} {
		d := dataset(t, dir, "source \"csv\" {\n  train = \"d.csv\"\n  test = \"test.csv\"\n}\n"+body+"\n")
		data, diags := Open(context.Background(), d, Options{})
		got := strings.ReplaceAll(said(diags), dir, "DIR")
		if !diags.HasErrors() || data != nil || !strings.Contains(got, want) {
			t.Errorf("%s\n%s\nwant %s", body, got, want)
		}
	}
}

func TestAClassWithoutAName(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("age,kind\n1,cat\n2,\n3,dog\n"))
	look := " \"kind\" {\n  transform \"string_lookup\" {}\n}\n"
	source := "source \"csv\" {\n  path = \"d.csv\"\n}\n"
	// As a feature an empty text is a text.
	open(t, dataset(t, dir, source+"feature"+look), Options{})
	_, diags := Open(context.Background(), dataset(t, dir, source+"feature \"age\" {}\ntarget"+look), Options{})
	if want := `d.csv, row 2, column "kind": it is empty where the name of a class is wanted.`; !strings.Contains(said(diags), want) {
		t.Error(said(diags))
	}
}

func TestCheckReportsAllMistakes(t *testing.T) {
	_, diags := Check(dataset(t, "", `
source "cvs" {}
feature "a" {
  transform "rescalling" {
    scale = 1
  }
  transform "normalization" {
    axes = 1
  }
}
target "b" {
  augment "random_flip" {
    mode = "up"
  }
}
`))
	want := `2: Unknown source; There is no source "cvs". Did you mean "csv"?
4: Unknown transform; There is no transform "rescalling". Did you mean "rescaling"?
8: Unsupported argument; transform "normalization" has no argument "axes". Did you mean "axis"?
13: Invalid value for "mode"; One of "horizontal", "vertical", "horizontal_and_vertical" is wanted, got "up".
`
	if diff := cmp.Diff(want, said(diags)); diff != "" {
		t.Error(diff)
	}
}

func TestASourceThatComesLater(t *testing.T) {
	_, diags := Check(dataset(t, "", "source \"coco\" {\n  path = \"a\"\n}\nfeature \"x\" {\n  transform \"stft_spectrogram\" {}\n}\n"))
	want := `1: Source not available; This version of dlrun cannot read the source "coco" yet; it reads csv, parquet, arrow, json, npz, npy, idx, text and picture files and has sets of its own.
5: Unknown transform; "stft_spectrogram" is a transform that this version of dlrun does not have yet.
`
	if diff := cmp.Diff(want, said(diags)); diff != "" {
		t.Error(diff)
	}
}

// The sets that are not embedded are known well enough to validate models for them.
func TestCheckOfSetsThatAreNotEmbedded(t *testing.T) {
	d := dataset(t, "", `
source "cifar10" {}
feature "image" {
  transform "rescaling" {
    scale = 1 / 255
  }
  transform "normalization" {
    axis = -1
  }
  augment "random_crop" {
    height  = 32
    width   = 32
    padding = 4
  }
  augment "random_flip" {
    mode = "horizontal"
  }
}
target "label" {
  transform "one_hot" {}
}
split {
  validation = 0.1
  stratify   = "label"
}
`)
	sig, diags := Check(d)
	if diags.HasErrors() {
		t.Fatal(said(diags))
	}
	img, label := sig.Feature("image"), sig.Target("label")
	if !slices.Equal(img.Shape, []int{32, 32, 3}) || img.DType != "float32" || !slices.Equal(label.Shape, []int{10}) || !sig.HasTest || !sig.HasValidation {
		t.Errorf("%+v", sig)
	}
	if _, diags := Open(context.Background(), d, Options{}); !strings.Contains(said(diags), `the set "cifar10" is not embedded, and there is no folder for such sets`) {
		t.Error(said(diags))
	}
	d.Features[0].Columns = []string{"picture"}
	if _, diags := Check(d); !strings.Contains(said(diags), `3: Missing column; For the feature "image": there is no column "picture".`) {
		t.Error(said(diags))
	}
	d.Split.Test = 0.1
	if _, diags := Check(d); !strings.Contains(said(diags), `has a test split of its own`) {
		t.Error(said(diags))
	}
}

// A mistake that only a learning step meets, deep in a file and behind rows of other splits, is named.
func TestPlaceOfAMistakeWhileLearning(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("n\n")
	for i := range 20000 {
		if i == 17342 {
			b.WriteString("-4\n")
			continue
		}
		b.WriteString("3\n")
	}
	write(t, filepath.Join(dir, "d.csv"), []byte(b.String()))
	body := "source \"csv\" {\n  path = \"d.csv\"\n}\ntarget \"n\" {\n  transform \"one_hot\" {}\n}\nsplit {\n  validation = 0.5\n}\n"
	found := 0
	for seed := range int64(6) {
		_, diags := Open(context.Background(), dataset(t, dir, body), Options{Seed: seed})
		got := said(diags)
		if !strings.Contains(got, `d.csv, row 17343, column "n": -4 is`) {
			t.Errorf("seed %d: %s", seed, got)
		}
		if strings.Contains(got, "-4 is no class number") {
			found++
		}
	}
	if found == 0 || found == 6 {
		t.Errorf("%d of 6 seeds put the row into train: the test looks at one side alone", found)
	}
	// The same where the step before the learning one refuses the row.
	body = strings.Replace(body, "  transform \"one_hot\" {}", "  transform \"category_encoding\" {\n    num_tokens = 4\n  }\n  transform \"normalization\" {}", 1)
	for seed := range int64(6) {
		_, diags := Open(context.Background(), dataset(t, dir, body), Options{Seed: seed})
		if got := said(diags); !strings.Contains(got, `d.csv, row 17343, column "n": -4 is not one of the 4 classes`) {
			t.Errorf("seed %d: %s", seed, got)
		}
	}
}
