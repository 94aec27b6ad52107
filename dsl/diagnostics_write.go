package dsl

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/mitchellh/go-wordwrap"

	"github.com/dlrun/dlrun/dsl/schema"
)

// WriteDiagnostics writes diagnostics for people, each with the source line it is about and what the names
// in the expression stood for, in the form that Terraform made known. Details are wrapped at width columns
// (0: not); files are those of the document, by name.
func WriteDiagnostics(w io.Writer, diags hcl.Diagnostics, files map[string]*hcl.File, width int, color bool) error {
	var b bytes.Buffer
	for _, d := range diags {
		writeDiagnostic(&b, d, files, width, color)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeDiagnostic(b *bytes.Buffer, d *hcl.Diagnostic, files map[string]*hcl.File, width int, color bool) {
	Explain(hcl.Diagnostics{d})
	tint, mark, plain := "", "", ""
	word := "Error"
	if d.Severity == hcl.DiagWarning {
		word = "Warning"
	}
	if color {
		tint, mark, plain = "\x1b[1;31m", "\x1b[1;4m", "\x1b[0m"
		if d.Severity == hcl.DiagWarning {
			tint = "\x1b[1;33m"
		}
	}
	fmt.Fprintf(b, "%s%s%s: %s\n\n", tint, word, plain, visible(d.Summary))
	if d.Subject != nil {
		writeExcerpt(b, *d.Subject, files[d.Subject.Filename], mark, plain)
	}
	for i, v := range received(d) {
		lead := "with "
		if i > 0 {
			lead = "     "
		}
		fmt.Fprintf(b, "  %s%s = %s\n", lead, v.Name, v.Value)
	}
	if len(received(d)) > 0 {
		b.WriteByte('\n')
	}
	if d.Detail != "" {
		detail := visible(d.Detail)
		if width > 0 {
			detail = wordwrap.WrapString(detail, uint(width))
		}
		fmt.Fprintf(b, "%s\n\n", detail)
	}
	if f := FixOf(d); f != nil {
		fmt.Fprintf(b, "  dlrun validate -fix would: %s.\n\n", f.Title)
	}
}

// maxExcerpt is how much of a long source line is shown, in bytes.
const maxExcerpt = 160

// writeExcerpt quotes the first line of a range.
func writeExcerpt(b *bytes.Buffer, r hcl.Range, file *hcl.File, mark, plain string) {
	if file == nil || r.Start.Byte < 0 || r.Start.Byte > len(file.Bytes) {
		fmt.Fprintf(b, "  on %s line %d\n\n", r.Filename, r.Start.Line)
		return
	}
	context := ""
	if nav, ok := file.Nav.(interface{ ContextString(offset int) string }); ok {
		if s := nav.ContextString(r.Start.Byte); s != "" {
			context = ", in " + s
		}
	}
	fmt.Fprintf(b, "  on %s line %d%s:\n", r.Filename, r.Start.Line, context)
	src := file.Bytes
	from := bytes.LastIndexByte(src[:r.Start.Byte], '\n') + 1
	to := len(src)
	if i := bytes.IndexByte(src[r.Start.Byte:], '\n'); i >= 0 {
		to = r.Start.Byte + i
	}
	start, end := r.Start.Byte, min(max(r.End.Byte, r.Start.Byte+1), to)
	if end < start {
		end = start
	}
	before, after := "", ""
	if start-from > maxExcerpt/2 {
		from, before = start-maxExcerpt/2, "…"
	}
	if end-start > maxExcerpt {
		end = start + maxExcerpt
	}
	if to-end > maxExcerpt/2 {
		to, after = end+maxExcerpt/2, "…"
	}
	cut := func(a, z int) string { return visible(strings.TrimSuffix(string(src[a:z]), "\r")) }
	fmt.Fprintf(b, "%4d: %s%s%s%s%s%s%s\n\n", r.Start.Line, before, cut(from, start), mark, cut(start, end), plain, cut(end, to), after)
}

// visible keeps what others wrote from steering the terminal.
func visible(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c == utf8.RuneError:
			return '�'
		}
		return c
	}, s)
}

// Received is what a name in a faulty expression stood for.
type Received struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// received lists the names in a diagnostic's expression that have a known value.
func received(d *hcl.Diagnostic) []Received {
	if d.Expression == nil || d.EvalContext == nil {
		return nil
	}
	var out []Received
	seen := map[string]bool{}
	for _, t := range d.Expression.Variables() {
		v, diags := t.TraverseAbs(d.EvalContext)
		name := refText(t)
		if diags.HasErrors() || seen[name] || !v.IsKnown() || v.IsMarked() {
			continue
		}
		seen[name] = true
		out = append(out, Received{name, schema.Show(v)})
		if len(out) == 8 {
			break
		}
	}
	return out
}

// DiagnosticJSON is a diagnostic for programs. Lines and columns count from 1, bytes from 0.
type DiagnosticJSON struct {
	Severity string     `json:"severity"` // "error" or "warning"
	Summary  string     `json:"summary"`
	Detail   string     `json:"detail"`
	Range    *RangeJSON `json:"range,omitempty"`
	With     []Received `json:"with,omitempty"`
	Fix      string     `json:"fix,omitempty"` // what dlrun validate -fix would do about it
}

// RangeJSON is a stretch of a source file; End is just after it.
type RangeJSON struct {
	Filename string  `json:"filename"`
	Start    PosJSON `json:"start"`
	End      PosJSON `json:"end"`
}

// PosJSON is a place in a source file.
type PosJSON struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// DiagnosticsJSON turns diagnostics into what -json prints. It is never nil, so that it prints as [].
func DiagnosticsJSON(diags hcl.Diagnostics) []DiagnosticJSON {
	out := make([]DiagnosticJSON, 0, len(diags))
	Explain(diags)
	for _, d := range diags {
		j := DiagnosticJSON{Severity: "error", Summary: d.Summary, Detail: d.Detail, With: received(d)}
		if d.Severity == hcl.DiagWarning {
			j.Severity = "warning"
		}
		if f := FixOf(d); f != nil {
			j.Fix = f.Title
		}
		if r := d.Subject; r != nil {
			j.Range = &RangeJSON{r.Filename, PosJSON(r.Start), PosJSON(r.End)}
		}
		out = append(out, j)
	}
	return out
}
