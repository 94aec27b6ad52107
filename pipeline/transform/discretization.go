package transform

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("discretization", func() Transform { return new(discretization) })

// discretization turns numbers into the indices of ranges. Keras: layers/preprocessing/discretization.py.
type discretization struct {
	given   []float64
	numBins *int
	epsilon float64
	mode    string

	boundaries []float32
}

func (t *discretization) Schema(b *schema.Block) {
	b.Doc("Turns numbers into the indices of ranges, which are given or learned such that each holds about as many values of the train split.", "keras.layers.Discretization",
		"The boundaries that num_bins learns are those Keras finds when it adapts to all rows at once.")
	b.Floats(&t.given, "bin_boundaries", "The boundaries between ranges, ascending; one belongs to the range above it.", schema.Optional())
	b.OptInt(&t.numBins, "num_bins", "How many ranges to learn.", schema.AtLeast(1), schema.AtMost(1<<20))
	b.Float(&t.epsilon, "epsilon", "How exactly the boundaries are learned: the share of values by which a range may miss.", schema.Default(0.01), schema.Above(0), schema.AtMost(1))
	b.Enum(&t.mode, "output_mode", "An index, or a vector with a place for each range.", modes, schema.Default("int"))
}

func (t *discretization) Validate() error {
	if (t.given == nil) == (t.numBins == nil) {
		return schema.Atf("num_bins", `it needs either "bin_boundaries" or "num_bins"`)
	}
	for i, x := range t.given {
		t.boundaries = append(t.boundaries, float32(x))
		if i > 0 && !(t.boundaries[i-1] < t.boundaries[i]) {
			return schema.Atf("bin_boundaries", "they ascend, and %v follows %v", x, t.given[i-1])
		}
	}
	if t.given != nil && len(t.given) == 0 {
		return schema.Atf("bin_boundaries", "the list is empty")
	}
	return nil
}

// bins is how many ranges there are; -1 before they were learned.
func (t *discretization) bins() int {
	if t.boundaries == nil {
		return -1
	}
	return len(t.boundaries) + 1
}

// Categories returns the number of ranges.
func (t *discretization) Categories() (int, []string) { return t.bins(), nil }

func (t *discretization) Out(in column.Field) (column.Field, error) {
	if err := numeric(in); err != nil {
		return in, err
	}
	return encodedField(in, t.mode, t.bins()), nil
}

func (t *discretization) Apply(dst, src *column.Values) error {
	x := src
	if src.Kind != column.Float32 {
		x = column.Make(column.Float32, src.Shape, src.Rows)
		if err := column.Convert(x, src); err != nil {
			return err
		}
	}
	e := encoder{mode: t.mode, depth: t.bins(), dst: dst.F32, vector: lastAxis(src.Shape)}
	e.clear()
	for i, v := range x.F32 {
		n := sort.Search(len(t.boundaries), func(k int) bool { return t.boundaries[k] > v })
		if t.mode == "int" {
			dst.I32[i] = int32(n)
		} else {
			e.put(i, n)
		}
	}
	return nil
}

func (t *discretization) Learns() bool { return t.given == nil }

func (t *discretization) Adapt(column.Field) (Learning, error) { return &binLearning{t: t}, nil }

// binLearning gathers the values.
type binLearning struct {
	t      *discretization
	values []float32
}

func (l *binLearning) Part(rows *column.Values) (any, error) {
	v := column.Make(column.Float32, rows.Shape, rows.Rows)
	if err := column.Convert(v, rows); err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(v.F32, func(x float32) bool { return x != x }); i >= 0 {
		return nil, &column.RowError{Row: i / v.Size(), Err: fmt.Errorf("it is not a number (NaN), which belongs to no range")}
	}
	return v.F32, nil
}

func (l *binLearning) Add(part any) { l.values = append(l.values, part.([]float32)...) }

func (l *binLearning) Done() error {
	if len(l.values) == 0 {
		return fmt.Errorf("discretization found no values in the train split")
	}
	slices.Sort(l.values)
	s := summarize(l.values, l.t.epsilon).compress(l.t.epsilon).compress(1 / float64(*l.t.numBins))
	l.t.boundaries = slices.Clone(s.values[:len(s.values)-1])
	return nil
}

// summary is a sorted selection of values, and how many of all each stands for.
type summary struct{ values, weights []float32 }

// summarize takes every so many-th of sorted values.
func summarize(sorted []float32, epsilon float64) summary {
	step := max(float64(len(sorted))/(1/epsilon), 1)
	var s summary
	for i := int(step - 1); i < len(sorted); i += int(step) {
		s.values = append(s.values, sorted[i])
		s.weights = append(s.weights, float32(step))
	}
	return s
}

// compress makes a selection of 1/epsilon values, found between those that there are.
func (s summary) compress(epsilon float64) summary {
	if float64(len(s.values))*epsilon < 1 {
		return s
	}
	sums := make([]float64, len(s.weights))
	shares := make([]float64, len(s.weights))
	values := make([]float64, len(s.values))
	total := float32(0)
	for i, w := range s.weights {
		total += w
		sums[i], values[i] = float64(total), float64(s.values[i])
	}
	for i := range shares {
		shares[i] = float64(float32(sums[i]) / total)
	}
	var out summary
	before := 0.0
	for i := range int(math.Ceil(1 / epsilon)) {
		at := epsilon + float64(i)*epsilon
		sum := interpolate(at, shares, sums)
		out.values = append(out.values, float32(interpolate(at, shares, values)))
		out.weights = append(out.weights, float32(sum-before))
		before = sum
	}
	return out
}

// interpolate is the piecewise linear function through points (x, y) at a place, as numpy.interp has it.
func interpolate(at float64, x, y []float64) float64 {
	i := sort.Search(len(x), func(i int) bool { return x[i] > at })
	switch i {
	case 0:
		return y[0]
	case len(x):
		return y[len(y)-1]
	}
	slope := (y[i] - y[i-1]) / (x[i] - x[i-1])
	return float64(slope*(at-x[i-1])) + y[i-1]
}

// State returns the boundaries that were learned.
func (t *discretization) State() (json.RawMessage, error) {
	if !t.Learns() {
		return nil, nil
	}
	return json.Marshal(map[string][]float32{"bin_boundaries": t.boundaries})
}

// SetState takes the boundaries back.
func (t *discretization) SetState(in column.Field, state json.RawMessage) error {
	var s struct {
		Boundaries []float32 `json:"bin_boundaries"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	if s.Boundaries == nil || !slices.IsSorted(s.Boundaries) {
		return fmt.Errorf("the saved boundaries are missing, or do not ascend")
	}
	t.boundaries = s.Boundaries
	return nil
}
