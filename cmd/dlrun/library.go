package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/models"
)

// libraryKind is what schema and the reference call the modules of the embedded library.
const libraryKind = "library"

// libraryModule is a module of the embedded library as its file describes it.
type libraryModule struct {
	name   string
	about  string // the comment that the file begins with
	blocks []libraryBlock
}

type libraryBlock struct {
	name, description string
	inputs, outputs   []string
	params            []*dsl.Param
}

// libraryResult is what schema library -json writes of a module.
type libraryResult struct {
	Name   string   `json:"name"`
	Source string   `json:"source"`
	About  string   `json:"about"`
	Layers []string `json:"layers"` // types that an import of the module brings, without its name
}

func (m libraryModule) result() libraryResult {
	r := libraryResult{m.name, dsl.LibraryScheme + m.name, m.about, nil}
	for _, b := range m.blocks {
		r.Layers = append(r.Layers, b.name)
	}
	return r
}

// libraryModules are those that have blocks, by name.
func libraryModules() ([]libraryModule, error) {
	files, err := fs.Glob(models.Library, "*.hcl")
	if err != nil {
		return nil, err
	}
	var out []libraryModule
	for _, file := range files {
		m := libraryModule{name: strings.TrimSuffix(file, ".hcl")}
		doc, diags := dsl.LoadLibrary(m.name, dsl.Options{Library: models.Library})
		if diags.HasErrors() {
			return nil, diags
		}
		if len(doc.Blocks) == 0 {
			continue
		}
		source, err := fs.ReadFile(models.Library, file)
		if err != nil {
			return nil, err
		}
		for _, line := range bytes.Split(source, []byte("\n")) {
			text, ok := bytes.CutPrefix(line, []byte("# "))
			if !ok {
				break
			}
			m.about += string(text) + "\n"
		}
		for _, b := range doc.Blocks {
			m.blocks = append(m.blocks, describeBlock(b))
		}
		slices.SortFunc(m.blocks, func(a, b libraryBlock) int { return strings.Compare(a.name, b.name) })
		out = append(out, m)
	}
	return out, nil
}

func describeBlock(b *dsl.Block) libraryBlock {
	out := libraryBlock{name: b.Name, description: b.Description, params: b.Params}
	// The module has been loaded: its blocks are well formed.
	content, _, _ := b.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "input", LabelNames: []string{"name"}}, {Type: "output", LabelNames: []string{"name"}},
	}})
	for _, in := range content.Blocks.OfType("input") {
		out.inputs = append(out.inputs, in.Labels[0])
	}
	for _, o := range content.Blocks.OfType("output") {
		out.outputs = append(out.outputs, o.Labels[0])
	}
	return out
}

// summary is the beginning of what the file says of itself.
func (m libraryModule) summary() string {
	first, _, _ := strings.Cut(strings.ReplaceAll(m.about, "\n", " "), ". ")
	return strings.TrimSuffix(strings.TrimSpace(first), ".") + "."
}

func (m libraryModule) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n```hcl\nimport %q {\n  source = %q\n}\n```\n", m.name, m.about, m.name, dsl.LibraryScheme+m.name)
	for _, block := range m.blocks {
		fmt.Fprintf(&b, "\n## layer \"%s.%s\"\n\n%s\n", m.name, block.name, block.description)
		if len(block.inputs) > 1 {
			fmt.Fprintf(&b, "\nInputs: `%s`.\n", strings.Join(block.inputs, "`, `"))
		}
		if len(block.outputs) > 0 {
			fmt.Fprintf(&b, "\nOutputs: `%s`.\n", strings.Join(block.outputs, "`, `"))
		}
		if len(block.params) == 0 {
			continue
		}
		b.WriteString("\n| argument | type | default | |\n| --- | --- | --- | --- |\n")
		for _, p := range block.params {
			def := "required"
			if p.Default != cty.NilVal {
				def = "`" + schema.Show(p.Default) + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, typeexpr.TypeString(p.Type), def, strings.ReplaceAll(p.Description, "|", `\|`))
		}
	}
	return b.String()
}

// libraryPage shows one module.
func (a *app) libraryPage(name string) error {
	modules, err := libraryModules()
	if err != nil {
		return err
	}
	var names []string
	for _, m := range modules {
		if m.name == name {
			a.view.result(m.result())
			a.view.printf("%s", strings.TrimSpace(m.page()))
			return nil
		}
		names = append(names, m.name)
	}
	return usagef("the library has no module %q.%s", name, schema.Suggest(name, names))
}

// libraryList names the modules.
func (a *app) libraryList() error {
	modules, err := libraryModules()
	if err != nil {
		return err
	}
	list := []libraryResult{}
	for _, m := range modules {
		list = append(list, m.result())
	}
	a.view.result(list)
	for _, m := range modules {
		a.view.printf("%-16s %s", m.name, m.summary())
	}
	return nil
}
