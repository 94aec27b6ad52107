package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync/atomic"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("normalization", func() Transform { return new(normalization) })

// normalization computes (x - mean) / max(sqrt(variance), 1e-7) in float32, with a mean and variance
// for each index of the kept axes. Keras: layers/preprocessing/normalization.py.
type normalization struct {
	axis           cty.Value // a number or a list, batch axis 0; [] is Keras' None
	mean, variance cty.Value
	invert         bool

	learned *moments
	cached  atomic.Pointer[normTable]
}

// normTable is the mean and the divisor of each element of a row.
type normTable struct {
	shape       []int
	mean, scale []float32
}

// moments are what normalization learns, in the row-major order of the kept axes.
type moments struct {
	Mean     []float32 `json:"mean"`
	Variance []float32 `json:"variance"`
}

// normalizationEpsilon is keras.config.epsilon(), the least that is divided by.
const normalizationEpsilon = 1e-7

func (t *normalization) Schema(b *schema.Block) {
	b.Doc("Shifts and scales numbers to mean 0 and variance 1, learned from the train split or given.", "keras.layers.Normalization",
		"Axis 0 is the batch. The axis that Keras calls None, one mean for everything, is written []; it is also what a column of single numbers gets.")
	b.Value(&t.axis, "axis", "The axis or axes that have a mean and variance for each index.", isIntegers, schema.Default(-1))
	b.Value(&t.mean, "mean", "Mean to use instead of learning it; needs variance.", isNumbers, schema.Optional())
	b.Value(&t.variance, "variance", "Variance to use instead of learning it; needs mean.", isNumbers, schema.Optional())
	b.Bool(&t.invert, "invert", "Turn normalized numbers back: x * sqrt(variance) + mean.", schema.Default(false))
}

func isIntegers(v cty.Value) error {
	check := func(v cty.Value) error {
		if v.IsNull() || v.Type() != cty.Number || !v.AsBigFloat().IsInt() {
			return fmt.Errorf("an integer or a list of integers is wanted, got %s", schema.Show(v))
		}
		return nil
	}
	if !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		return check(v)
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if err := check(e); err != nil {
			return err
		}
	}
	return nil
}

func (t *normalization) Validate() error {
	if (t.mean == cty.NilVal) != (t.variance == cty.NilVal) {
		return schema.Atf("mean", "mean and variance are given together or not at all")
	}
	if t.mean == cty.NilVal {
		return nil
	}
	if (t.mean.Type() == cty.Number) != (t.variance.Type() == cty.Number) || len(floats(t.mean)) != len(floats(t.variance)) {
		return schema.Atf("variance", "mean has %d numbers and variance %d: they go together", len(floats(t.mean)), len(floats(t.variance)))
	}
	for _, v := range floats(t.variance) {
		if v < 0 {
			return schema.Atf("variance", "a variance is never negative, got %v", v)
		}
	}
	return nil
}

// keep returns which axes of a row (the batch taken off) have moments of their own.
func (t *normalization) keep(in column.Field) ([]int, error) {
	var axes []int
	if t.axis.Type() == cty.Number {
		n, _ := t.axis.AsBigFloat().Int64()
		if n == -1 && len(in.Shape) == 0 {
			return nil, nil // the only axis is the batch: see Schema
		}
		axes = []int{int(n)}
	} else {
		for it := t.axis.ElementIterator(); it.Next(); {
			_, e := it.Element()
			n, _ := e.AsBigFloat().Int64()
			axes = append(axes, int(n))
		}
	}
	rank := len(in.Shape) + 1
	var keep []int
	for _, a := range axes {
		if a < -rank || a >= rank {
			return nil, schema.Atf("axis", "axis %d is outside of %d axes: %q is %s with the batch before it", a, rank, in.Name, in.Describe())
		}
		if a < 0 {
			a += rank
		}
		if a == 0 {
			return nil, schema.Atf("axis", "axis 0 is the batch, which has no mean of its own for each row")
		}
		if slices.Contains(keep, a-1) {
			return nil, schema.Atf("axis", "axis %d is given twice", a)
		}
		keep = append(keep, a-1)
	}
	slices.Sort(keep)
	return keep, nil
}

func (t *normalization) Out(in column.Field) (column.Field, error) {
	out := in.WithKind(column.Float32)
	if err := numeric(in); err != nil {
		return in, err
	}
	if !in.Known {
		return out, nil
	}
	keep, err := t.keep(in)
	if err != nil {
		return in, err
	}
	for _, a := range keep {
		if in.Shape[a] < 0 {
			return in, schema.Atf("axis", "axis %d of %q is open, and a mean for each index needs its length", a+1, in.Name)
		}
	}
	if t.mean == cty.NilVal {
		return out, nil
	}
	given := floats(t.mean)
	if t.mean.Type() == cty.Number {
		return out, nil
	}
	if len(keep) == 0 {
		return in, schema.Atf("mean", "no axis is kept, so mean is a single number; got a list of %d", len(given))
	}
	// Keras aligns a list with the kept axes from the right.
	if last := in.Shape[keep[len(keep)-1]]; len(given) != 1 && len(given) != last {
		return in, schema.Atf("mean", "a list of %d is given, and axis %d of %q has %d", len(given), keep[len(keep)-1]+1, in.Name, last)
	}
	return out, nil
}

func (t *normalization) Learns() bool { return t.mean == cty.NilVal }

