package dsl

import (
	"path/filepath"

	"github.com/zclconf/go-cty/cty"
)

// exports is what references see of a module that is imported: import.NAME.local, .dataset and .model.
func (m *Module) exports(name string) cty.Value {
	pick := func(root string) cty.Value {
		if m.base == nil || m.base.Variables[root] == cty.NilVal {
			return cty.EmptyObjectVal
		}
		return m.base.Variables[root]
	}
	return cty.ObjectVal(map[string]cty.Value{
		"name": cty.StringVal(name), "local": pick("local"), "dataset": pick("dataset"), "model": pick("model"),
	})
}

// base is what relative paths in the arguments of the module's imports start from; "" where the module
// is not on the machine's disk.
func (r *reader) base() string {
	if _, ok := r.at.tree.(osTree); !ok {
		return ""
	}
	dir, err := filepath.Abs(r.m.Dir)
	if err != nil {
		return ""
	}
	return dir
}

// addImported adds the datasets and models of imports that the document's trains, models and blocks use:
// what a library has besides is nothing to this document.
func (d *Document) addImported() {
	datasets, models := map[*Dataset]bool{}, map[*Model]bool{}
	for _, x := range d.Datasets {
		datasets[x] = true
	}
	for _, x := range d.Models {
		models[x] = true
	}
	add := func(m *Model) {
		if m != nil && !models[m] {
			models[m] = true
			d.Models = append(d.Models, m)
		}
	}
	for _, t := range d.Trains {
		if t.Data != nil && !datasets[t.Data] {
			datasets[t.Data] = true
			d.Datasets = append(d.Datasets, t.Data)
		}
		add(t.Model)
	}
	for i := 0; i < len(d.Models); i++ { // the list grows
		for _, m := range d.Models[i].inner() {
			add(m)
		}
	}
}
