package builder

import (
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// instance is one element of a repetition, or the only one.
type instance struct {
	suffix string // of the path: "" or ".KEY"
	index  cty.Value
	vars   map[string]cty.Value
}

type repetition int

const (
	single repetition = iota
	byIndex
	byKey
)

// unset tells whether a variable has no value yet, in the module or the document's own, so that what
// depends on it is not known.
func (w *walker) unset(m *dsl.Module) bool {
	for _, m := range []*dsl.Module{m, w.doc.Module} {
		for _, v := range m.Variables {
			if !v.Value.IsWhollyKnown() {
				return true
			}
		}
	}
	return false
}

// instances evaluates enabled, count and for_each.
func (w *walker) instances(sc *scope, l *dsl.Layer) ([]instance, repetition, bool) {
	ctx := sc.context(l.References, nil)
	known := func(e hcl.Expression, name string) (cty.Value, bool) {
		v, ok := w.eval(sc, e, ctx)
		if !ok {
			return v, false
		}
		v, _ = v.UnmarkDeep()
		if !v.IsWhollyKnown() && w.unset(sc.module) {
			return v, false // nothing is wrong with it yet
		}
		if !v.IsWhollyKnown() {
			w.errorf(e.Range(), "Value not known yet", "%s depends on data that has not been read; which layers a model has must be known beforehand.", name)
			return v, false
		}
		if v.IsNull() {
			w.errorf(e.Range(), "Invalid value for \""+name+"\"", "%s is null.", name)
			return v, false
		}
		return v, true
	}
	if l.Count != nil && l.ForEach != nil {
		return nil, single, false // dsl has reported it
	}
	if l.Enabled != nil {
		v, ok := known(l.Enabled, "enabled")
		if !ok {
			return nil, single, false
		}
		if v.Type() != cty.Bool {
			w.errorf(l.Enabled.Range(), "Invalid value for \"enabled\"", "True or false is wanted, got %s.", schema.Show(v))
			return nil, single, false
		}
		if v.False() {
			return nil, single, true
		}
	}
	switch {
	case l.Count != nil:
		v, ok := known(l.Count, "count")
		if !ok {
			return nil, single, false
		}
		if v.Type() != cty.Number || !v.AsBigFloat().IsInt() || v.AsBigFloat().Sign() < 0 || v.GreaterThan(cty.NumberIntVal(maxRepeats)).True() {
			if v.Type() == cty.Number && v.AsBigFloat().IsInf() {
				w.errorf(l.Count.Range(), "Invalid value for \"count\"", "The number is infinite (it was divided by 0?).")
				return nil, single, false
			}
			w.errorf(l.Count.Range(), "Invalid value for \"count\"", "A whole number from 0 to %d is wanted, got %s.", maxRepeats, schema.Show(v))
			return nil, single, false
		}
		n, _ := v.AsBigFloat().Int64()
		var list []instance
		for i := int64(0); i < n; i++ {
			iv := cty.NumberIntVal(i)
			list = append(list, instance{
				suffix: "." + strconv.FormatInt(i, 10), index: iv,
				vars: map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": iv})},
			})
		}
		return list, byIndex, true
	case l.ForEach != nil:
		v, ok := known(l.ForEach, "for_each")
		if !ok {
			return nil, single, false
		}
		ty := v.Type()
		if ty.IsObjectType() && ty.HasAttribute(hidden) || !v.CanIterateElements() || v.LengthInt() > maxRepeats {
			w.errorf(l.ForEach.Range(), "Invalid value for \"for_each\"", "A list, map or set of at most %d elements is wanted, got %s.", maxRepeats, schema.Show(v))
			return nil, single, false
		}
		kind := byKey
		if ty.IsTupleType() || ty.IsListType() {
			kind = byIndex
		}
		var list []instance
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			name := ""
			switch {
			case ty.IsSetType() && e.Type() == cty.String:
				k, name = e, e.AsString()
			case ty.IsSetType():
				w.errorf(l.ForEach.Range(), "Invalid value for \"for_each\"", "A set repeated over is one of strings, got %s.", schema.Show(e))
				return nil, single, false
			case k.Type() == cty.Number:
				n, _ := k.AsBigFloat().Int64()
				name = strconv.FormatInt(n, 10)
			default:
				name = k.AsString()
			}
			if strings.ContainsAny(name, "/") || name == "" {
				w.errorf(l.ForEach.Range(), "Invalid value for \"for_each\"", "The key %q cannot be part of a weight's name: it is empty or has a \"/\".", name)
				return nil, single, false
			}
			list = append(list, instance{
				suffix: "." + name, index: k,
				vars: map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": k, "value": e})},
			})
		}
		return list, kind, true
	}
	return []instance{{}}, single, true
}
