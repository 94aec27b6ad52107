package transform

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// decode makes a transform from its block's body.
func decode(t testing.TB, kind, body string) (Transform, error) {
	t.Helper()
	f, diags := hclparse.NewParser().ParseHCL([]byte(body), "t.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	tr, _, diags := schema.Resolve(Transforms, kind, hcl.Range{}, f.Body, &hcl.EvalContext{}, "transform")
	if diags.HasErrors() {
		return nil, diags
	}
	return tr, nil
}

func values(shape []int, data any) *column.Values {
	v := &column.Values{Shape: shape}
	n := 0
	switch data := data.(type) {
	case []uint8:
		v.Kind, v.U8, n = column.Uint8, data, len(data)
	case []int32:
		v.Kind, v.I32, n = column.Int32, data, len(data)
	case []int64:
		v.Kind, v.I64, n = column.Int64, data, len(data)
	case []float32:
		v.Kind, v.F32, n = column.Float32, data, len(data)
	case []string:
		v.Kind, v.Str, n = column.String, data, len(data)
	}
	v.Rows = n / v.Size()
	return v
}

// learn learns from values a few rows at a time.
func learn(l Learner, in column.Field, v *column.Values, rows int) error {
	g, err := l.Adapt(in)
	if err != nil {
		return err
	}
	for i := 0; i < v.Rows; i += rows {
		part, err := g.Part(v.Slice(i, min(v.Rows, i+rows)))
		if err != nil {
			return err
		}
		g.Add(part)
	}
	return g.Done()
}

// apply learns from fit where there is something to learn, and maps v, in one call and row by row.
func apply(t testing.TB, tr Transform, fit, v *column.Values) (*column.Values, error) {
	t.Helper()
	in := v.Field("x")
	if _, err := tr.Out(in); err != nil {
		return nil, err
	}
	if l, ok := tr.(Learner); ok && l.Learns() {
		if err := learn(l, in, fit, 1); err != nil {
			return nil, err
		}
	}
	f, err := tr.Out(in)
	if err != nil {
		return nil, err
	}
	out := column.Make(f.Kind, f.Shape, v.Rows)
	if err := tr.Apply(out, v); err != nil {
		return nil, err
	}
	// Row by row gives the same bits.
	for i := range v.Rows {
		one := column.Make(f.Kind, f.Shape, 1)
		if err := tr.Apply(one, v.Slice(i, i+1)); err != nil {
			t.Errorf("row %d alone: %v", i, err)
		}
		if !slices.Equal(text(one), text(out.Slice(i, i+1))) {
			t.Errorf("row %d alone is %v, among others %v", i, text(one), text(out.Slice(i, i+1)))
		}
	}
	return out, nil
}

// text writes elements exactly.
func text(v *column.Values) []string {
	var out []string
	for _, x := range v.F32 {
		out = append(out, fmt.Sprintf("%x", math.Float32bits(x)))
	}
	for _, x := range v.I32 {
		out = append(out, fmt.Sprint(x))
	}
	for _, x := range v.I64 {
		out = append(out, fmt.Sprint(x))
	}
	return append(out, v.Str...)
}

var (
	threes = values([]int{3}, []float32{1, 2, 3.5, 4, -5, 6, 0.25, 8, 6})
	powers = func() *column.Values {
		f := make([]float32, 24)
		for i := range f {
			f[i] = float32(math.Pow(float64(i), 1.5))
		}
		return values([]int{3, 2, 2}, f)
	}()
	words = values(nil, []string{"b", "a", "c", "a", "c", "z", "é", "b", "b"})
	ints  = values(nil, []int64{7, -3, 7, 100, -3, 7, 5})
)

// The floats come from Keras 3.15.1 on JAX; the lookups follow keras/src/layers/preprocessing/index_lookup.py.
var cases = []struct {
	kind, body string
	fit, in    *column.Values
	shape      []int
	want       any
}{
	{"rescaling", `scale = 1 / 255`, nil, values([]int{2}, []uint8{0, 51, 255, 1}), []int{2}, []float32{0, 0.2, 1, 0.003921569}},
	{"rescaling", "scale = 2\noffset = -1", nil, values(nil, []int32{3, -4}), nil, []float32{5, -9}},
	{"rescaling", "scale = [1, 10]\noffset = [0.5, 0]", nil, values([]int{2, 2}, []float32{1, 2, 3, 4}), []int{2, 2}, []float32{1.5, 20, 3.5, 40}},
	{"normalization", ``, threes, threes, []int{3}, []float32{-0.46291006, 0.062745586, -1.4142134, 1.3887302, -1.2549115, 0.70710695, -0.9258201, 1.192166, 0.70710695}},
	{"normalization", `axis = []`, threes, threes, []int{3}, []float32{-0.5083349, -0.23519973, 0.174503, 0.3110706, -2.1471457, 0.8573409, -0.71318626, 1.4036112, 0.8573409}},
	{"normalization", ``, values(nil, []float32{1, 2, 3, 4, 5}), values(nil, []float32{1, 2, 3}), nil, []float32{-1.4142135, -0.70710677, 0}},
	{"normalization", `axis = 1`, powers, powers, []int{3, 2, 2}, []float32{-1.07526, -1.03389, -0.95826, -0.86031, -1.14907, -1.04528, -0.93051, -0.80574, -1.17299, -1.05083, -0.92168, -0.7859, 0.64435, 0.86372, 1.09169, 1.32797, 0.67849, 0.87733, 1.08211, 1.29265, 0.6937, 0.88343, 1.07774, 1.27652}},
	{"normalization", `axis = [3, 1]`, powers, powers, []int{3, 2, 2}, []float32{-1.04645, -1.06935, -0.92412, -0.90186, -1.09825, -1.10356, -0.87378, -0.86859, -1.11441, -1.11697, -0.85798, -0.85547, 0.75143, 0.76163, 1.21914, 1.20958, 0.77875, 0.78238, 1.19328, 1.18978, 0.79027, 0.79223, 1.18213, 1.18022}},
	{"normalization", "axis = [1, 3]\nmean = [1, 2]\nvariance = [4, 9]", nil, powers, []int{3, 2, 2}, []float32{-0.5, -0.33333334, 0.91421354, 1.0653843, 3.5, 3.0601134, 6.8484693, 5.506753, 10.813708, 8.333334, 15.311388, 11.494291, 20.28461, 14.957389, 25.6916, 18.69825, 31.5, 22.6976, 37.683765, 26.939693, 44.22136, 31.41137, 51.094574, 36.101376}},
	{"normalization", "mean = 3\nvariance = 2\ninvert = true", nil, threes, []int{3}, []float32{4.4142137, 5.8284273, 7.9497476, 8.656855, -4.071068, 11.485281, 3.3535533, 14.313708, 11.485281}},
	{"normalization", ``, values(nil, []float32{4, 4}), values(nil, []float32{4, 5}), nil, []float32{0, 1e7}}, // divided by Keras' epsilon

	{"clipping", "min = 0\nmax = [3, 4, 5]", nil, threes, []int{3}, []float32{1, 2, 3.5, 3, 0, 5, 0.25, 4, 5}},
	{"clipping", "max = 2", nil, values(nil, []int32{1, 2, 3, -4}), nil, []float32{1, 2, 2, -4}},
	{"log", "", nil, values(nil, []float32{1, 2.5, 100}), nil, []float32{0, 0.91629076, 4.6051702}},
	{"log", "offset = 1", nil, values(nil, []int64{0, 1, 99}), nil, []float32{0, 0.6931472, 4.6051702}},
	{"imputation", "", values(nil, []string{"1", " NA ", "2.5", "", "4"}), values(nil, []string{"7", "?", "nan"}), nil, []float32{7, 2.5, 2.5}},
	{"imputation", "strategy = \"median\"\nadd_indicator = true", values([]int{2}, []string{"1", "", "2", "5", "9", "7"}), values([]int{2}, []string{"", "3", "4", ""}), []int{4}, []float32{2, 3, 1, 0, 4, 6, 0, 1}},
	{"imputation", "strategy = \"mode\"", values(nil, []float32{3, 1, 3, 1, float32(math.NaN())}), values(nil, []float32{float32(math.NaN()), 8}), nil, []float32{1, 8}},
	{"imputation", "strategy = \"mode\"\ndtype = \"string\"", values(nil, []string{"b", "a", "", "b"}), values(nil, []string{"", "a"}), nil, []string{"b", "a"}},
	{"imputation", "strategy = \"constant\"\nfill_value = -1", values(nil, []string{"1"}), values(nil, []string{"", "2"}), nil, []float32{-1, 2}},
	{"date_parts", "", nil, values(nil, []string{"2024-02-29", "1999-12-31T23:59:58Z"}), []int{4}, []float32{2024, 2, 29, 3, 1999, 12, 31, 4}},
	{"date_parts", "parts = [\"hour\", \"month\", \"day_of_year\", \"quarter\", \"week\"]\nformat = \"%d.%m.%y %H:%M\"", nil, values(nil, []string{"31.12.24 06:30"}), []int{5}, []float32{6, 12, 366, 4, 1}},
	{"date_parts", "parts = [\"hour\", \"year\"]\ncyclic = true", nil, values(nil, []string{"2024-02-29 18:00"}), []int{3}, []float32{-1, 0, 2024}},
	{"pad_sequences", ``, values([]int{2}, []int64{1, 2, 3, 4}), values([]int{2}, []int64{5, 6}), []int{2}, []int32{5, 6}},
	{"pad_sequences", "maxlen = 3\npadding = \"post\"\ndtype = \"float32\"\nvalue = -1", nil, values([]int{2}, []float32{0.5, 6}), []int{3}, []float32{0.5, 6, -1}},
	{"hashed_crossing", "num_bins = 1", nil, values([]int{2}, []string{"a", "b"}), nil, []int32{0}},
	{"byte_pair_tokenizer", tinyTokenizer(), values(nil, []string{"ababb", "a"}), values(nil, []string{"ab", "bab", "abababab"}), []int{3}, []int32{2, 0, 0, 1, 2, 0, 2, 2, 2}},
	{"mel_spectrogram", "fft_length = 4\nsequence_stride = 4\nnum_mel_bins = 1\nsampling_rate = 8\nmin_freq = 0\npower_to_db = false", nil, values([]int{4}, []float32{0, 0, 0, 0}), []int{1, 2}, []float32{0, 0}},

	// b 3, then a and c 2 each, the greater first, then é and z.
	{"string_lookup", ``, words, values(nil, []string{"b", "c", "a", "é", "z", "?"}), nil, []int32{1, 2, 3, 4, 5, 0}},
	{"string_lookup", `max_tokens = 3`, words, values(nil, []string{"b", "c", "a"}), nil, []int32{1, 2, 0}},
	{"string_lookup", "mask_token = \"\"\nvocabulary = [\"x\", \"y\"]", nil, values([]int{3}, []string{"", "y", "q"}), []int{3}, []int32{0, 3, 1}},
	{"string_lookup", "num_oov_indices = 0\nvocabulary = [\"<=50K\", \">50K\"]", nil, values(nil, []string{">50K", "<=50K"}), nil, []int32{1, 0}},
	{"string_lookup", "vocabulary = [\"[UNK]\", \"x\"]", nil, values(nil, []string{"x", "[UNK]"}), nil, []int32{1, 0}},
	{"string_lookup", "vocabulary = [\"x\", \"y\"]\noutput_mode = \"one_hot\"", nil, values(nil, []string{"y", "q"}), []int{3}, []float32{0, 0, 1, 1, 0, 0}},
	{"string_lookup", "vocabulary = [\"x\", \"y\"]\noutput_mode = \"one_hot\"\nmask_token = \"m\"", nil, values([]int{2}, []string{"y", "m"}), []int{2, 3}, []float32{0, 0, 1, 0, 0, 0}},
	{"string_lookup", "vocabulary = [\"x\", \"y\"]\noutput_mode = \"multi_hot\"", nil, values([]int{3}, []string{"y", "y", "q"}), []int{3}, []float32{1, 0, 1}},
	{"string_lookup", "vocabulary = [\"x\", \"y\"]\noutput_mode = \"count\"\nmax_tokens = 5\npad_to_max_tokens = true", nil, values([]int{3}, []string{"y", "y", "q"}), []int{5}, []float32{1, 0, 2, 0, 0}},
	{"string_lookup", "vocabulary = [\"x\", \"y\"]\ninvert = true", nil, values(nil, []int64{2, 0, 1, 9}), nil, []string{"y", "[UNK]", "x", "[UNK]"}},
	// FarmHash as in keras.layers.Hashing(num_bins=3): A to E fall into 1, 0, 1, 1, 2.
	{"string_lookup", "vocabulary = [\"x\"]\nnum_oov_indices = 3", nil, values(nil, []string{"A", "B", "C", "D", "E", "x"}), nil, []int32{1, 0, 1, 1, 2, 3}},

	{"integer_lookup", ``, ints, values(nil, []int64{7, -3, 100, 5, 6}), nil, []int32{1, 2, 3, 4, 0}},
	{"integer_lookup", "vocabulary = [12, 36]\nnum_oov_indices = 2", nil, values(nil, []int64{36, -1, 4, 7}), nil, []int32{3, 1, 0, 1}},
	{"integer_lookup", "vocabulary = [12, 36]\ninvert = true\nmask_token = 0", nil, values(nil, []int64{0, 1, 2, 3}), nil, []int64{0, -1, 12, 36}},
	{"one_hot", ``, values(nil, []int64{0, 2, 1}), values(nil, []int64{2, 0}), []int{3}, []float32{0, 0, 1, 1, 0, 0}},
	{"one_hot", `num_classes = 2`, nil, values([]int{1}, []int64{1, 0}), []int{2}, []float32{0, 1, 1, 0}},
	{"character_vectorization", `output_sequence_length = 3`, values(nil, []string{"aab", "b A"}), values(nil, []string{"bé", "A ab"}), []int{3}, []int32{2, 1, 0, 4, 5, 3}},
	{"character_vectorization", ``, values(nil, []string{"aab", "abbb"}), values(nil, []string{"b"}), []int{4}, []int32{2, 0, 0, 0}},
	{"category_encoding", `num_tokens = 4`, nil, values([]int{3}, []int64{0, 1, 1, 3, 3, 2}), []int{4}, []float32{1, 1, 0, 0, 0, 0, 1, 1}},
	{"category_encoding", "num_tokens = 4\noutput_mode = \"count\"", nil, values([]int{3}, []int64{0, 1, 1, 3, 3, 2}), []int{4}, []float32{1, 2, 0, 0, 0, 0, 1, 2}},
	{"category_encoding", "num_tokens = 4\noutput_mode = \"one_hot\"", nil, values([]int{1}, []int64{0, 3}), []int{4}, []float32{1, 0, 0, 0, 0, 0, 0, 1}},
}

func TestTransforms(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range kerasCases(t) {
		tested[c.Kind] = true
	}
	for _, c := range cases {
		tested[c.kind] = true
		t.Run(c.kind+" "+strings.ReplaceAll(c.body, "\n", " "), func(t *testing.T) {
			tr, err := decode(t, c.kind, c.body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := apply(t, tr, c.fit, c.in)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.shape, got.Shape) {
				t.Errorf("shape %v, want %v", got.Shape, c.shape)
			}
			want := values(c.shape, c.want)
			if want.Kind != got.Kind || want.Rows != got.Rows {
				t.Fatalf("%d rows of %s, want %d of %s", got.Rows, got.Kind, want.Rows, want.Kind)
			}
			for i, x := range want.F32 {
				if d := math.Abs(float64(got.F32[i] - x)); !(d <= 1e-5*(1+math.Abs(float64(x)))) {
					t.Errorf("element %d is %v, want %v", i, got.F32[i], x)
				}
			}
			if want.Kind != column.Float32 {
				if diff := cmp.Diff(text(want), text(got)); diff != "" {
					t.Error(diff)
				}
			}
			saved(t, c.kind, c.body, tr, c.in, got)
			undone(t, tr, c.in, got)
		})
	}
	for _, n := range Transforms.Names() {
		if !tested[n] {
			t.Errorf("transform %q has no case", n)
		}
	}
}

// saved checks that the state makes another transform do the same.
func saved(t *testing.T, kind, body string, tr Transform, in, want *column.Values) {
	l, ok := tr.(Learner)
	if !ok {
		return
	}
	state, err := l.State()
	if err != nil {
		t.Fatal(err)
	}
	again, err := decode(t, kind, body)
	if err != nil {
		t.Fatal(err)
	}
	if state == nil {
		if again.(Learner).Learns() {
			t.Error("it learned, and has no state")
		}
		return
	}
	if err := again.(Learner).SetState(in.Field("x"), state); err != nil {
		t.Fatal(err)
	}
	got := column.Make(want.Kind, want.Shape, want.Rows)
	if err := again.Apply(got, in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text(want), text(got)); diff != "" {
		t.Errorf("after saving: %s", diff)
	}
	for _, bad := range []string{`[]`, `{"mean":[1],"variance":[]}`, `{"vocabulary":["a","a"]}`, `{"num_classes":-1}`, `3`} {
		if err := again.(Learner).SetState(in.Field("x"), []byte(bad)); err == nil && !strings.HasPrefix(bad, "{") {
			t.Errorf("the state %s was taken", bad)
		}
	}
}

func undone(t *testing.T, tr Transform, in, out *column.Values) {
	u, ok := tr.(Inverter)
	if !ok {
		return
	}
	want := column.Make(column.Float32, in.Shape, in.Rows)
	if err := column.Convert(want, in); err != nil {
		t.Fatal(err)
	}
	got := slices.Clone(out.F32)
	u.Undo(got, in.Shape)
	for i, x := range want.F32 {
		if d := math.Abs(float64(got[i] - x)); !(d <= 1e-4*(1+math.Abs(float64(x)))) {
			t.Errorf("undone, element %d is %v, was %v", i, got[i], x)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		in         *column.Values
		want       string
	}{
		{"rescaling", ``, threes, `needs the argument "scale"`},
		{"rescaling", `scale = "x"`, threes, `A number or a list of numbers is wanted, got "x"`},
		{"rescaling", `scale = []`, threes, `The list is empty`},
		{"rescaling", `scale = 1/0`, threes, `ivi`}, // by zero, or infinite
		{"rescaling", `scale = [1, 2]`, threes, `a list of 2 is given, and the last axis of "x", [3], has 3`},
		{"rescaling", `scale = 2`, words, `it takes numbers, and column "x" holds text`},
		{"normalization", `axis = 2`, threes, `axis 2 is outside of 2 axes`},
		{"normalization", `axis = 0`, threes, `axis 0 is the batch`},
		{"normalization", `axis = [1, -1]`, threes, `axis 1 is given twice`},
		{"normalization", `axis = "last"`, threes, `An integer or a list of integers is wanted, got "last"`},
		{"normalization", `mean = 1`, threes, `given together or not at all`},
		{"normalization", "mean = [1, 2]\nvariance = [1, 2]", threes, `a list of 2 is given, and axis 1 of "x" has 3`},
		{"normalization", "mean = 1\nvariance = -1", threes, `never negative`},
		{"normalization", ``, values(nil, []float32{1, float32(math.NaN())}), `NaN or infinite`},
		{"string_lookup", ``, ints, `it looks up text, and column "x" holds int64; integer_lookup`},
		{"string_lookup", `vocabulary = []`, words, `The vocabulary is empty`},
		{"string_lookup", `vocabulary = ["a", "a"]`, words, `"a" is in it twice`},
		{"string_lookup", "mask_token = \"a\"\nvocabulary = [\"b\", \"a\"]", words, `mask token "a" stands in it`},
		{"string_lookup", "max_tokens = 2\nvocabulary = [\"b\", \"a\"]", words, `makes 3 indices`},
		{"string_lookup", `invert = true`, words, `needs a vocabulary`},
		{"string_lookup", `output_mode = "tfidf"`, words, `One of "int", "one_hot", "multi_hot", "count" is wanted`},
		{"string_lookup", "num_oov_indices = 0\nvocabulary = [\"b\"]", words, `row 2: "a" is not in the vocabulary; num_oov_indices = 1`},
		{"integer_lookup", ``, words, `it looks up whole numbers, and column "x" holds text; string_lookup`},
		{"integer_lookup", `vocabulary = [1.5]`, ints, `A whole number of 64 bits is wanted, got 1.5`},
		{"one_hot", ``, values(nil, []int64{0, -1}), `-1 is no class number`},
		{"one_hot", `num_classes = 2`, values(nil, []int64{0, 2}), `row 2: 2 is not one of the 2 classes`},
		{"one_hot", `num_classes = 0`, ints, `t least 1 is wanted`},
		{"category_encoding", `num_tokens = 2`, values(nil, []int64{2}), `2 is not one of the 2 classes`},
	} {
		tr, err := decode(t, c.kind, c.body)
		if err == nil {
			_, err = apply(t, tr, c.in, c.in)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s { %s }: %v, want %q", c.kind, c.body, err, c.want)
		}
	}
}

func TestSizesBeforeLearning(t *testing.T) {
	for _, c := range []struct {
		kind, body string
		in         column.Field
		want       string
	}{
		{"one_hot", ``, column.Scalar("y", column.Int32), "float32 [null]"},
		{"string_lookup", `output_mode = "multi_hot"`, column.Scalar("y", column.String), "float32 [null]"},
		{"string_lookup", `vocabulary = ["a"]`, column.Tensor("y", column.String, 4), "int32 [4]"},
		{"normalization", ``, column.Field{Name: "y"}, "float32 of a shape known after reading the data"},
		{"category_encoding", `num_tokens = 3`, column.Field{Name: "y"}, "float32 of a shape known after reading the data"},
	} {
		tr, err := decode(t, c.kind, c.body)
		if err != nil {
			t.Fatal(err)
		}
		f, err := tr.Out(c.in)
		if err != nil || f.Describe() != c.want {
			t.Errorf("%s: %s, %v, want %s", c.kind, f.Describe(), err, c.want)
		}
	}
}

func TestPlannedTransformIsNamed(t *testing.T) {
	_, err := decode(t, "stft_spectrogram", "")
	if err == nil || !strings.Contains(err.Error(), "does not have yet") {
		t.Error(err)
	}
}
