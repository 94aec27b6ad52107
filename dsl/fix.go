package dsl

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Fix is a change of the source that would end a diagnostic; it is the diagnostic's Extra.
type Fix struct {
	Title  string            // what is done, as "Remove from_logits"
	At     hcl.Pos           // in the block that is changed, the innermost there
	Set    map[string]string // its arguments to write, as expressions
	Remove []string          // its arguments to take away
}

// edit is a stretch of a text and what takes its place.
type edit struct {
	from, to int
	text     string
}

// FixOf is the fix of a diagnostic, or nil.
func FixOf(d *hcl.Diagnostic) *Fix {
	f, _ := d.Extra.(*Fix)
	return f
}

// Fixed is a fix that was made.
type Fixed struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Title string `json:"title"`
}

// ApplyFixes makes the fixes of diagnostics in the files whose names mine accepts: those that a
// diagnostic carries, and where one asks "Did you mean", the name that it means. It returns the files
// that changed, laid out. Files in JSON are left alone.
func ApplyFixes(diags hcl.Diagnostics, files map[string]*hcl.File, mine func(name string) bool) (map[string][]byte, []Fixed) {
	edits := map[string][]edit{}
	var done []Fixed
	for _, d := range diags {
		if d.Subject == nil || !mine(d.Subject.Filename) {
			continue
		}
		name := d.Subject.Filename
		file := files[name]
		if file == nil || strings.HasSuffix(name, ".json") {
			continue
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		var more []edit
		title := ""
		if f := FixOf(d); f != nil {
			if f.At.Byte >= 0 && f.At.Byte < len(file.Bytes) {
				more, title = f.edits(body, file.Bytes), f.Title
			}
		} else if e, ok := meant(d, file.Bytes); ok {
			more, title = []edit{e}, "Write "+e.text
		}
		if len(more) == 0 || overlap(edits[name], more) {
			continue
		}
		edits[name] = append(edits[name], more...)
		done = append(done, Fixed{name, d.Subject.Start.Line, title})
	}
	out := map[string][]byte{}
	for name, list := range edits {
		sort.Slice(list, func(i, j int) bool { return list[i].from > list[j].from })
		src := bytes.Clone(files[name].Bytes)
		for _, e := range list {
			src = append(append(append([]byte(nil), src[:e.from]...), e.text...), src[e.to:]...)
		}
		out[name] = hclwrite.Format(src)
	}
	return out, done
}

func overlap(have, more []edit) bool {
	for _, a := range have {
		for _, b := range more {
			if a.from < b.to && b.from < a.to || a.from == b.from {
				return true
			}
		}
	}
	return false
}

var didYouMean = regexp.MustCompile(`^[^"]*"[^"]+"[^"]*"([^"]+)"[^"]*Did you mean "?([^"?]+)"?\?|^[^"]*"([^"]+)"[^"]*Did you mean "?([^"?]+)"?\?`)

// meant is the edit that a message asking "Did you mean" suggests, where what it points at is the name
// that it does not know.
func meant(d *hcl.Diagnostic, src []byte) (edit, bool) {
	m := didYouMean.FindStringSubmatch(d.Detail)
	if m == nil || d.Subject.Start.Byte < 0 || d.Subject.End.Byte > len(src) || d.Subject.Start.Byte > d.Subject.End.Byte {
		return edit{}, false
	}
	got, want := m[1]+m[3], m[2]+m[4]
	from, to := d.Subject.Start.Byte, d.Subject.End.Byte
	switch text := string(src[from:to]); text {
	case got:
		return edit{from, to, want}, true
	case `"` + got + `"`:
		return edit{from, to, `"` + want + `"`}, true
	case "." + got:
		return edit{from, to, "." + want}, true
	default:
		if before, ok := strings.CutSuffix(text, "."+got); ok && !strings.ContainsAny(before, " \n(\"") {
			return edit{to - len(got), to, want}, true
		}
		// Of an argument the range may be the whole line.
		if rest, ok := strings.CutPrefix(text, got); ok && strings.HasPrefix(strings.TrimLeft(rest, " \t"), "=") {
			return edit{from, from + len(got), want}, true
		}
	}
	return edit{}, false
}

// edits are those of a fix in a file.
func (f *Fix) edits(body *hclsyntax.Body, src []byte) []edit {
	b := innermost(body, f.At.Byte)
	if b == nil {
		return nil
	}
	var out []edit
	for _, name := range f.Remove {
		if a := b.Body.Attributes[name]; a != nil {
			out = append(out, wholeLine(src, a.SrcRange.Start.Byte, a.SrcRange.End.Byte))
		}
	}
	var added []string
	last := b.OpenBraceRange.End.Byte // where the block's own arguments end
	for _, a := range b.Body.Attributes {
		last = max(last, a.SrcRange.End.Byte)
	}
	names := sortedKeys(f.Set)
	for _, name := range names {
		if a := b.Body.Attributes[name]; a != nil {
			out = append(out, edit{a.Expr.Range().Start.Byte, a.Expr.Range().End.Byte, f.Set[name]})
			continue
		}
		added = append(added, fmt.Sprintf("%s = %s", name, f.Set[name]))
	}
	if len(added) == 0 {
		return out
	}
	text := strings.Join(added, "\n")
	open, closing := b.OpenBraceRange.End.Byte, b.CloseBraceRange.Start.Byte
	if !bytes.Contains(src[open:closing], []byte("\n")) { // the block stands on one line
		inside := strings.TrimSpace(string(src[open:closing]))
		if inside != "" {
			inside += "\n"
		}
		return append(out, edit{open, closing, "\n" + inside + text + "\n"})
	}
	if i := bytes.IndexByte(src[last:], '\n'); i >= 0 {
		last += i
	}
	return append(out, edit{last, last, "\n" + text})
}

// wholeLine widens a stretch to its line where nothing else stands there.
func wholeLine(src []byte, from, to int) edit {
	a := bytes.LastIndexByte(src[:from], '\n') + 1
	z := len(src)
	if i := bytes.IndexByte(src[to:], '\n'); i >= 0 {
		z = to + i + 1
	}
	if len(bytes.TrimSpace(src[a:from])) == 0 && len(bytes.TrimSpace(src[to:z])) == 0 {
		return edit{a, z, ""}
	}
	return edit{from, to, ""}
}

// innermost is the smallest block around a place.
func innermost(body *hclsyntax.Body, at int) *hclsyntax.Block {
	for _, b := range body.Blocks {
		if r := b.Range(); r.Start.Byte <= at && at < r.End.Byte || b.TypeRange.Start.Byte <= at && at < b.CloseBraceRange.End.Byte {
			if inner := innermost(b.Body, at); inner != nil {
				return inner
			}
			return b
		}
	}
	return nil
}
