package dsl

import (
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// runBlock is the dlrun block as it is written.
type runBlock struct {
	requiredVersion string
	name            string
	seed            int
}

// Schema describes the dlrun block.
func (b *runBlock) Schema(s *schema.Block) {
	s.Doc("Settings of the run as a whole.", "dlrun")
	s.String(&b.requiredVersion, "required_version", "Versions of dlrun that the file was written for, as in \">= 0.2, < 1\".", schema.Optional())
	s.Int(&b.seed, "seed", "Start of every random number: the same seed gives the same run.", schema.Default(0), schema.AtLeast(0))
	s.String(&b.name, "name", "Name of the run and of its directory. Default: the file's name.", schema.Optional())
}

// run reads the dlrun block. An imported module's is only checked for the version it demands.
func (r *reader) run(doc *Document) {
	var b runBlock
	schema.Describe(&b)
	if blocks := r.blocks["dlrun"]; len(blocks) > 0 {
		out, diags := schema.Decode(blocks[0].Body, r.m.base, &b, "dlrun", header(blocks[0]))
		r.diags = append(r.diags, diags...)
		if b.requiredVersion != "" {
			if err := checkVersion(b.requiredVersion, r.opts.Version); err != nil {
				at := out.Range("required_version")
				r.fail(&at, "Unsuitable version", "%s.", sentence(err))
			}
		}
		if b.name != "" {
			at := out.Range("name")
			if d := checkName("run", b.name, at); d != nil {
				r.diags = append(r.diags, d)
			}
		}
		for _, b := range blocks[1:] {
			r.fail(header(b).Ptr(), "Duplicate dlrun block", "There is a dlrun block on %s already; write its arguments there.", lineOf(header(blocks[0]), header(b)))
		}
	}
	if doc == nil {
		return
	}
	doc.Run = Run{Name: b.name, Seed: int64(b.seed)}
	if doc.Run.Name == "" {
		doc.Run.Name = defaultName(r.m.Path)
		if r.bundle != nil && r.bundle.name != "" {
			doc.Run.Name = defaultName(r.bundle.name)
		}
	}
}

// defaultName makes a run's name of a file's or directory's.
func defaultName(p string) string {
	if abs, err := filepath.Abs(p); err == nil {
		p = abs
	}
	base := filepath.Base(p)
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".json"), ".hcl")
	name := strings.Map(func(c rune) rune {
		if checkName("run", "_"+string(c), hcl.Range{}) == nil {
			return c
		}
		return '_'
	}, base)
	if name == "" {
		return "model"
	}
	return name
}
