package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/dsl"
)

// bundle is what a saved model has of a dataset: the block, and the state as JSON.
func bundle(t testing.TB, d *dsl.Dataset, data *Data) *Preprocessing {
	t.Helper()
	raw, err := json.Marshal(data.State())
	if err != nil {
		t.Fatal(err)
	}
	st := new(State)
	if err := json.Unmarshal(raw, st); err != nil {
		t.Fatal(err)
	}
	p, diags := Load(d, st)
	if diags.HasErrors() {
		t.Fatal(said(diags))
	}
	return p
}

// features are the feature tensors of all batches.
func features(t testing.TB, d *Data, split string) []string {
	t.Helper()
	var out []string
	for b, err := range d.Batches(context.Background(), BatchOptions{Split: split, BatchSize: 4}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range b.Features {
			out = append(out, fmt.Sprint(x.Name, x.Shape, x.F32, x.I32))
		}
	}
	return out
}

func TestPredictionSeesWhatTrainingSaw(t *testing.T) {
	dir := pictures(t, 20)
	d := dataset(t, dir, strings.Split(pictureBlock, "weight")[0])
	data := open(t, d, Options{})
	want := features(t, data, Train)
	p := bundle(t, d, data)
	if n, ok := p.NumClasses("label"); n != 5 || !ok {
		t.Errorf("NumClasses %d %v", n, ok)
	}
	if diff := cmp.Diff(data.Signature(), p.Signature()); diff != "" {
		t.Error(diff)
	}
	in, err := OpenInput(context.Background(), p, filepath.Join(dir, "data.npz"), Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, features(t, in, Input)); diff != "" {
		t.Error(diff)
	}
	// The same pixels as float32, with an axis of one more, and as columns of a table.
	img, floats := make([]uint8, 20*60), make([]float32, 20*60)
	var table strings.Builder
	for i := range img {
		img[i] = uint8(i*i%251 + i)
		floats[i] = float32(img[i])
	}
	for e := range 60 {
		fmt.Fprintf(&table, "image_%d,", e)
	}
	table.WriteString("name\n")
	for r := range 20 {
		for e := range 60 {
			fmt.Fprintf(&table, "%d,", img[r*60+e])
		}
		table.WriteString("x\n")
	}
	npzFile(t, filepath.Join(dir, "float.npz"), map[string][]byte{"image": npy([]int{20, 6, 5, 1, 2}, floats)})
	write(t, filepath.Join(dir, "flat.csv"), []byte(table.String()))
	for _, name := range []string{"float.npz", "flat.csv"} {
		in, err := OpenInput(context.Background(), p, filepath.Join(dir, name), Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, features(t, in, Input)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// What training cut off must not be changed by a prediction.
	if diff := cmp.Diff(want, features(t, data, Train)); diff != "" {
		t.Error(diff)
	}
}

func TestPredictionFromATable(t *testing.T) {
	d := dataset(t, census(t, 30), censusBlock)
	data := open(t, d, Options{})
	p := bundle(t, d, data)
	if names, ok := p.ClassNames("income"); !ok || len(names) != 2 {
		t.Errorf("%v", names)
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "rows.csv")
	write(t, in, []byte("work,extra,hours,age\nw3,?,1.5,2\nnew,?,0,7\n"))
	rows, err := OpenInput(context.Background(), p, in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rows.Rows(Input) != 2 || rows.Rows(Train) != 0 {
		t.Errorf("%d rows", rows.Rows(Input))
	}
	for b, err := range rows.Batches(context.Background(), BatchOptions{Split: Input, BatchSize: 5}) {
		if err != nil || len(b.Features) != 2 || len(b.Targets) != 0 || b.Features[1].I32[1] != 0 || b.Features[1].I32[0] == 0 {
			t.Errorf("%+v %v", b, err)
		}
	}
	tabs := filepath.Join(dir, "rows.tsv")
	write(t, tabs, []byte("work\thours\tage\nw3\t1.5\t2\n"))
	if rows, err := OpenInput(context.Background(), p, tabs, Options{}); err != nil || rows.Rows(Input) != 1 {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"age,hours,work\n1,2,a\nx,3,b\n": `rows.csv, row 2 (line 3), column "age": "x" is not a number`,
		"age,hour,work\n1,2,a\n":         `rows.csv: there is no column "hours". Did you mean "hour"?`,
		"age,hours,work\n1,2\n":          `row 1 (line 2): it has 2 fields`,
		"age,hours,work\n":               `there are no rows`,
	} {
		write(t, in, []byte(text))
		if _, err := OpenInput(context.Background(), p, in, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	npz := filepath.Join(dir, "rows.npz")
	for want, arrays := range map[string]map[string][]byte{
		`column "age": each row is a single number there, and it holds float32 [2]`:        {"age": npy([]int{1, 2}, []float32{1, 2}), "hours": npy([]int{1}, []float32{1}), "work": npy([]int{1}, []string{"w1"})},
		`column "work": it holds float32, and the model was trained on string`:             {"age": npy([]int{1}, []float32{1}), "hours": npy([]int{1}, []float32{1}), "work": npy([]int{1}, []float32{1})},
		`column "numbers": a row is float32 [3], and the model was trained on float32 [2]`: {"numbers": npy([]int{1, 3}, []float32{1, 2, 3}), "work": npy([]int{1}, []string{"w1"})},
		"": {"numbers": npy([]int{1, 2}, []float64{1, 2}), "work": npy([]int{1}, []string{"w1"})},
	} {
		npzFile(t, npz, arrays)
		_, err := OpenInput(context.Background(), p, npz, Options{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for _, name := range []string{"rows.parquet", "none.csv"} {
		if _, err := OpenInput(context.Background(), p, filepath.Join(dir, name), Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Error(err)
		}
	}
}

func TestStateThatDoesNotFit(t *testing.T) {
	d := dataset(t, census(t, 30), censusBlock)
	data := open(t, d, Options{})
	for name, spoil := range map[string]func(*State){
		"steps":      func(s *State) { s.Features["work"].Steps = nil },
		"null":       func(s *State) { s.Features["work"].Steps[0] = json.RawMessage("null") },
		"kind":       func(s *State) { s.Features["work"].Kind = "text" },
		"shape":      func(s *State) { s.Features["numbers"].Shape = []int{-1} },
		"more":       func(s *State) { s.Features["numbers"].Shape = []int{3} },
		"dtype":      func(s *State) { s.Features["numbers"].DType = "float64" },
		"not a list": func(s *State) { s.Features["numbers"].Steps[0] = json.RawMessage(`{"mean": 3}`) },
	} {
		raw, err := json.Marshal(data.State())
		if err != nil {
			t.Fatal(err)
		}
		st := new(State)
		if err := json.Unmarshal(raw, st); err != nil {
			t.Fatal(err)
		}
		spoil(st)
		if _, diags := Load(d, st); !diags.HasErrors() {
			t.Errorf("%s: it was taken", name)
		}
	}
}
