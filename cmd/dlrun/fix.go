package main

import (
	"io"
	"path/filepath"
	"sort"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/train"
)

// maxMends bounds how often a file is mended and looked at anew: a name set right lets more be seen.
const maxMends = 8

// mend makes the fixes that the diagnostics of the model's own files offer, and says what it did.
func (m *modelFile) mend() ([]dsl.Fixed, error) {
	var all []dsl.Fixed
	for range maxMends {
		doc, diags := m.load(nil)
		if !doc.Broken {
			_, more := train.Check(doc)
			diags = dsl.Tidy(append(diags, more...))
		}
		changed, fixed := dsl.ApplyFixes(diags, doc.Files, func(name string) bool {
			return name == m.path || filepath.Dir(name) == filepath.Clean(m.path)
		})
		var names []string
		for name, text := range changed {
			if string(text) != string(doc.Files[name].Bytes) {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			return all, nil
		}
		sort.Strings(names)
		for _, name := range names {
			if err := durable.WriteFile(name, func(w io.Writer) error { _, err := w.Write(changed[name]); return err }); err != nil {
				return all, err
			}
		}
		for _, f := range fixed {
			m.app.view.say("%s:%d: %s.", f.File, f.Line, f.Title)
		}
		all = append(all, fixed...)
	}
	return all, nil
}
