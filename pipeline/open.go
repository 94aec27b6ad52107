package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/shards"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Data is a dataset that has been read. It may be used by several goroutines.
type Data struct {
	*Preprocessing
	seed    int64
	workers int
	limit   int64
	files   source.Files
	chunks  *chunkIndex
	rows    *chunkIndex // of the source's rows, where the lanes' are tokens
	origins []column.Origin
	splits  map[string][]int32
	windows *windows       // nil where an example is a row
	stream  *stream        // of data that is not held in memory; splits is nil then
	counted map[string]int // its rows, by split
	lanes   []*lane        // features, then targets
	weights []*laneWeight
	passed  *Malformed
	classes [][]int32 // the rows of the train split by class, where the dataset says oversample; else nil
	bad     []bool    // rows with a mistake, which are in no split; nil where there are none
}

// lane is a chain with its rows: data is what came out of the links before cut, a Values for each
// chunk; the links from cut on run when a batch is made.
type lane struct {
	*chain
	cut    int // how many of the links are worked out once
	try    int // how many of the links have to be tried on all rows before training
	at     laneAt
	data   []*column.Values // nil where the data is streamed
	chunks *column.Chunks   // the same, for reading any row
	field  column.Field     // of data
	tail   []*link
}

// laneAt is where the rows of a lane of streamed data are.
type laneAt struct {
	rows   *shards.Rows
	column int
}

// laneWeight is a column of sample weights; target is -1 for all.
type laneWeight struct {
	target int
	shape  []int // of a row's; empty for a number
	size   int
	data   []*column.Values
	at     laneAt // instead of data, where it is streamed
	field  column.Field
}

// WeightShape is the shape of the sample weights of one row for a target, empty where they are a number; nil where there are
// none.
func (d *Data) WeightShape(target string) []int {
	var out []int
	for _, w := range d.weights {
		for i, t := range d.def.targets {
			if t.decl.Name == target && (w.target < 0 || w.target == i) {
				out = append([]int{}, w.shape...)
				if t.reach != nil && !t.reach.one {
					out = append([]int{t.reach.rows}, out...)
				}
			}
		}
	}
	return out
}

// Open reads a dataset: decodes its source, splits its rows, learns on the train split what has to be
// learned, and keeps what Batches delivers from. Sources are read only as far as Options ask.
func Open(ctx context.Context, d *dsl.Dataset, o Options) (*Data, hcl.Diagnostics) {
	def, diags := decode(d)
	if diags.HasErrors() {
		return nil, diags
	}
	p := &opening{d: d, def: def, o: o, data: &Data{seed: o.Seed, workers: max(1, o.Workers)}}
	if p.o.MemoryLimit <= 0 {
		p.o.MemoryLimit = DefaultMemoryLimit
	}
	if d.Memory > 0 {
		p.o.MemoryLimit = d.Memory
	}
	p.data.limit, p.bad.policy = p.o.MemoryLimit, source.OnError(d.OnError)
	if len(d.Downloads) > 0 {
		if o.Downloads == nil {
			return nil, append(diags, p.diagnose(errors.New("its files are to be fetched, and nothing says where to")))
		}
		dir, err := o.Downloads(ctx, d.Downloads)
		if err != nil {
			failed := p.diagnose(err)
			failed.Subject = &d.Downloads[0].DeclRange
			return nil, append(diags, failed)
		}
		own := *d
		own.Dir = dir
		p.d = &own
	}
	if err := def.use(o.Features, o.Targets); err != nil {
		return nil, append(diags, p.diagnose(err))
	}
	for _, step := range []func(context.Context) error{p.read, p.infer, p.sift, p.window, p.split, p.leaks, p.learn, p.keep, p.oversample} {
		if err := step(ctx); err != nil {
			var list hcl.Diagnostics
			if errors.As(err, &list) {
				return nil, append(diags, list...)
			}
			return nil, append(diags, p.diagnose(err))
		}
	}
	p.passedOver()
	return p.data, append(diags, p.warnings...)
}

// opening is a dataset on its way to become Data.
type opening struct {
	d        *dsl.Dataset
	def      *definition
	o        Options
	store    store
	parts    []string   // of the source, in the order of the rows
	part     []string   // the split of each row that steps learn from, Train at least
	spans    [][2]int32 // with windows over tokens, those that steps learn from
	free     sync.Pool  // of *scratch
	warnings hcl.Diagnostics
	bad      malformed
	data     *Data
}

