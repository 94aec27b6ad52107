package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// OpenInput reads a file of rows to predict (see inputKinds; also with .gz or .zst), or a folder as the dataset's, and takes its
// features through what p has learned. The rows are the split Input; there are no targets.
//
// A feature is found by the names of its source columns; or, several of them, as one array of the
// feature's name; or, a tensor, as columns NAME_0, NAME_1, ... for its elements in row-major order. The
// numbers may be of another kind than at training. Of Options, Features, Targets, State and Seed do
// not count. An error names the file, the row (from 1) and the column at fault.
func OpenInput(ctx context.Context, p *Preprocessing, path string, o Options) (*Data, error) {
	src, err := p.inputSource(path)
	if err != nil {
		return nil, err
	}
	if whole, ok := src.(source.Sequential); ok && p.def.tokens {
		src = whole.Whole().(source.Located)
	}
	have, err := src.Columns("")
	if err != nil {
		return nil, err
	}
	in := &opening{
		d:    &dsl.Dataset{Name: p.def.d.Name},
		def:  &definition{d: p.def.d, source: src, tokens: p.def.tokens},
		o:    Options{Workers: o.Workers, MemoryLimit: o.MemoryLimit, CacheDir: o.CacheDir, Version: o.Version, Progress: o.Progress, State: p.state, Takes: o.Takes},
		data: &Data{workers: max(1, o.Workers)},
	}
	if in.o.MemoryLimit <= 0 {
		in.o.MemoryLimit = DefaultMemoryLimit
	}
	in.data.limit = in.o.MemoryLimit
	if p.def.d.OnError == string(source.Null) { // rows are left out of what is learned from, never of what is asked
		in.bad.policy = source.Null
	}
	for _, c := range p.def.features {
		ci, err := c.forInput(path, have)
		if err != nil {
			return nil, err
		}
		in.def.features = append(in.def.features, ci)
	}
	if err := in.read(ctx); err != nil {
		return nil, err
	}
	for _, c := range in.def.features {
		if err := in.fit(c, path); err != nil {
			return nil, err
		}
	}
	if err := in.window(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	_, n := in.examples()
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	in.data.splits = map[string][]int32{Input: rows}
	if in.store.shards != nil {
		in.data.splits = nil
		if err := in.streamSplit(); err != nil {
			return nil, err
		}
		in.data.counted[Input] = in.store.rows
	}
	if err := in.keep(ctx); err != nil {
		return nil, err
	}
	in.data.Preprocessing = &Preprocessing{in.def, p.state}
	return in.data, nil
}

// inputKinds are the sources that read files of these endings.
var inputKinds = map[string]string{
	".csv": "csv", ".tsv": "csv", ".txt": "csv", ".npz": "npz", ".npy": "npy", ".parquet": "parquet", ".pq": "parquet",
	".arrow": "arrow", ".feather": "arrow", ".json": "json", ".jsonl": "json", ".ndjson": "json",
}

// inputSource makes a source of the file's form, with the arguments of the dataset's own where that is
// of the same form. A folder, and a picture or a text where such were trained on, is read as the dataset.
func (p *Preprocessing) inputSource(path string) (source.Located, error) {
	name := source.Unpacked(strings.ToLower(path))
	ending := filepath.Ext(name)
	trained := source.Sources.Full(p.def.d.Source.Kind)
	kind, known := inputKinds[ending]
	st, err := os.Stat(path)
	folder := err == nil && st.IsDir()
	if (folder || trained == "image_table" || trained == "text" && ending == ".txt" || !known) && slices.Contains([]string{"image_folder", "image_table", "text", "npy", "idx"}, trained) {
		kind, known = trained, true
	}
	if !known {
		return nil, fmt.Errorf("%s: rows to predict are read from csv, npz, npy, parquet, arrow and json files, and from what the model was trained on", path)
	}
	var in source.Located
	if own, ok := p.def.source.(source.Located); ok && kind == trained {
		in = own.At(path).(source.Located)
	} else {
		s, err := source.Sources.New(kind)
		if err != nil {
			return nil, err
		}
		schema.Describe(s) // sets the defaults
		in = s.(source.Located).At(path).(source.Located)
	}
	if ending == ".tsv" { // its name says so, whatever divided the fields at training
		in.(interface{ SetDelimiter(string) }).SetDelimiter("\t")
	}
	return in, nil
}

// forInput copies a chain for a file with these columns.
func (c *chain) forInput(path string, have []string) (*chain, error) {
	in := *c
	in.base = nil
	in.links = nil
	for _, l := range c.steps() {
		if l.augment == nil {
			own := *l
			in.links = append(in.links, &own)
		}
	}
	switch {
	case c.gappy():
		in.reads = column.Optional
	case c.in.Kind == column.List || c.takes() == column.List:
		in.reads = column.List
	case c.in.Kind == column.String:
		in.reads = column.String
	case c.in.Kind == column.Int32 || c.in.Kind == column.Int64:
		in.reads = column.Int64
	default:
		in.reads = column.Float32
	}
	missing := ""
	for _, name := range c.columns {
		if !slices.Contains(have, name) {
			missing = name
			break
		}
	}
	if missing == "" {
		return &in, nil
	}
	if slices.Contains(have, c.decl.Name) {
		in.columns = []string{c.decl.Name}
		return &in, nil
	}
	if n := c.in.Size(); len(c.in.Shape) > 0 && n <= len(have) {
		names := []string{c.decl.Name}
		if len(c.columns) == 1 {
			names = []string{c.columns[0], c.decl.Name}
		}
		for _, name := range names {
			flat := make([]string, n)
			for i := range flat {
				flat[i] = fmt.Sprintf("%s_%d", name, i)
			}
			if !slices.ContainsFunc(flat, func(n string) bool { return !slices.Contains(have, n) }) {
				in.columns = flat
				return &in, nil
			}
		}
	}
	return nil, &source.MissingColumn{File: path, Column: missing, Have: have}
}

// fit works the chain out for the rows that the file holds, which may be numbers of another kind, or
// have axes of length 1 more or less.
func (p *opening) fit(c *chain, path string) error {
	want := c.in
	f := p.store.field(c.columns[0], c.ask())
	if len(c.columns) > 1 {
		for _, name := range c.columns {
			if g := p.store.field(name, c.ask()); len(g.Shape) > 0 {
				return &source.Error{File: path, Column: name, Err: fmt.Errorf("each row is a single number there, and it holds %s", g.Describe())}
			} else if g.Kind != f.Kind {
				f.Kind = wider(f.Kind, g.Kind)
			}
		}
	}
	other := len(c.columns) == 1 && !slices.Equal(squeeze(f.Shape), squeeze(want.Shape))
	differs := &source.Error{File: path, Column: f.Name, Err: fmt.Errorf("a row is %s, and the model was trained on %s", f.Describe(), want.Describe())}
	if other {
		if p.o.Takes == nil {
			return differs
		}
		want.Shape = f.Shape
	}
	if (f.Kind == column.String) != (want.Kind == column.String) && !c.gappy() && c.takes() != column.List {
		return &source.Error{File: path, Column: f.Name, Err: fmt.Errorf("it holds %s, and the model was trained on %s", f.Kind, want.Kind)}
	}
	want.Kind = f.Kind
	if diags := c.infer(want); diags.HasErrors() {
		return fmt.Errorf("%s: %w", path, errors.New(diags[0].Detail))
	}
	if other && !p.o.Takes(c.decl.Name, c.out.Shape) {
		return differs
	}
	return nil
}

// squeeze drops axes of length 1.
func squeeze(shape []int) []int {
	out := []int{}
	for _, d := range shape {
		if d != 1 {
			out = append(out, d)
		}
	}
	return out
}
