package dsl

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// datasetBlock is what a dataset block holds.
type datasetBlock struct{ onError, memory, oversample string }

// Schema describes a dataset block.
func (b *datasetBlock) Schema(s *schema.Block) {
	s.Doc("Where the data comes from, what becomes of it, and how it is split.", "dlrun")
	s.Enum(&b.onError, "on_error", "What to do about a missing or malformed value: \"fail\" ends with an error that names file, row and column; \"skip\" leaves the row out, and counts it; \"null\" takes the value as missing where a transform \"imputation\" begins the column, and fails elsewhere.", []string{"fail", "skip", "null"}, schema.Default("fail"))
	s.String(&b.oversample, "oversample", "A target of class numbers whose classes come equally often in training: in each epoch rows of the smaller ones are drawn again, others each time, until all have as many as the largest. What is measured, and what steps learn, is of the rows as they are.", schema.Optional())
	s.String(&b.memory, "memory", "How much memory the decoded data may take, as \"2 GiB\" or a number of bytes; a share of the machine's where it is left out. Larger data is kept decoded on the disk and streamed, shuffled a part at a time.", schema.Optional())
	name, kind := []string{"name"}, []string{"kind"}
	s.Nested(schema.Nested{Name: "source", Labels: kind, Help: "Where the rows come from.", Kind: "source", Once: true})
	s.Nested(schema.Nested{Name: "feature", Labels: name, Help: "Feeds the model's input of that name.", Of: func() schema.Described { return new(columnBlock) }, Ordered: true})
	s.Nested(schema.Nested{Name: "target", Labels: name, Help: "Is compared with the model's output of that name, or its only output.", Of: func() schema.Described { return &columnBlock{target: true} }, Ordered: true})
	s.Nested(schema.Nested{Name: "weight", Help: "A column of sample weights.", Of: func() schema.Described { return new(weightBlock) }})
	s.Nested(schema.Nested{Name: "download", Labels: []string{"file"}, Help: "A file that is fetched, verified and kept; the relative paths in the source start from its folder.", Of: func() schema.Described { return new(downloadBlock) }})
	s.Nested(schema.Nested{Name: "split", Help: "What is held out for validation and test.", Of: func() schema.Described { return new(splitBlock) }, Once: true})
	s.Nested(schema.Nested{Name: "augment", Labels: kind, Help: "A random step of several features in step.", Of: func() schema.Described { return new(augmentBlock) }, Ordered: true})
	s.Nested(schema.Nested{Name: "window", Help: "Makes examples of windows over the rows, or over the tokens of a text.", Of: func() schema.Described { return new(windowBlock) }, Once: true})
	s.Nested(schema.Nested{Name: "transform", Labels: kind, Help: "Not in this version.", Of: func() schema.Described { return tuneBlock{} }})
}

// Validate implements schema.Validator.
func (b *datasetBlock) Validate() error {
	if b.memory == "" {
		return nil
	}
	if n, ok := ParseBytes(b.memory); !ok || n < minMemory {
		return schema.Atf("memory", "an amount of memory of at least 1 MiB is wanted, as \"512 MiB\", \"2 GiB\" or a number of bytes; got %q", b.memory)
	}
	return nil
}

// minMemory is less than a few records take.
const minMemory = 1 << 20

// ParseBytes reads an amount of memory.
func ParseBytes(s string) (int64, bool) {
	end := len(s)
	for end > 0 && (s[end-1] < '0' || s[end-1] > '9') {
		end--
	}
	units := map[string]float64{
		"": 1, "b": 1, "bytes": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	}
	unit, ok := units[strings.ToLower(strings.TrimSpace(s[end:]))]
	n, err := strconv.ParseFloat(strings.TrimSpace(s[:end]), 64)
	if !ok || err != nil || !(n > 0 && n*unit < 1<<60) {
		return 0, false
	}
	return int64(n * unit), true
}

// notYet are parts of the language that this version knows without having them, and where to look.
const notYet = "%s is part of the language, but this version of dlrun does not have it yet."

// datasets reads the dataset blocks.
func (r *reader) datasets() []*Dataset {
	var all []*Dataset
	for _, raw := range r.blocks["dataset"] {
		d := r.dataset(raw)
		r.m.Datasets[raw.Labels[0]] = d
		all = append(all, d)
	}
	return all
}

