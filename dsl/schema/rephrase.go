package schema

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

var firstQuoted = regexp.MustCompile(`"([^"]*)"`)

// Rephrase rewrites hcl's complaints about what a body holds so that they name the block, as title, and
// say what may stand there, with a suggestion for a misspelt name. names are the arguments and blocks
// that are allowed.
func Rephrase(diags hcl.Diagnostics, title string, names []string) {
	for _, g := range diags {
		m := firstQuoted.FindStringSubmatch(g.Detail)
		switch {
		case strings.HasPrefix(g.Summary, "Missing ") && strings.HasPrefix(g.Detail, "All "):
			// "Missing name for loss", "All loss blocks must have 1 labels (name)."
			what, _, _ := strings.Cut(strings.TrimPrefix(g.Detail, "All "), " blocks")
			labels := between(g.Detail, "(", ")")
			g.Summary = "Missing label"
			g.Detail = fmt.Sprintf("A %s block is written %s %s { ... }.", what, what, inCapitals(labels))
		case strings.HasPrefix(g.Summary, "Extraneous label for"):
			what := strings.TrimPrefix(g.Summary, "Extraneous label for ")
			g.Summary = "Extra label"
			if labels := between(g.Detail, "(", ")"); labels != "" {
				g.Detail = fmt.Sprintf("A %s block is written %s %s { ... }.", what, what, inCapitals(labels))
			} else {
				g.Detail = fmt.Sprintf("A %s block has no label: write %s { ... }.", what, what)
			}
		case g.Summary == "Missing required argument" && m != nil:
			g.Summary = "Missing argument"
			g.Detail = fmt.Sprintf("%s needs the argument %q.", title, m[1])
		case m == nil:
		case strings.Contains(g.Detail, "Did you mean to define a block"):
			g.Summary = "Unsupported argument"
			g.Detail = fmt.Sprintf("%q is a block here, not an argument: leave out the equals sign.", m[1])
		case strings.Contains(g.Detail, "Did you mean to define argument"):
			g.Summary = "Unsupported block"
			g.Detail = fmt.Sprintf("%q is an argument here, not a block: write %s = ...", m[1], m[1])
		case strings.Contains(g.Detail, " not expected here."), strings.HasPrefix(g.Detail, "No argument or block type is named"):
			kind := "argument"
			if strings.Contains(g.Summary, "block") {
				kind = "block"
			}
			if g.Summary == "Extraneous JSON object property" {
				kind = "argument or block"
				g.Context = nil
			}
			hint := Suggest(m[1], names)
			if len(names) == 0 {
				hint = " It takes none."
			}
			g.Summary = "Unsupported " + kind
			g.Detail = fmt.Sprintf("%s has no %s %q.%s", title, kind, m[1], hint)
		}
	}
}

func between(s, from, to string) string {
	_, s, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, to)
	return s
}

// inCapitals writes label names as placeholders: "type, name" becomes "TYPE" "NAME".
func inCapitals(labels string) string {
	var out []string
	for _, l := range strings.Split(labels, ", ") {
		out = append(out, fmt.Sprintf("%q", strings.ToUpper(l)))
	}
	return strings.Join(out, " ")
}
