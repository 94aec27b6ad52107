package dsl

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// maxDiagnostics is how many mistakes are reported at once.
const maxDiagnostics = 100

// maxMessage is how long a message may be, in bytes.
const maxMessage = 2000

// Tidy sorts diagnostics by place, drops those said twice, and rewords hcl's own.
func Tidy(diags hcl.Diagnostics) hcl.Diagnostics {
	type key struct {
		file, summary, detail string
		line                  int // two parts of the program may point at one mistake with different ranges
	}
	Explain(diags)
	seen := map[key]bool{}
	var out hcl.Diagnostics
	for _, d := range diags {
		d.Summary, d.Detail = shortened(d.Summary), shortened(d.Detail)
		k := key{summary: d.Summary, detail: d.Detail}
		if d.Subject != nil {
			k.file, k.line = d.Subject.Filename, d.Subject.Start.Line
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i].Subject, out[j].Subject
		switch {
		case a == nil || b == nil:
			return a == nil && b != nil
		case a.Filename != b.Filename:
			return a.Filename < b.Filename
		}
		return a.Start.Byte < b.Start.Byte
	})
	if len(out) > maxDiagnostics {
		// Errors first: a flood of warnings must not push one out.
		kept := append(hcl.Diagnostics(nil), out...)
		sort.SliceStable(kept, func(i, j int) bool { return kept[i].Severity < kept[j].Severity })
		more := len(kept) - maxDiagnostics
		out = append(kept[:maxDiagnostics:maxDiagnostics], problem(nil, "More mistakes", "There are %d more; they show once these are gone.", more))
		if kept[maxDiagnostics].Severity == hcl.DiagWarning {
			out[maxDiagnostics].Severity = hcl.DiagWarning
		}
	}
	return out
}

// shortened cuts a message that quotes something endless.
func shortened(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}

// onlySyntax drops what may only be said because a file that does not parse is not there in full.
func onlySyntax(diags, syntax hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	Explain(diags)
next:
	for _, d := range diags {
		if !slices.Contains(syntax, d) {
			for _, prefix := range []string{"Missing ", "Unknown ", "Unused ", "No value", "No such", "Model without"} {
				if strings.HasPrefix(d.Summary, prefix) {
					continue next
				}
			}
		}
		out = append(out, d)
	}
	return out
}

// firstUnclosed keeps the first complaint about a string without an end: all quotes after it are the wrong
// way round.
func firstUnclosed(diags hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	found := false
	for _, d := range diags {
		if d.Summary == "Invalid multi-line string" || d.Summary == "Unterminated template string" {
			if found {
				continue
			}
			found = true
		}
		out = append(out, d)
	}
	return out
}

// Explain rewords diagnostics of hcl's evaluation in place: an unknown name is told what there is, and is
// called what the language calls it. Diagnostics that say enough are left alone. WriteDiagnostics and
// DiagnosticsJSON do it themselves.
func Explain(diags hcl.Diagnostics) {
	for _, d := range diags {
		switch d.Summary {
		case "Unknown variable":
			if strings.HasPrefix(d.Detail, "There is no variable named") {
				explainRoot(d)
			}
		case "Variables not allowed":
			if d.Detail == "Variables may not be used here." {
				d.Detail = "Names cannot be used here: a plain value is wanted."
			}
		case "Unsupported attribute":
			explainAttribute(d)
		case "Call to unknown function":
			explainFunction(d)
		}
	}
}

// elsewhere is where names are that are not there everywhere.
var elsewhere = map[string]string{
	"each": "in a layer with for_each", "count": "in a layer with count", "param": "inside a block", "metrics": "in a check",
	"layer": "inside a model or block", "input": "inside a model or block", "previous": "in a layer that another one feeds",
	"steps_per_epoch": "inside a train block", "epoch": "in an expression that is evaluated each epoch", "learning_rate": "in an expression that is evaluated each epoch",
}

// explainRoot rewords an unknown first name of a reference.
func explainRoot(d *hcl.Diagnostic) {
	got := strings.Trim(quoted(d.Detail), `"`)
	if got == "" {
		return
	}
	names := map[string]bool{}
	for ctx := d.EvalContext; ctx != nil; ctx = ctx.Parent() {
		for n := range ctx.Variables {
			if checkName("name", n, hcl.Range{}) == nil { // some are for this program alone
				names[n] = true
			}
		}
	}
	d.Summary = "Unknown name"
	if owner := declaredIn(d.EvalContext, got); owner != "" {
		d.Detail = fmt.Sprintf("There is no %q here. Did you mean %s.%s?", got, owner, got)
		return
	}
	hint := schema.Suggest(got, sortedKeys(names))
	if where := elsewhere[got]; where != "" {
		hint = " It is there " + where + "."
	} else if len(names) == 0 {
		hint = " Names cannot be used here."
	} else if e, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr); ok && len(e.Traversal) == 1 && !strings.Contains(hint, "Did you mean") {
		hint = fmt.Sprintf(" If the text %q is meant, put it in quotes.%s", got, hint)
	}
	d.Detail = fmt.Sprintf("There is no %q here.%s", got, hint)
}