func (r *reader) dataset(raw *hcl.Block) *Dataset {
	d := &Dataset{Name: r.prefix + raw.Labels[0], DeclRange: header(raw), Dir: r.m.Dir}
	title := fmt.Sprintf("dataset %q", d.Name)
	ctx := r.m.base
	var db datasetBlock
	desc := schema.Describe(&db)
	c, rest, diags := expand(raw.Body, ctx).PartialContent(schema.Header(desc, false))
	d.Unknown = takeOpen(&diags)
	schema.Rephrase(diags, title, nil)
	out, more := schema.Decode(rest, ctx, &db, title, header(raw), append(desc.Names()[len(desc.Args):], "dynamic")...)
	diags = append(diags, more...)
	d.Memory, _ = ParseBytes(db.memory) // 0 where it is left out, or has been found wrong
	d.OnError, d.Oversample, d.Ranges = db.onError, db.oversample, out.Ranges
	r.diags = append(r.diags, diags...)
	if c == nil {
		return d
	}
	if len(c.Blocks) > maxLayers {
		r.fail(&d.DeclRange, "Too many blocks", "%s has %d blocks; %d is the most.", title, len(c.Blocks), maxLayers)
		return d
	}
	var source *hcl.Block
	var augments []*hcl.Block
	taken := map[[2]string]*hcl.Block{}
	for _, b := range c.Blocks {
		switch b.Type {
		case "source":
			if source != nil {
				r.fail(header(b).Ptr(), "Second source", "%s has a source on %s already, and takes one.", title, lineOf(header(source), header(b)))
				continue
			}
			source = b
			d.Source = named(b, r.m.paths)
		case "feature", "target":
			if bad := checkName(b.Type, b.Labels[0], b.LabelRanges[0]); bad != nil {
				r.diags = append(r.diags, bad)
				continue
			}
			key := [2]string{b.Type, b.Labels[0]} // a feature and a target may have one name: an autoencoder's
			if other := taken[key]; other != nil {
				r.fail(b.LabelRanges[0].Ptr(), "Duplicate "+b.Type, "There is a %s %q on %s already.", b.Type, b.Labels[0], lineOf(header(other), header(b)))
				continue
			}
			taken[key] = b
			col := r.column(b, ctx)
			if b.Type == "feature" {
				d.Features = append(d.Features, col)
			} else {
				d.Targets = append(d.Targets, col)
			}
		case "weight":
			if w := r.weight(b, ctx); w != nil {
				d.Weights = append(d.Weights, w)
			}
		case "download":
			r.download(d, b, r.m.paths)
		case "split":
			if d.Split != nil {
				r.fail(header(b).Ptr(), "Second split", "%s has a split on %s already, and takes one.", title, lineOf(d.Split.DeclRange, header(b)))
				continue
			}
			d.Split = r.split(b, ctx)
		case "augment":
			augments = append(augments, b)
		case "window":
			if d.Window != nil {
				r.fail(header(b).Ptr(), "Second window", "%s has a window on %s already, and takes one.", title, lineOf(d.Window.DeclRange, header(b)))
				continue
			}
			d.Window = r.window(b, ctx)
		default:
			r.fail(header(b).Ptr(), "Not in this version", notYet, "A `transform` of several columns in step, in the dataset itself,")
		}
	}
	if source == nil {
		r.fail(&d.DeclRange, "Missing block", "%s needs a source block, which says where its rows come from, as in source \"csv\" { path = \"...\" }.", title)
	}
	if len(d.Features) == 0 && !d.Unknown {
		r.fail(&d.DeclRange, "Missing block", "%s needs a feature block for each input of the model.", title)
	}
	for i, b := range augments {
		r.together(d, b, i+1, ctx)
	}
	r.checkNames(d)
	if d.Window == nil && !d.Unknown {
		for _, t := range d.Targets {
			for _, arg := range []string{"shift", "steps"} {
				if at, ok := t.ahead[arg]; ok {
					r.fail(&at, "No window", "`%s` says which rows around a window the target reads, and %s has no `window` block.", arg, title)
				}
			}
		}
	}
	return d
}

// named is a block whose label is the name of something in a registry.
func named(b *hcl.Block, ctx *hcl.EvalContext) Named {
	n := Named{Kind: b.Labels[0], KindRange: header(b), DeclRange: header(b), Body: b.Body, Context: ctx}
	if len(b.LabelRanges) > 0 {
		n.KindRange = b.LabelRanges[0]
	}
	return n
}

// checkNames checks the names that weight and split give of features and targets.
func (r *reader) checkNames(d *Dataset) {
	if d.Unknown {
		return
	}
	var targets, all []string
	for _, c := range d.Targets {
		targets = append(targets, c.Name)
	}
	all = append(all, targets...)
	for _, c := range d.Features {
		all = append(all, c.Name)
	}
	has := func(list []string, s string) bool {
		for _, x := range list {
			if x == s {
				return true
			}
		}
		return false
	}
	weighted := map[string]*Weight{}
	for _, w := range d.Weights {
		if w.Target != "" && !has(targets, w.Target) {
			r.fail(&w.targetRange, "Unknown target", "dataset %q has no target %q.%s", d.Name, w.Target, suggestOrNone(w.Target, targets, "targets"))
			continue
		}
		if other := weighted[w.Target]; other != nil {
			which := "all targets"
			if w.Target != "" {
				which = fmt.Sprintf("target %q", w.Target)
			}
			r.fail(&w.DeclRange, "Second weight", "The weight of %s is on %s already.", which, lineOf(other.DeclRange, w.DeclRange))
			continue
		}
		weighted[w.Target] = w
	}
	if at := d.Ranges["oversample"]; d.Oversample != "" && !has(targets, d.Oversample) {
		r.fail(&at, "Unknown target", "dataset %q has no target %q to draw classes of.%s", d.Name, d.Oversample, suggestOrNone(d.Oversample, targets, "targets"))
	} else if d.Oversample != "" && d.Window != nil {
		r.fail(&at, "Windows of classes", "Rows are drawn by their class, and here an example is a window of them: class_weight = \"balanced\" in train weighs the classes instead.")
	}
	if s := d.Split; s != nil && s.Stratify != "" && !has(all, s.Stratify) {
		at := s.Ranges["stratify"]
		r.fail(&at, "Unknown target", "dataset %q has no target or feature %q to stratify by.%s", d.Name, s.Stratify, suggestOrNone(s.Stratify, all, "targets"))
	}
}
