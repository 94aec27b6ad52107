package dsl

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/dlrun/dlrun/dsl/schema"
)

// question asks one thing about a column of a dataset.
type question struct {
	result cty.Type
	ask    func(info DataInfo, dataset, column string) (v cty.Value, ok bool, err error)
}

var (
	vocabularySize = question{cty.Number, func(info DataInfo, d, c string) (cty.Value, bool, error) {
		n, ok, err := info.VocabularySize(d, c)
		return cty.NumberIntVal(int64(n)), ok, err
	}}
	numClasses = question{cty.Number, func(info DataInfo, d, c string) (cty.Value, bool, error) {
		n, ok, err := info.NumClasses(d, c)
		return cty.NumberIntVal(int64(n)), ok, err
	}}
	classNames = question{cty.List(cty.String), func(info DataInfo, d, c string) (cty.Value, bool, error) {
		names, ok, err := info.ClassNames(d, c)
		if !ok || len(names) == 0 {
			return cty.ListValEmpty(cty.String), ok, err
		}
		out := make([]cty.Value, len(names))
		for i, n := range names {
			out[i] = cty.StringVal(n)
		}
		return cty.ListVal(out), ok, err
	}}
)

// dataFunc is a function of (dataset.NAME, "feature or target") whose answer is unknown until the data
// has been read.
func dataFunc(info DataInfo, q question) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "dataset", Type: cty.DynamicPseudoType}, {Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(q.result),
		Impl: func(args []cty.Value, ret cty.Type) (cty.Value, error) {
			d := args[0]
			if !d.Type().IsObjectType() || !d.Type().HasAttribute("name") || d.Type().AttributeType("name") != cty.String {
				return cty.NilVal, function.NewArgError(0, fmt.Errorf("a dataset is wanted, as dataset.NAME, got %s", schema.Show(d)))
			}
			if info == nil {
				return cty.UnknownVal(ret), nil
			}
			v, ok, err := q.ask(info, d.GetAttr("name").AsString(), args[1].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			if !ok {
				return cty.UnknownVal(ret), nil
			}
			return v, nil
		},
	})
}
