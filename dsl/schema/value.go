package schema

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// maxList bounds the lists an argument may hold, so that range(...) cannot eat memory.
const maxList = 1 << 20

var errInfinite = errors.New("the number is infinite (it was divided by 0?)")

func asInt(v cty.Value) (int, error) {
	if v.IsNull() || v.Type() != cty.Number {
		return 0, wrongType(v, "an integer")
	}
	f := v.AsBigFloat()
	if f.IsInf() {
		return 0, errInfinite
	}
	n, exact := f.Int64()
	if !f.IsInt() {
		return 0, fmt.Errorf("a whole number is wanted, got %s", f.Text('g', 10))
	}
	if exact != 0 || n > math.MaxInt32 || n < math.MinInt32 {
		return 0, fmt.Errorf("%s is out of range: integers here stay within 32 bits", f.Text('g', 10))
	}
	return int(n), nil
}

func asIntOrNull(v cty.Value) (int, error) {
	if v.IsNull() || !v.IsKnown() {
		return UnknownInt, nil
	}
	return asInt(v)
}

func asFloat(v cty.Value) (float64, error) {
	if v.IsNull() || v.Type() != cty.Number {
		return 0, wrongType(v, "a number")
	}
	if v.AsBigFloat().IsInf() {
		return 0, errInfinite
	}
	f, _ := v.AsBigFloat().Float64()
	if math.IsInf(f, 0) {
		return 0, fmt.Errorf("%s is out of range: the largest number is about 1.8e308", v.AsBigFloat().Text('g', 10))
	}
	return f, nil
}

func asString(v cty.Value) (string, error) {
	if v.IsNull() || v.Type() != cty.String {
		return "", wrongType(v, "a string")
	}
	return v.AsString(), nil
}

func each[T any](v cty.Value, what string, as func(cty.Value) (T, error)) ([]T, error) {
	if v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) {
		return nil, wrongType(v, "a list of "+what)
	}
	if n := v.LengthInt(); n > maxList {
		return nil, fmt.Errorf("the list has %d elements, more than %d", n, maxList)
	}
	out := make([]T, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		x, err := as(e)
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", len(out), err)
		}
		out = append(out, x)
	}
	return out, nil
}

func wrongType(v cty.Value, want string) error {
	hint := ""
	if !v.IsNull() && v.IsKnown() && v.Type() == cty.String {
		s := v.AsString()
		if _, err := cty.ParseNumberVal(clip(s)); err == nil && (strings.Contains(want, "integer") || strings.Contains(want, "number")) ||
			want == "true or false" && (s == "true" || s == "false") {
			hint = ": leave out the quotes"
		}
	}
	return fmt.Errorf("%s is wanted, got %s%s", want, Show(v), hint)
}

// clip shortens a text to what a message, or a look at it, needs.
func clip(s string) string {
	if len(s) > 60 {
		for i := range s {
			if i > 56 {
				return s[:i] + "…"
			}
		}
	}
	return s
}

// checkFinite refuses infinite numbers anywhere in a value.
func checkFinite(v cty.Value) error {
	return cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number && v.AsBigFloat().IsInf() {
			return false, errInfinite
		}
		return true, nil
	})
}

// Show says what a value is, short enough for a message: 3, "relu", a list of 12, null.
func Show(v cty.Value) string {
	if v != cty.NilVal {
		v, _ = v.UnmarkDeep()
	}
	switch {
	case v == cty.NilVal:
		return "nothing"
	case !v.IsKnown():
		return "a value that is not known yet"
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return fmt.Sprintf("%q", clip(v.AsString()))
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('g', 10)
	case v.Type() == cty.Bool:
		return fmt.Sprintf("%v", v.True())
	case v.Type().IsTupleType(), v.Type().IsListType(), v.Type().IsSetType():
		if !v.Type().IsTupleType() && !v.IsWhollyKnown() && v.Type().IsSetType() {
			return "a set that is not known yet"
		}
		if v.LengthInt() > 8 {
			return fmt.Sprintf("a list of %d", v.LengthInt())
		}
		var s []string
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			s = append(s, showInside(e))
		}
		return "[" + strings.Join(s, ", ") + "]"
	case v.Type().IsObjectType(), v.Type().IsMapType():
		if v.LengthInt() == 0 {
			return "an empty object"
		}
		if v.Type().IsObjectType() {
			for _, ty := range v.Type().AttributeTypes() {
				if ty.IsCapsuleType() { // what builder makes of a tensor
					return "a layer or input"
				}
			}
		}
		var names []string
		for it := v.ElementIterator(); it.Next() && len(names) < 5; {
			k, _ := it.Element()
			names = append(names, clip(k.AsString()))
		}
		if v.LengthInt() > len(names) {
			names = append(names, "…")
		}
		return "an object with " + strings.Join(names, ", ")
	}
	return v.Type().FriendlyName()
}

// List writes integers as a user would: [3, -1].
func List(n []int) string {
	s := make([]string, len(n))
	for i, x := range n {
		s[i] = strconv.Itoa(x)
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// showInside is Show of an element: lists in lists are not written out.
func showInside(v cty.Value) string {
	if v.IsKnown() && !v.IsNull() && v.CanIterateElements() {
		if v.Type().IsObjectType() || v.Type().IsMapType() {
			return "an object"
		}
		return fmt.Sprintf("a list of %d", v.LengthInt())
	}
	return Show(v)
}

func ctyOf(v any) cty.Value {
	list := func(n int, at func(i int) cty.Value) cty.Value {
		out := make([]cty.Value, n)
		for i := range out {
			out[i] = at(i)
		}
		return cty.TupleVal(out)
	}
	switch v := v.(type) {
	case bool:
		return cty.BoolVal(v)
	case int:
		return cty.NumberIntVal(int64(v))
	case float64:
		return cty.NumberFloatVal(v)
	case string:
		return cty.StringVal(v)
	case []int:
		return list(len(v), func(i int) cty.Value { return cty.NumberIntVal(int64(v[i])) })
	case []float64:
		return list(len(v), func(i int) cty.Value { return cty.NumberFloatVal(v[i]) })
	case []string:
		return list(len(v), func(i int) cty.Value { return cty.StringVal(v[i]) })
	}
	panic(fmt.Sprintf("schema: a default cannot be a %T", v))
}

func literal(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []int, []float64, []string:
		return Show(ctyOf(v))
	}
	return fmt.Sprint(v)
}