// strides returns by how much each axis of a row moves among the moments, 0 for one that has none of its
// own, and how many moments there are.
func (t *normalization) strides(in column.Field) (strides []int, n int, err error) {
	keep, err := t.keep(in)
	if err != nil {
		return nil, 0, err
	}
	strides, n = make([]int, len(in.Shape)), 1
	for i := len(in.Shape) - 1; i >= 0; i-- {
		if slices.Contains(keep, i) {
			strides[i] = n
			n *= in.Shape[i]
		}
	}
	return strides, n, nil
}

// index returns, for each element of a row, which of the moments is its own, and how many there are.
func (t *normalization) index(in column.Field) (of []int, n int, err error) {
	strides, n, err := t.strides(in)
	if err != nil {
		return nil, 0, err
	}
	of = make([]int, in.Size())
	for e := range of {
		rest := e
		for i := len(in.Shape) - 1; i >= 0; i-- {
			of[e] += rest % in.Shape[i] * strides[i]
			rest /= in.Shape[i]
		}
	}
	return of, n, nil
}

// Adapt takes the mean and the biased variance over all other axes, in float64 and two passes.
func (t *normalization) Adapt(in column.Field, rows iter.Seq2[*column.Values, error]) error {
	of, n, err := t.index(in)
	if err != nil {
		return err
	}
	sum, count := make([]float64, n), 0
	buf := new(column.Values)
	pass := func(each func(moment int, x float64)) error {
		for v, err := range rows {
			if err != nil {
				return err
			}
			buf.Reset(column.Float32, v.Shape, v.Rows)
			if err := column.Convert(buf, v); err != nil {
				return err
			}
			for i, x := range buf.F32 {
				each(of[i%len(of)], float64(x))
			}
			count += v.Rows
		}
		return nil
	}
	if err := pass(func(m int, x float64) { sum[m] += x }); err != nil {
		return err
	}
	if count == 0 {
		return errors.New("there are no rows to learn a mean from")
	}
	each := float64(count) * float64(len(of)/n)
	mean, squares := make([]float64, n), make([]float64, n)
	for m := range mean {
		mean[m] = sum[m] / each
	}
	if err := pass(func(m int, x float64) {
		d := x - mean[m]
		squares[m] += float64(d * d)
	}); err != nil {
		return err
	}
	t.learned = &moments{make([]float32, n), make([]float32, n)}
	for m := range mean {
		t.learned.Mean[m], t.learned.Variance[m] = float32(mean[m]), float32(squares[m]/each)
		if math.IsNaN(squares[m]) || math.IsInf(float64(t.learned.Variance[m]), 0) {
			return errors.New("a value is NaN or infinite, so there is no mean; clean the data first")
		}
	}
	return nil
}

func (t *normalization) State() (json.RawMessage, error) {
	if t.learned == nil {
		return nil, nil
	}
	return json.Marshal(t.learned)
}

func (t *normalization) SetState(in column.Field, state json.RawMessage) error {
	m := new(moments)
	if err := json.Unmarshal(state, m); err != nil {
		return err
	}
	_, n, err := t.strides(in)
	if err != nil {
		return err
	}
	if len(m.Mean) != n || len(m.Variance) != n {
		return fmt.Errorf("the saved mean has %d numbers, %d are needed", len(m.Mean), n)
	}
	t.learned = m
	t.cached.Store(nil)
	return nil
}

// table returns mean and divisor for each element of a row.
func (t *normalization) table(shape []int) (mean, scale []float32) {
	if c := t.cached.Load(); c != nil && slices.Equal(c.shape, shape) {
		return c.mean, c.scale
	}
	in := column.Tensor("", column.Float32, shape...)
	of, _, err := t.index(in)
	if err != nil {
		panic("normalization: Out was not asked: " + err.Error())
	}
	m := t.learned
	if t.mean != cty.NilVal {
		m = &moments{floats(t.mean), floats(t.variance)}
	}
	mean, scale = make([]float32, len(of)), make([]float32, len(of))
	for e, i := range of {
		i %= len(m.Mean) // a given list is for the last of the kept axes
		mean[e] = m.Mean[i]
		scale[e] = max(float32(math.Sqrt(float64(m.Variance[i]))), normalizationEpsilon)
	}
	t.cached.Store(&normTable{slices.Clone(shape), mean, scale})
	return mean, scale
}

func (t *normalization) Apply(dst, src *column.Values) error {
	if err := column.Convert(dst, src); err != nil {
		return err
	}
	mean, scale := t.table(src.Shape)
	if t.invert {
		denormalize(dst.F32, mean, scale)
	} else {
		normalize(dst.F32, mean, scale)
	}
	return nil
}

func (t *normalization) Undo(values []float32, shape []int) {
	mean, scale := t.table(shape)
	if t.invert {
		normalize(values, mean, scale)
	} else {
		denormalize(values, mean, scale)
	}
}

func normalize(x, mean, scale []float32) {
	for len(x) > 0 {
		row := x[:len(mean)]
		for e := range row {
			row[e] = (row[e] - mean[e]) / scale[e]
		}
		x = x[len(mean):]
	}
}

func denormalize(x, mean, scale []float32) {
	for len(x) > 0 {
		row := x[:len(mean)]
		for e := range row {
			row[e] = mean[e] + float32(row[e]*scale[e])
		}
		x = x[len(mean):]
	}
}
