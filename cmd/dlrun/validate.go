package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/train"
)

func validateCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "validate FILE|DIR [options]",
		Short: "Check all of a model file that can be known without its data.",
		Long: "Checks a model file: blocks, arguments, references, shapes, and that model, data, losses, callbacks and checks fit together.\n" +
			"It needs no data files; a variable without a value, and what only the data knows, is taken as unknown.",
		Example: "dlrun validate model.hcl\ndlrun validate -json model.hcl\ndlrun validate -fix model.hcl",
		Args:    oneFile("a model file or directory"),
	}
	m := a.modelFile(c)
	m.allowUnset = true
	fix := false
	c.Flags().BoolVar(&fix, "fix", false, "Mend in the files what has one certain remedy: names that are misspelt, arguments that contradict each other.")
	c.RunE = func(_ *cobra.Command, args []string) error {
		m.path = args[0]
		var fixed []dsl.Fixed
		if fix {
			var err error
			if fixed, err = m.mend(); err != nil {
				return err
			}
		}
		p, diags, err := m.check()
		a.view.result(validation(p, diags, fixed))
		a.view.done = true
		if err != nil {
			a.view.say("\n%s: %s.", m.path, count(diags))
			return err
		}
		what := contents(p)
		if warnings := number(diags, hcl.DiagWarning); warnings > 0 {
			what += "; " + plural(warnings, "warning")
		}
		if len(fixed) > 0 {
			what += "; " + plural(len(fixed), "mistake") + " mended"
		}
		a.view.printf("%s is valid: %s.", m.path, what)
		return nil
	}
	return c
}

// validationResult is what validate -json writes.
type validationResult struct {
	Valid       bool        `json:"valid"`
	Errors      int         `json:"error_count"`
	Warnings    int         `json:"warning_count"`
	Diagnostics any         `json:"diagnostics"`
	Fixed       []dsl.Fixed `json:"fixed,omitempty"` // what -fix has mended
}

func validation(p *train.Project, diags hcl.Diagnostics, fixed []dsl.Fixed) validationResult {
	return validationResult{
		Valid: p != nil && !diags.HasErrors(), Errors: number(diags, hcl.DiagError),
		Warnings: number(diags, hcl.DiagWarning), Diagnostics: dsl.DiagnosticsJSON(diags), Fixed: fixed,
	}
}

func number(diags hcl.Diagnostics, severity hcl.DiagnosticSeverity) int {
	n := 0
	for _, d := range diags {
		if d.Severity == severity {
			n++
		}
	}
	return n
}

func count(diags hcl.Diagnostics) string {
	text := plural(number(diags, hcl.DiagError), "error")
	if n := number(diags, hcl.DiagWarning); n > 0 {
		text += ", " + plural(n, "warning")
	}
	return text
}

// contents says how much of what a document has: "1 dataset, 1 model, 1 train".
func contents(p *train.Project) string {
	var parts []string
	for _, x := range []struct {
		n    int
		what string
	}{
		{len(p.Doc.Variables), "variable"},
		{len(p.Doc.Imports), "import"},
		{len(p.Doc.Blocks), "block"},
		{len(p.Doc.Datasets), "dataset"},
		{len(p.Doc.Models), "model"},
		{len(p.Doc.Trains), "train"},
	} {
		if x.n > 0 {
			parts = append(parts, plural(x.n, x.what))
		}
	}
	if len(parts) == 0 {
		return "it is empty"
	}
	return fmt.Sprint(strings.Join(parts, ", "))
}