// notHere are functions of Terraform's that would make the same file mean different things.
var notHere = map[string]string{
	"timestamp": "the clock", "plantimestamp": "the clock", "uuid": "chance", "bcrypt": "chance", "abspath": "the machine", "pathexpand": "the machine",
}

// explainFunction rewords an unknown function.
func explainFunction(d *hcl.Diagnostic) {
	d.Summary = "Unknown function"
	got := strings.Trim(quoted(d.Detail), `"`)
	if what := notHere[got]; what != "" {
		d.Detail = fmt.Sprintf("Terraform's %s depends on %s; here the same file always means the same run.", got, what)
		return
	}
	names := map[string]bool{}
	for ctx := d.EvalContext; ctx != nil; ctx = ctx.Parent() {
		for n := range ctx.Functions {
			names[n] = true
		}
	}
	if got == "" || strings.Contains(got, "::") || strings.Contains(d.Detail, "namespace") {
		return
	}
	hint := schema.Suggest(got, sortedKeys(names))
	if !strings.Contains(hint, "Did you mean") {
		hint = ""
	}
	d.Detail = fmt.Sprintf("There is no function %q.%s", got, hint)
}

// declaredIn finds the root whose object has an attribute of that name: `units` for var.units.
func declaredIn(ctx *hcl.EvalContext, name string) string {
	for ; ctx != nil; ctx = ctx.Parent() {
		for _, root := range []string{"var", "local", "param", "layer", "input"} {
			if v, ok := ctx.Variables[root]; ok && v.Type().IsObjectType() && v.Type().HasAttribute(name) {
				return root
			}
		}
	}
	return ""
}

// nouns are what the attributes of a root are called.
var nouns = map[string]string{
	"var": "variable", "local": "local", "param": "param", "layer": "layer", "input": "input", "dataset": "dataset",
	"model": "model", "train": "train", "import": "import", "metrics": "metric",
}

// explainAttribute rewords an unknown attribute.
func explainAttribute(d *hcl.Diagnostic) {
	got := strings.Trim(quoted(d.Detail), `"`)
	if got == "" || d.Expression == nil || d.EvalContext == nil || !strings.HasPrefix(d.Detail, "This object does not have") {
		return
	}
	for _, t := range d.Expression.Variables() {
		if d.Subject != nil && !contains(t.SourceRange(), *d.Subject) {
			continue
		}
		v := lookup(d.EvalContext, t.RootName())
		for i := 1; i < len(t); i++ {
			name := attrName(t, i)
			if name == "" || v == cty.NilVal || !v.Type().IsObjectType() {
				break
			}
			if v.Type().HasAttribute(name) {
				v = v.GetAttr(name)
				continue
			}
			if name != got {
				break
			}
			names := sortedKeys(v.Type().AttributeTypes())
			names = slices.DeleteFunc(names, func(n string) bool { return !hclsyntax.ValidIdentifier(n) }) // no user can write them
			if noun := nouns[t.RootName()]; noun != "" && i == 1 {
				d.Summary = "Unknown " + noun
				d.Detail = fmt.Sprintf("There is no %s %q.%s", noun, got, suggestOrNone(got, names, noun+"s"))
				if len(names) == 0 {
					d.Detail = fmt.Sprintf("There is no %s %q; there are none here.", noun, got)
				}
			} else {
				d.Summary = "Unknown attribute"
				d.Detail = fmt.Sprintf("%s has no attribute %q.%s", refText(t[:i]), got, suggestOrNone(got, names, "attributes"))
			}
			return
		}
	}
}

func contains(r, inner hcl.Range) bool {
	return r.Filename == inner.Filename && r.Start.Byte <= inner.Start.Byte && inner.End.Byte <= r.End.Byte
}

func lookup(ctx *hcl.EvalContext, root string) cty.Value {
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[root]; ok {
			v, _ = v.UnmarkDeep()
			return v
		}
	}
	return cty.NilVal
}
