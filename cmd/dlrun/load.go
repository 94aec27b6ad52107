package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
	"github.com/dlrun/dlrun/models"
)

// modelFile is what a model file or directory is read with: the path and the options of the commands
// that read one.
type modelFile struct {
	app        *app
	path       string
	vars       settings
	varFiles   paths
	allowUnset bool
	fold       int // that splits with folds hold out; 0 for what the file says

	files map[string]*hcl.File // of the document that was read last, for excerpts
}

// modelFile adds the options to a command.
func (a *app) modelFile(c *cobra.Command) *modelFile {
	m := &modelFile{app: a, vars: settings{}}
	c.Flags().Var(m.vars, "var", "Set a variable of the file. Can be repeated.")
	c.Flags().Var(&m.varFiles, "var-file", "Set variables from a `file` of NAME = VALUE lines, or JSON. Can be repeated.")
	return m
}

// load reads the document anew with what is known of its data; it is a train.Loader.
func (m *modelFile) load(info dsl.DataInfo) (*dsl.Document, hcl.Diagnostics) {
	doc, diags := dsl.Load(m.path, dsl.Options{
		Vars: m.vars, VarFiles: m.varFiles, Env: m.app.env, AllowUnsetVariables: m.allowUnset, Fold: m.fold,
		Info: info, Library: models.Library, Version: version,
	})
	m.files = doc.Files
	return doc, diags
}

// check reads the document and checks all that can be checked without data, showing what it finds.
// What could be read of a wrong document is checked too, so that all mistakes show in one pass.
func (m *modelFile) check() (*train.Project, hcl.Diagnostics, error) {
	doc, diags := m.load(nil)
	var p *train.Project
	if !doc.Broken { // else half of what Check would say is about what could not be read
		var more hcl.Diagnostics
		p, more = train.Check(doc)
		diags = dsl.Tidy(append(diags, more...))
	}
	return p, diags, m.app.view.diagnose(diags, m.files)
}

// needTrain is a usage error unless the document has the train that -train names, or any where it
// names none.
func needTrain(doc *dsl.Document, name string) error {
	var names []string
	for _, t := range doc.Trains {
		if t.Name == name {
			return nil
		}
		names = append(names, t.Name)
	}
	switch {
	case len(names) == 0:
		return usagef("%s has no train block, so there is nothing to train or evaluate", doc.Path)
	case name == "":
		return nil
	}
	return usagef("option -train: there is no train %q.%s", name, schema.Suggest(name, names))
}

// bundlePath tells whether path names a trained model: a file model.dlrun, or a run directory that
// holds one. A file that is not there is a usage error.
func bundlePath(path string) (string, bool, error) {
	if strings.HasSuffix(path, ".dlrun") {
		return path, true, needFile(path)
	}
	inside := filepath.Join(path, run.BundleFile)
	if info, err := os.Stat(inside); err == nil && info.Mode().IsRegular() {
		return inside, true, nil
	}
	return "", false, nil
}

// needFile is a usage error unless there is a file at a path that the user gave.
func needFile(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return usagef("there is no file %s", path)
	}
	return nil // what else may be wrong with it shows when it is read
}
