package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Metric is a named number as Keras' logs have it: loss, accuracy, val_loss, test_accuracy.
type Metric struct {
	Name  string
	Value float32
}

// Metrics is a list of metrics in the order in which they are shown. As JSON it is an object in that order; what is
// not finite is null, and null is read as NaN.
type Metrics []Metric

// Lookup returns the value of the metric name.
func (m Metrics) Lookup(name string) (float32, bool) {
	for _, x := range m {
		if x.Name == name {
			return x.Value, true
		}
	}
	return 0, false
}

// section is the part of a line that a metric belongs to: loss, other metrics of training, of validation, of the test.
func section(name string) int {
	switch {
	case strings.HasPrefix(name, "test_"):
		return 3
	case strings.HasPrefix(name, "val_"):
		return 2
	case name == "loss":
		return 0
	}
	return 1
}

// sorted returns the metrics in the order of a line, by section and within one as they came. Names must differ.
func (m Metrics) sorted() (Metrics, error) {
	seen := map[string]bool{"epoch": true}
	for _, x := range m {
		if seen[x.Name] {
			return nil, fmt.Errorf("the name %q is taken twice in one line of the log", x.Name)
		}
		seen[x.Name] = true
	}
	out := slices.Clone(m)
	slices.SortStableFunc(out, func(a, b Metric) int { return section(a.Name) - section(b.Name) })
	return out, nil
}

// MarshalJSON returns the object.
func (m Metrics) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, x := range m {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = x.appendJSON(b); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON appends "name":value.
func (x Metric) appendJSON(b []byte) ([]byte, error) {
	name, err := json.Marshal(x.Name)
	if err != nil {
		return nil, err
	}
	return appendFloat32(append(append(b, name...), ':'), x.Value), nil
}

// UnmarshalJSON reads the object in its order.
func (m *Metrics) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("metrics are %v, not an object", t)
	}
	*m = Metrics{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return fmt.Errorf("metrics: %v stands where a name should", t)
		}
		var v *float32
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("metric %q: %w", name, err)
		}
		if v == nil {
			nan := float32(math.NaN())
			v = &nan
		}
		*m = append(*m, Metric{name, *v})
	}
	_, err := dec.Token()
	return err
}

// finite says whether v is a number that JSON has.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// appendFloat32 appends the shortest decimal that is v as a float32, in the form of encoding/json; null where v is
// not finite.
func appendFloat32(b []byte, v float32) []byte { return appendFloat(b, float64(v), 32) }

func appendFloat(b []byte, v float64, bits int) []byte {
	if !finite(v) {
		return append(b, "null"...)
	}
	format := byte('f')
	abs := math.Abs(v)
	small, large := abs < 1e-6, abs >= 1e21
	if bits == 32 { // compared as float32s: the float32 next to 1e-6 is below it as a float64
		small, large = float32(abs) < 1e-6, float32(abs) >= 1e21
	}
	if abs != 0 && (small || large) {
		format = 'e'
	}
	start := len(b)
	b = strconv.AppendFloat(b, v, format, -1, bits)
	if n := len(b); format == 'e' && n-start >= 4 && b[n-4] == 'e' && b[n-2] == '0' { // e-09 -> e-9
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}
