package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/dlrun/dlrun/dsl"
)

// root is the module's root, seen from this package.
const root = "../.."

// fence is a block of code of a Markdown page.
type fence struct {
	line       int // of its first line, from 0
	lang, file string
	text       string
}

// fences finds the blocks of code of a page.
func fences(page string) []fence {
	var out []fence
	var open *fence
	for i, line := range strings.SplitAfter(page, "\n") {
		if info, ok := strings.CutPrefix(line, "```"); ok {
			if open != nil {
				out, open = append(out, *open), nil
				continue
			}
			lang, file, _ := strings.Cut(strings.TrimSpace(info), " ")
			open = &fence{line: i + 1, lang: lang, file: file}
		} else if open != nil {
			open.text += line
		}
	}
	return out
}

// here runs a command line in this process, in the present folder, and returns what it writes to both
// streams together.
func here(args ...string) (string, int) {
	var b bytes.Buffer
	env := []string{"NO_COLOR=1"}
	code := execute(context.Background(), args, env, strings.NewReader(""), &b, &b)
	return b.String(), code
}

// pages are those that people wrote.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{filepath.Join(root, "README.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(file string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && e.Name() == "reference" {
			return filepath.SkipDir
		}
		if err == nil && filepath.Ext(file) == ".md" {
			out = append(out, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// times are what differs from run to run.
var times = regexp.MustCompile(`\d+(:\d\d)*s \d+[mu]?s/step`)

// TestPages does what the pages say. A block ```hcl FILE (or csv) is a piece of that file; a block
// ```console has commands after "$ ", and what they write. Every model file of a page must be valid and laid
// out, and every command must end well and write what the page shows. -update rewrites what it shows.
func TestPages(t *testing.T) {
	for _, file := range pages(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			file, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			page := string(text)
			written := map[string]string{}
			for _, f := range fences(page) {
				switch f.lang {
				case "hcl", "csv":
					if f.file == "" {
						t.Errorf("%s:%d: the block does not say of which file it is a piece", file, f.line)
						continue
					}
					written[f.file] += f.text
					if err := os.MkdirAll(filepath.Dir(f.file), 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(f.file, []byte(written[f.file]), 0o666); err != nil {
						t.Fatal(err)
					}
				case "console":
					got := runConsole(t, f.text)
					diff := cmp.Diff(times.ReplaceAllString(f.text, "TIME"), times.ReplaceAllString(got, "TIME"))
					switch {
					case diff == "":
					case *update:
						page = strings.Replace(page, "```console\n"+f.text, "```console\n"+got, 1)
					default:
						t.Errorf("%s:%d: the page shows something else (-page +run; -update rewrites it):\n%s", file, f.line, diff)
					}
				}
			}
			for name := range written {
				if filepath.Ext(name) != ".hcl" || strings.HasSuffix(name, ".lock.hcl") {
					continue
				}
				if strings.Contains(name, "/") { // a part of another
					continue
				}
				if out, code := here("validate", name); code != 0 || strings.Contains(out, "Warning") {
					t.Errorf("%s of %s: %s", name, file, out)
				}
				sameInJSON(t, name, []byte(written[name]))
				if out, code := here("fmt", "-check", "-diff", name); code != 0 {
					t.Errorf("%s of %s is not laid out:\n%s", name, file, out)
				}
			}
			if *update && page != string(text) {
				if err := os.WriteFile(file, []byte(page), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runConsole runs the commands of a block and returns the block as it should be. A command must end well,
// unless "$ echo $?" shows its exit code.
func runConsole(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	code, last := 0, ""
	check := func() {
		if code != 0 {
			t.Errorf("%s: exit code %d\n%s", last, code, b.String())
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if line == "$ echo $?" {
			fmt.Fprintf(&b, "%s\n%d\n", line, code)
			code = 0
			continue
		}
		if file, ok := strings.CutPrefix(line, "$ cat "); ok {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&b, "%s\n%s", line, content)
			continue
		}
		command, ok := strings.CutPrefix(line, "$ dlrun ")
		if !ok {
			continue
		}
		check()
		var out string
		out, code = here(strings.Fields(command)...)
		last = line
		b.WriteString(line + "\n" + out)
	}
	check()
	return b.String()
}

// TestReference holds docs/reference to what dlrun schema -docs writes.
func TestReference(t *testing.T) {
	dir := filepath.Join(root, "docs", "reference")
	want := reference(t)
	if *update {
		if err := writePages(dir, want); err != nil {
			t.Fatal(err)
		}
	}
	const mend = "run: go run ./cmd/dlrun schema -docs docs/reference"
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s is missing; %s", name, mend)
		} else if diff := cmp.Diff(string(got), text); diff != "" {
			t.Errorf("%s is stale; %s\n%s", name, mend, diff)
		}
	}
	stale, err := stalePages(dir, want)
	if err != nil || len(stale) > 0 {
		t.Errorf("pages of what is no more: %v %v; %s", stale, err, mend)
	}
}

func reference(t *testing.T) map[string]string {
	t.Helper()
	a := &app{env: map[string]string{}, view: newView(&bytes.Buffer{}, &bytes.Buffer{}, nil)}
	pages, err := a.reference()
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// TestReferenceSnippets reads the snippet of each page of the reference: it parses, is laid out, and gives
// what is required, under names that there are.
func TestReferenceSnippets(t *testing.T) {
	pages := reference(t)
	seen := 0
	for _, k := range kinds {
		for _, name := range k.Names() {
			b := k.Describe(name)
			for _, f := range fences(pages[k.name+"/"+name+".md"]) {
				seen++
				body := parseSnippet(t, k.name+"/"+name, f.text)
				for arg := range body.Attributes {
					if b.Arg(arg) == nil {
						t.Errorf("%s %s: the snippet has %q, which is no argument", k.name, name, arg)
					}
				}
				for _, a := range b.Args {
					if a.Required && body.Attributes[a.Name] == nil {
						t.Errorf("%s %s: the snippet lacks %q, which is required", k.name, name, a.Name)
					}
				}
			}
			if b.Summary == "" {
				t.Errorf("%s %s has no summary", k.name, name)
			}
		}
	}
	for _, b := range languageBlocks() {
		for _, f := range fences(pages["block/"+b.name+".md"]) {
			seen++
			parseSnippet(t, b.name, f.text)
		}
	}
	if seen < 150 {
		t.Errorf("only %d snippets were found", seen)
	}
}

// parseSnippet returns the body of a snippet's one block.
func parseSnippet(t *testing.T, name, text string) *hclsyntax.Body {
	t.Helper()
	f, diags := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v\n%s", name, diags, text)
	}
	if out, _ := dsl.Format(name, []byte(text)); string(out) != text {
		t.Errorf("%s: not laid out:\n%s", name, cmp.Diff(text, string(out)))
	}
	blocks := f.Body.(*hclsyntax.Body).Blocks
	if len(blocks) != 1 {
		t.Fatalf("%s: %d blocks", name, len(blocks))
	}
	return blocks[0].Body
}
