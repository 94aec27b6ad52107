package pipeline

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dlrun/dlrun/dsl"
)

// collect returns the rows of a split, the features' and the targets' elements, in no shuffled order.
func collect(t *testing.T, d *Data, split string, o BatchOptions) (features, targets [][]float32) {
	t.Helper()
	o.Split = split
	o.BatchSize = 7
	for b, err := range d.Batches(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		for k, list := range []*[][]float32{&features, &targets} {
			ts := [][]Tensor{b.Features, b.Targets}[k]
			if len(ts) == 0 {
				continue
			}
			x := ts[0]
			f := slices.Clone(x.F32)
			for _, n := range x.I32 {
				f = append(f, float32(n))
			}
			n := len(f) / b.Size
			for r := range b.Size {
				*list = append(*list, f[r*n:(r+1)*n])
			}
		}
	}
	return features, targets
}

func TestWindowsOfRows(t *testing.T) {
	dir := t.TempDir()
	// Two groups, mixed, and times in the wrong order: group g at time t has the value 100 g + t.
	var s strings.Builder
	s.WriteString("time,group,x,w\n")
	for i := 19; i >= 0; i-- {
		for g := range 2 {
			if n := i - 3*g; n >= 0 {
				fmt.Fprintf(&s, "%d,%c,%d,%d\n", n, 'a'+g, 100*g+n, n)
			}
		}
	}
	write(t, filepath.Join(dir, "d.csv"), []byte(s.String()))
	const source = "source \"csv\" {\n path = \"d.csv\"\n}\nfeature \"x\" {}\ntarget \"y\" {\n column = \"x\"\n}\nweight {\n column = \"w\"\n}\n"
	d := dataset(t, dir, source+"window {\n sequence_length = 4\n sequence_stride = 2\n sampling_rate = 3\n order_by = \"time\"\n group = \"group\"\n}\n")
	for _, c := range []struct {
		shift  int
		after  *dsl.After
		target func(first float32) []float32
		shape  []int
	}{
		{0, nil, func(x float32) []float32 { return []float32{x, x + 3, x + 6, x + 9} }, []int{4}},
		{1, nil, func(x float32) []float32 { return []float32{x + 1, x + 4, x + 7, x + 10} }, []int{4}},
		{0, &dsl.After{From: 1, To: 3}, func(x float32) []float32 { return []float32{x + 10, x + 11, x + 12} }, []int{3}},
		{0, &dsl.After{From: 2, To: 2, One: true}, func(x float32) []float32 { return []float32{x + 11} }, nil},
		{0, &dsl.After{From: 0, To: 0}, func(x float32) []float32 { return []float32{x + 9} }, []int{1}},
	} {
		d.Targets[0].Shift, d.Targets[0].After = c.shift, c.after
		data := open(t, d, Options{Workers: 3})
		if got := data.Signature().Targets[0].Shape; !slices.Equal(got, c.shape) {
			t.Errorf("target of shape %v, want %v", got, c.shape)
		}
		if got := data.WeightShape("y"); !slices.Equal(got, c.shape) {
			t.Errorf("weights of shape %v, want %v", got, c.shape)
		}
		features, targets := collect(t, data, Train, BatchOptions{})
		var wantX, wantY [][]float32
		for g, n := range []float32{20, 17} {
			last := max(slices.Max(c.target(0)), 9)
			for x := float32(0); x+last < n; x += 2 {
				x := x + float32(100*g)
				wantX = append(wantX, []float32{x, x + 3, x + 6, x + 9})
				wantY = append(wantY, c.target(x))
			}
		}
		if !slices.EqualFunc(features, wantX, slices.Equal) || !slices.EqualFunc(targets, wantY, slices.Equal) {
			t.Errorf("shift %d, after %+v: %v and %v,\nwant %v and %v", c.shift, c.after, features, targets, wantX, wantY)
		}
		for b, err := range data.Batches(t.Context(), BatchOptions{Split: Train, BatchSize: 64}) {
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range b.Weights[0] {
				if want := float32(int(b.Targets[0].F32[i]) % 100); w != want {
					t.Errorf("weight %v of %v", w, b.Targets[0].F32[i])
				}
			}
		}
		again, _ := collect(t, data, Train, BatchOptions{Shuffle: true})
		slices.SortFunc(again, func(a, b []float32) int { return int(a[0] - b[0]) })
		if !slices.EqualFunc(again, wantX, slices.Equal) {
			t.Error("shuffled windows are not the same")
		}
	}
	d.Targets[0].After = &dsl.After{From: 1, To: 40}
	if _, diags := Open(t.Context(), d, Options{}); !diags.HasErrors() || !strings.Contains(diags.Error(), "spans 50 rows") {
		t.Error(diags)
	}
}

// Dates put rows in order as text does, numbers as numbers.
func TestWindowOrder(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []string{"10,2,9.5", "2024-11-01,2023-12-31,2024-02-01"} {
		k := strings.Split(c, ",")
		write(t, filepath.Join(dir, "d.csv"), fmt.Appendf(nil, "k,x\n%s,3\n%s,1\n%s,2\n", k[0], k[1], k[2]))
		d := dataset(t, dir, "source \"csv\" {\n path = \"d.csv\"\n}\nfeature \"x\" {}\nwindow {\n sequence_length = 3\n order_by = \"k\"\n}\n")
		got, _ := collect(t, open(t, d, Options{}), Train, BatchOptions{})
		if len(got) != 1 || !slices.Equal(got[0], []float32{1, 2, 3}) {
			t.Errorf("%s: %v", c, got)
		}
	}
}

