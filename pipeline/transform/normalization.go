package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
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

func (t *normalization) Adapt(in column.Field) (Learning, error) {
	of, n, err := t.index(in)
	if err != nil {
		return nil, err
	}
	return &momentLearning{normalization: t, of: of, total: newSums(n)}, nil
}

// momentLearning takes the mean and the biased variance over all axes but the kept ones, in float64: of
// each part in two passes, then of parts together by the formulas of Chan, Golub and LeVeque, "Updating
// formulae and a pairwise algorithm for computing sample variances" (1979).
type momentLearning struct {
	*normalization
	of    []int // which of the moments is an element's
	total *sums
	free  sync.Pool // of *column.Values
}

// sums are the number of values of each moment, their means and the sums of their squared distances from it.
type sums struct {
	count         float64
	mean, squares []float64
}

func newSums(n int) *sums { return &sums{0, make([]float64, n), make([]float64, n)} }

func (l *momentLearning) Part(rows *column.Values) (any, error) {
	x := rows.F32
	if rows.Kind != column.Float32 {
		buf, ok := l.free.Get().(*column.Values)
		if !ok {
			buf = new(column.Values)
		}
		defer l.free.Put(buf)
		buf.Reset(column.Float32, rows.Shape, rows.Rows)
		if err := column.Convert(buf, rows); err != nil {
			return nil, err
		}
		x = buf.F32
	}
	n := len(l.total.mean)
	part := newSums(n)
	part.count = float64(len(x) / n)
	// A place for each element of a row, and at least eight: additions that do not wait for each other.
	width := len(l.of) * ((7 + len(l.of)) / len(l.of))
	acc, mean := make([]float64, width), make([]float64, width)
	for rest := x; len(rest) > 0; rest = rest[min(width, len(rest)):] {
		for j, v := range rest[:min(width, len(rest))] {
			acc[j] += float64(v)
		}
	}
	for j, s := range acc {
		part.mean[l.of[j%len(l.of)]] += s
	}
	for m := range part.mean {
		part.mean[m] /= part.count
	}
	for j := range acc {
		acc[j], mean[j] = 0, part.mean[l.of[j%len(l.of)]]
	}
	for rest := x; len(rest) > 0; rest = rest[min(width, len(rest)):] {
		for j, v := range rest[:min(width, len(rest))] {
			d := float64(v) - mean[j]
			acc[j] += float64(d * d)
		}
	}
	for j, s := range acc {
		part.squares[l.of[j%len(l.of)]] += s
	}
	return part, nil
}

func (l *momentLearning) Add(p any) {
	part, t := p.(*sums), l.total
	count := t.count + part.count
	share := part.count / count
	for m, mean := range part.mean {
		d := mean - t.mean[m]
		t.mean[m] += float64(d * share)
		t.squares[m] += part.squares[m] + float64(float64(d*d)*float64(t.count*share))
	}
	t.count = count
}

func (l *momentLearning) Done() error {
	t := l.total
	if t.count == 0 {
		return errors.New("there are no rows to learn a mean from")
	}
	learned := &moments{make([]float32, len(t.mean)), make([]float32, len(t.mean))}
	for m, mean := range t.mean {
		learned.Mean[m], learned.Variance[m] = float32(mean), float32(t.squares[m]/t.count)
		if math.IsNaN(t.squares[m]) || math.IsInf(float64(learned.Variance[m]), 0) {
			return errors.New("a value is NaN or infinite, so there is no mean; clean the data first")
		}
	}
	l.learned = learned
	l.cached.Store(nil)
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

// ByChannel is true where no axis but the last has a mean for each index.
func (t *normalization) ByChannel(in column.Field) bool {
	keep, err := t.keep(in)
	return err == nil && (len(keep) == 0 || len(keep) == 1 && keep[0] == len(in.Shape)-1)
}

func (t *normalization) Apply(dst, src *column.Values) error {
	x := src.F32
	if src.Kind != column.Float32 {
		if err := column.Convert(dst, src); err != nil {
			return err
		}
		x = dst.F32
	}
	mean, scale := t.table(src.Shape)
	if t.invert {
		denormalize(dst.F32, x, mean, scale)
	} else {
		normalize(dst.F32, x, mean, scale)
	}
	return nil
}

func (t *normalization) Undo(values []float32, shape []int) {
	mean, scale := t.table(shape)
	if t.invert {
		normalize(values, values, mean, scale)
	} else {
		denormalize(values, values, mean, scale)
	}
}

func normalize(dst, x, mean, scale []float32) {
	scale = scale[:len(mean)]
	for len(x) > 0 {
		from, to := x[:len(mean)], dst[:len(mean)]
		for e, m := range mean {
			to[e] = (from[e] - m) / scale[e]
		}
		x, dst = x[len(mean):], dst[len(mean):]
	}
}

func denormalize(dst, x, mean, scale []float32) {
	scale = scale[:len(mean)]
	for len(x) > 0 {
		from, to := x[:len(mean)], dst[:len(mean)]
		for e, m := range mean {
			to[e] = m + float32(from[e]*scale[e])
		}
		x, dst = x[len(mean):], dst[len(mean):]
	}
}