// diagnose points at the column at fault where the error names one, else at the source.
func (p *opening) diagnose(err error) *hcl.Diagnostic {
	r := p.d.Source.DeclRange
	var in *source.Error
	var missing *source.MissingColumn
	name, summary := "", "Cannot read the data"
	if errors.As(err, &in) {
		name = in.Column
	}
	if errors.As(err, &missing) {
		name, summary = missing.Column, "Missing column"
	}
	hint := ""
	for _, c := range p.def.chains() {
		if name != "" && (slices.Contains(c.columns, name) || c.decl.Name == name) {
			r = c.where()
			if errors.Is(err, source.ErrNotNumber) && len(c.steps()) == 0 {
				hint = " Text is turned into numbers by a transform such as string_lookup."
			}
			break
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		summary = "Interrupted"
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Subject: &r,
		Detail: sentence(fmt.Sprintf("dataset %q: %v", p.d.Name, err)) + hint,
	}
}

// sentence ends a text with a full stop, unless it has an end.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}

// read asks the source for the columns that are needed.
func (p *opening) read(ctx context.Context) error {
	all := p.def.chains()
	if s := p.def.stratify; s != nil && !slices.Contains(all, s) {
		all = append(all, s)
	}
	for _, c := range all {
		for _, name := range c.columns {
			if _, err := p.def.source.Field(name, c.ask()); err != nil {
				return err
			}
			p.store.want(name, c.ask())
		}
	}
	for _, w := range p.def.weights {
		p.store.want(w.decl.Column, column.Float32)
	}
	if s := p.d.Split; s != nil {
		for _, name := range []string{s.Group, s.OrderBy, s.Column} {
			if name != "" {
				p.store.want(name, column.String)
			}
		}
	}
	if w := p.def.d.Window; w != nil {
		for _, name := range []string{w.Group, w.OrderBy} {
			if name != "" {
				p.store.want(name, column.String)
			}
		}
	}
	p.parts, p.store.found = p.def.source.Parts(), &p.bad.found
	if p.def.d.Window == nil { // windows reach over shards: they are read from memory
		if found, err := p.readShards(ctx); found || err != nil {
			p.allRead()
			return err
		}
		p.store.lookup = p.readShards
	}
	err := p.store.read(ctx, p.def.source, source.Request{
		Dir: p.d.Dir, Files: &p.data.files, Limit: p.o.MemoryLimit, Workers: p.data.workers, OnError: p.bad.policy, Malformed: &p.bad.found,
	}, p.parts, p.o.Progress)
	p.allRead()
	return err
}

// field is what a source column turned out to hold, with what the source knows of it besides.
func (p *opening) field(c *chain, name string) (column.Field, error) {
	f := p.store.field(name, c.ask())
	known, err := p.def.source.Field(name, c.ask())
	if err == nil && f.Classes == nil {
		f.Classes = known.Classes
	}
	return f, err
}

func (p *opening) infer(context.Context) error {
	if diags := p.def.inferAll(p.field); diags.HasErrors() {
		return diags
	}
	return nil
}

// raw returns a chain's rows of a chunk as they go into its first link: what was read, or where columns
// are put side by side, dst.
func (p *opening) raw(c *chain, chunk int, dst *column.Values) (*column.Values, error) {
	if len(c.columns) == 1 {
		v, err := p.store.values(chunk, c.columns[0], c.ask())
		if err == nil && !slices.Equal(v.Shape, c.in.Shape) {
			v.Shape = c.in.Shape
		}
		return v, err
	}
	dst.Reset(c.in.Kind, c.in.Shape, p.store.chunks[chunk].rows)
	columns := make([]*column.Values, len(c.columns))
	for i, name := range c.columns {
		v, err := p.store.values(chunk, name, c.ask())
		if err != nil {
			return nil, err
		}
		if v.Kind != c.in.Kind {
			numbers := column.Make(c.in.Kind, nil, v.Rows)
			if err := column.Convert(numbers, v); err != nil {
				return nil, p.rowError(c, chunk, err)
			}
			v = numbers
		}
		columns[i] = v
	}
	dst.Join(columns)
	return dst, nil
}

func (p *opening) rowError(c *chain, chunk int, err error) error {
	var row *column.RowError
	if !errors.As(err, &row) {
		return fmt.Errorf("%s: %w", c.named(), err)
	}
	name := c.decl.Name
	if len(c.columns) == 1 {
		name = c.columns[0]
	}
	return p.store.blame(chunk, row.Row, name, row.Err)
}

// Rows is the number of rows of a split; 0 where there is none of that name.
func (d *Data) Rows(split string) int {
	if d.stream != nil {
		return d.counted[split]
	}
	return len(d.splits[split])
}

// Stretch is how many bytes of the data are shuffled at a time where it is streamed; 0 where it is in memory.
func (d *Data) Stretch() int64 {
	if d.stream == nil {
		return 0
	}
	return d.stretchBytes()
}

// Files lists the data files that were read, by path.
func (d *Data) Files() []File { return d.files.List() }