func TestWindowsOfTokens(t *testing.T) {
	dir := t.TempDir()
	texts := []string{strings.Repeat("the cat\nsat, on a mat ", 40), "A ẞ🙂 dog", strings.Repeat("abc", 50)}
	for i, s := range texts {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.txt", i)), []byte(s))
	}
	for _, c := range []struct {
		kind  string
		split func(string) []string
	}{
		{"character_vectorization", func(s string) []string { return strings.Split(s, "") }},
		{"text_vectorization", func(s string) []string {
			return strings.Fields(strings.ToLower(strings.NewReplacer(",", "").Replace(s)))
		}},
	} {
		d := dataset(t, dir, "source \"text\" {\n path = \"*.txt\"\n}\nfeature \"tokens\" {\n column = \"text\"\n transform \""+c.kind+"\" {}\n}\ntarget \"next\" {\n column = \"tokens\"\n}\nwindow {\n sequence_length = 8\n sequence_stride = 8\n}\nsplit {\n validation = 0.3\n}\n")
		d.Targets[0].Shift = 1
		var first [][]float32
		for _, workers := range []int{1, 4} {
			data := open(t, d, Options{Workers: workers, Seed: 5})
			if got := data.Signature().Features[0].Shape; !slices.Equal(got, []int{8}) {
				t.Errorf("windows of shape %v", got)
			}
			vocabulary := data.def.features[0].links[0].transform.(interface{ Tokens([]int32, string) []int32 })
			index := func(token string) float32 {
				ids := vocabulary.Tokens(nil, token)
				if len(ids) != 1 {
					t.Fatalf("%q has the indices %v", token, ids)
				}
				return float32(ids[0])
			}
			xs, ys := collect(t, data, Train, BatchOptions{})
			vx, vy := collect(t, data, Validation, BatchOptions{})
			if first == nil {
				first = xs
			} else if !slices.EqualFunc(first, xs, slices.Equal) {
				t.Error("another number of workers, other windows")
			}
			if len(xs) == 0 || len(vx) == 0 {
				t.Fatal(len(xs), len(vx))
			}
			all := append(slices.Clone(xs), vx...)
			for i, x := range all {
				if y := append(slices.Clone(ys), vy...)[i]; !slices.Equal(x[1:], y[:7]) {
					t.Fatalf("window %v, the next tokens %v", x, y)
				}
			}
			var want [][]float32
			for _, s := range texts {
				tokens := c.split(s)
				for i := 0; i+8 < len(tokens); i += 8 {
					var w []float32
					for _, k := range tokens[i : i+8] {
						w = append(w, index(k))
					}
					want = append(want, w)
				}
			}
			sort := func(a, b []float32) int { return slices.Compare(a, b) }
			slices.SortFunc(all, sort)
			slices.SortFunc(want, sort)
			if !slices.EqualFunc(all, want, slices.Equal) {
				t.Errorf("%s: windows are\n%v, want\n%v", c.kind, all, want)
			}
			seen := map[float32]bool{} // what was learned is what the train split has
			for _, w := range append(xs, ys...) {
				for _, n := range w {
					seen[n] = true
				}
			}
			size, _ := data.VocabularySize("next")
			for n := 2; n < size; n++ {
				if !seen[float32(n)] {
					t.Errorf("%s: token %d is in no window of the train split", c.kind, n)
				}
			}
			// The same windows of new rows, which need no targets.
			in, err := OpenInput(t.Context(), data.Preprocessing, filepath.Join(dir, "0.txt"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			rows, _ := collect(t, in, Input, BatchOptions{})
			if n := len(c.split(texts[0])) / 8; len(rows) != n || !slices.Equal(rows[0], first[0]) && !slices.ContainsFunc(all, func(w []float32) bool { return slices.Equal(w, rows[0]) }) {
				t.Errorf("%d windows of the input, the first %v", len(rows), rows[0])
			}
			state, diags := Load(d, data.State())
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if n, _ := state.VocabularySize("tokens"); n != size {
				t.Errorf("a saved vocabulary of %d, want %d", n, size)
			}
		}
	}
}

func TestWindowMistakes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d.csv"), []byte("text,x\nabc,1\nabcd,2\n"))
	const head = "source \"csv\" {\n path = \"d.csv\"\n}\n"
	for _, c := range []struct{ body, want string }{
		{"feature \"text\" {\n transform \"character_vectorization\" {}\n}\ntarget \"x\" {}\nwindow {\n sequence_length = 2\n}\n", `begin it with that feature, as in column = "text"`},
		{"feature \"text\" {\n transform \"character_vectorization\" {}\n}\nwindow {\n sequence_length = 2\n group = \"x\"\n}\n", "each row is a sequence of its own"},
		{"feature \"text\" {\n transform \"character_vectorization\" {}\n}\nwindow {\n sequence_length = 5\n}\n", "one spans 5 tokens"},
		{"feature \"x\" {}\nwindow {\n sequence_length = 3\n}\n", "the longest sequence has 2"},
		{"feature \"x\" {}\nwindow {\n sequence_length = 1\n order_by = \"y\"\n}\n", `there is no column "y"`},
		{"feature \"x\" {}\nwindow {\n sequence_length = 1\n}\nsplit {\n validation = 0.5\n group = \"text\"\n}\n", `needs group = "text" in ` + "`window` too"},
		{"feature \"x\" {}\ntarget \"y\" {\n column = \"x\"\n}\nwindow {\n sequence_length = 2\n}\nsplit {\n validation = 0.5\n stratify = \"y\"\n}\n", "has 2 steps"},
	} {
		_, diags := Open(t.Context(), dataset(t, dir, head+c.body), Options{})
		if !diags.HasErrors() || !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s%v\nwant %s", c.body, diags, c.want)
		}
	}
}
