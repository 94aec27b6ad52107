package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/expr"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/durable"
)

func schemaCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "schema [KIND [NAME]] [options]",
		Short: "Say what a model file can hold.",
		Long: "Says what a model file can hold: without arguments the blocks and kinds, with a KIND the things of that\n" +
			"kind, with a KIND and a NAME, or the name of a block, what it is and which arguments it takes.\n\n" +
			"With -json, the JSON Schema of *.hcl.json files, or of the one thing.",
		Example: "dlrun schema\ndlrun schema layer\ndlrun schema layer conv2d\ndlrun schema train\ndlrun schema ops::sum\ndlrun schema -json > dlrun.schema.json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 2 {
				return usagef("%s takes a kind and a name, got %d arguments", c.CommandPath(), len(args))
			}
			return nil
		},
	}
	docs := c.Flags().String("docs", "", "Write the reference pages to a `directory`.")
	if err := c.Flags().MarkHidden("docs"); err != nil {
		panic(err) // the option above
	}
	keras := c.Flags().Bool("coverage", false, "List every public name of Keras 3, and what it is called here or why it is not there.")
	c.RunE = func(_ *cobra.Command, args []string) error {
		switch {
		case *keras && len(args) > 0:
			return usagef("option -coverage takes no arguments")
		case *keras:
			a.schemaCoverage()
			return nil
		case *docs != "":
			pages, err := a.reference()
			if err != nil {
				return err
			}
			return writePages(*docs, pages)
		case len(args) == 0:
			a.schemaOverview()
			return nil
		case len(args) == 1:
			return a.schemaOf(args[0])
		case args[0] == libraryKind:
			return a.libraryPage(args[1])
		}
		return a.schemaThing(args[0], args[1])
	}
	return c
}

// schemaOverview lists the blocks and the kinds.
func (a *app) schemaOverview() {
	a.view.result(jsonSchema())
	a.view.printf("Blocks of a model file (dlrun schema BLOCK):\n")
	for _, b := range languageBlocks() {
		a.view.printf("  %-22s %s", b.name, b.Summary)
	}
	a.view.printf("\nKinds of things that they name (dlrun schema KIND NAME):\n")
	for _, k := range kinds {
		a.view.printf("  %-14s %s", k.name, strings.Join(k.Names(), ", "))
	}
	a.view.printf("\nFunctions of tensors (dlrun schema ops::NAME):\n  %s", strings.Join(expr.Names(), ", "))
	a.view.printf("\nBlocks and ready networks to import as \"dlrun:NAME\": dlrun schema library [NAME].")
}

// schemaOf shows one block, or lists the things of one kind.
func (a *app) schemaOf(name string) error {
	if name == libraryKind {
		return a.libraryList()
	}
	if k, ok := kindNamed(name); ok {
		a.view.result(thingSchemas(k, k.Names()...))
		for _, n := range k.Names() {
			a.view.printf("%-32s %s", n, k.Describe(n).Summary)
		}
		return nil
	}
	for _, f := range expr.Functions() {
		if f.Name == name {
			a.view.result(map[string]string{"name": f.Name, "signature": f.Signature, "help": f.Help})
			a.view.printf("%s(%s)\n\n%s", f.Name, f.Signature, f.Help)
			return nil
		}
	}
	if strings.HasPrefix(name, "ops::") || strings.HasPrefix(name, "random::") {
		return usagef("there is no function %q.%s", name, schema.Suggest(name, expr.Names()))
	}
	var names []string
	for _, b := range languageBlocks() {
		if b.name == name {
			a.view.result(schema.NewJSONSchema(choices(), dsl.LayerArguments()).Block(b.Block, nil))
			a.view.printf("%s", strings.TrimSpace(b.page()))
			return nil
		}
		names = append(names, b.name)
	}
	names = append(names, libraryKind)
	for _, k := range kinds {
		names = append(names, k.name)
		if k.Has(name) {
			return usagef("there is no kind or block %q. There is a %s of that name: dlrun schema %s %s", name, k.Kind(), k.name, name)
		}
	}
	return usagef("there is no kind or block %q.%s", name, schema.Suggest(name, names))
}

// schemaThing shows one thing of a kind.
func (a *app) schemaThing(kindName, name string) error {
	k, ok := kindNamed(kindName)
	if !ok {
		var names []string
		for _, k := range kinds {
			names = append(names, k.name)
		}
		return usagef("there is no kind %q.%s", kindName, schema.Suggest(kindName, names))
	}
	for _, n := range k.Names() {
		if n == name || slices.Contains(k.Aliases(n), name) {
			a.view.result(thingSchemas(k, n))
			a.view.printf("%s", strings.TrimSpace(k.page(n)))
			return nil
		}
	}
	return usagef("there is no %s %q.%s", k.Kind(), name, schema.Suggest(name, k.Names()))
}

// choices are the registries that labels of nested blocks name.
func choices() map[string]schema.Choice {
	out := map[string]schema.Choice{}
	for _, k := range kinds {
		out[k.name] = k.Choice
	}
	return out
}

func jsonSchema() map[string]any { return dsl.JSONSchema(choices(), new(builder.Training)) }

// thingSchemas is the JSON Schema of things of one kind by name, with what they refer to.
func thingSchemas(k kind, names ...string) map[string]any {
	s := schema.NewJSONSchema(choices(), dsl.LayerArguments())
	props := map[string]any{}
	for _, n := range names {
		props[n] = s.Block(k.Describe(n), nil)
	}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": fmt.Sprintf("%s: %s", k.name, strings.Join(names, ", ")),
		"type": "object", "properties": props, "$defs": s.Defs,
	}
}

// writePages writes the reference below a directory and removes pages that it wrote before and that
// no longer belong to it.
func writePages(dir string, pages map[string]string) error {
	for name, text := range pages {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := durable.MkdirAll(filepath.Dir(file)); err != nil {
			return err
		}
		if old, err := os.ReadFile(file); err == nil && string(old) == text {
			continue
		}
		err := durable.WriteFile(file, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err != nil {
			return err
		}
	}
	stale, err := stalePages(dir, pages)
	for _, file := range stale {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

// stalePages are the pages below a directory that were written by this program and are none of pages.
func stalePages(dir string, pages map[string]string) ([]string, error) {
	var stale []string
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(file) != ".md" {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if _, ok := pages[filepath.ToSlash(name)]; ok {
			return nil
		}
		text, err := os.ReadFile(file)
		if err == nil && bytes.HasPrefix(text, []byte(writtenMark)) {
			stale = append(stale, file)
		}
		return err
	})
	return stale, err
}
