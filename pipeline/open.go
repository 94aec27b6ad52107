package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Data is a dataset that has been read. It may be used by several goroutines.
type Data struct {
	*Preprocessing
	seed    int64
	workers int
	files   source.Files
	starts  []int // of the chunks
	rows    []int // of the chunks
	splits  map[string][]int32
	lanes   []*lane // features, then targets
	weights []*laneWeight
}

// lane is a chain with its rows: data is what came out of the links before cut, a Values for each
// chunk; the links from cut on run when a batch is made.
type lane struct {
	*chain
	data  []*column.Values
	field column.Field // of data
	tail  []*link
}

// laneWeight is a column of sample weights; target is -1 for all.
type laneWeight struct {
	target int
	data   []*column.Values
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
	if err := def.use(o.Features, o.Targets); err != nil {
		return nil, append(diags, p.diagnose(err))
	}
	for _, step := range []func(context.Context) error{p.read, p.infer, p.split, p.learn, p.keep} {
		if err := step(ctx); err != nil {
			var list hcl.Diagnostics
			if errors.As(err, &list) {
				return nil, append(diags, list...)
			}
			return nil, append(diags, p.diagnose(err))
		}
	}
	return p.data, diags
}

// opening is a dataset on its way to become Data.
type opening struct {
	d     *dsl.Dataset
	def   *definition
	o     Options
	store store
	part  []string // the split of each row
	data  *Data
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
	for _, c := range p.def.chains() {
		if name != "" && (slices.Contains(c.columns, name) || c.decl.Name == name) {
			r = c.where()
			break
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		summary = "Interrupted"
	}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Subject: &r,
		Detail: fmt.Sprintf("dataset %q: %v.", p.d.Name, err)}
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
	if s := p.d.Split; s != nil && s.Group != "" {
		p.store.want(s.Group, column.String)
	}
	return p.store.read(ctx, p.def.source, p.d.Dir, p.def.source.Parts(), &p.data.files, p.o.MemoryLimit, p.o.Progress)
}

// field is what a source column turned out to hold, with what the source knows of it besides.
func (p *opening) field(c *chain, name string) (column.Field, error) {
	f := p.store.field(name, c.ask())
	known, err := p.def.source.Field(name, c.ask())
	if err == nil {
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

// raw returns a chain's rows of a chunk as they go into its first link.
func (p *opening) raw(c *chain, chunk int) (*column.Values, error) {
	if len(c.columns) == 1 {
		v, err := p.store.values(chunk, c.columns[0], c.ask())
		if err == nil && !slices.Equal(v.Shape, c.in.Shape) {
			v.Shape = c.in.Shape
		}
		return v, err
	}
	out := column.Make(c.in.Kind, c.in.Shape, p.store.chunks[chunk].rows)
	side, k := new(column.Values), len(c.columns)
	for i, name := range c.columns {
		v, err := p.store.values(chunk, name, c.ask())
		if err != nil {
			return nil, err
		}
		if v.Kind != c.in.Kind {
			side.Reset(c.in.Kind, nil, v.Rows)
			if err := column.Convert(side, v); err != nil {
				return nil, p.rowError(c, chunk, err)
			}
			v = side
		}
		interleave(out, v, i, k)
	}
	return out, nil
}

// interleave writes single numbers or texts as element i of rows of k.
func interleave(dst, src *column.Values, i, k int) {
	for r := range src.Rows {
		switch dst.Kind {
		case column.Uint8:
			dst.U8[r*k+i] = src.U8[r]
		case column.Int32:
			dst.I32[r*k+i] = src.I32[r]
		case column.Int64:
			dst.I64[r*k+i] = src.I64[r]
		case column.Float32:
			dst.F32[r*k+i] = src.F32[r]
		case column.String:
			dst.Str[r*k+i] = src.Str[r]
		}
	}
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

// split decides the split of each row.
func (p *opening) split(context.Context) error {
	p.part = make([]string, p.store.rows)
	for part, r := range p.store.parts {
		for i := r[0]; i < r[1]; i++ {
			p.part[i] = part
		}
	}
	train := p.store.parts[Train]
	if s := p.d.Split; s != nil && s.Validation+s.Test > 0 {
		sp := splitter{p.o.Seed, s.Validation, s.Test}
		var parts []string
		switch {
		case s.Group != "":
			groups, err := p.keys(func(chunk int) (*column.Values, error) { return p.store.values(chunk, s.Group, column.String) })
			if err != nil {
				return err
			}
			parts = sp.byGroup(groups[train[0]:train[1]])
		case p.def.stratify != nil:
			c := p.def.stratify
			if c.in.Kind == column.Unknown { // not among the columns in use
				in, err := c.pack(p.field)
				if err != nil {
					return err
				}
				c.in = in
			}
			classes, err := p.keys(func(chunk int) (*column.Values, error) { return p.raw(c, chunk) })
			if err != nil {
				return err
			}
			parts = sp.byClass(classes[train[0]:train[1]])
		default:
			parts = sp.byRow(train[1] - train[0])
		}
		copy(p.part[train[0]:train[1]], parts)
	}
	p.data.splits = map[string][]int32{}
	for i, part := range p.part {
		p.data.splits[part] = append(p.data.splits[part], int32(i))
	}
	wanted := []string{Train}
	if s := p.d.Split; s != nil {
		if s.Validation > 0 {
			wanted = append(wanted, Validation)
		}
		if s.Test > 0 {
			wanted = append(wanted, Test)
		}
	}
	for _, name := range wanted {
		if len(p.data.splits[name]) == 0 {
			return fmt.Errorf("no row of %d falls into the %s split; give it a larger share, or rows of its own", train[1]-train[0], name)
		}
	}
	return nil
}

func (p *opening) keys(values func(chunk int) (*column.Values, error)) ([]string, error) {
	var out []string
	for i := range p.store.chunks {
		v, err := values(i)
		if err != nil {
			return nil, err
		}
		out = rowKeys([]*column.Values{v}, out)
	}
	return out, nil
}

// run takes rows through links; augmentations are left out. The result may be v itself, or memory that
// the next call uses again when scratch is given.
func run(links []*link, v *column.Values, scratch *[2]column.Values) (*column.Values, error) {
	for i, l := range links {
		if l.augment != nil {
			continue
		}
		dst := new(column.Values)
		if scratch != nil {
			if dst = &scratch[i%2]; dst == v {
				dst = &scratch[(i+1)%2]
			}
		}
		dst.Reset(l.out.Kind, l.out.Shape, v.Rows)
		if err := l.transform.Apply(dst, v); err != nil {
			return nil, err
		}
		v = dst
	}
	return v, nil
}

// learn lets each step learn on the rows of the train split as they come to it, or takes what was
// learned from the state.
func (p *opening) learn(ctx context.Context) error {
	for _, c := range p.def.chains() {
		if p.o.State != nil {
			if err := c.restore(p.o.State); err != nil {
				return err
			}
			continue
		}
		for i := 0; i < len(c.links); i++ {
			l := c.links[i]
			t := l.learner()
			if t == nil || l.ready {
				continue
			}
			if p.o.Progress != nil {
				p.o.Progress("learning", 0)
			}
			rows := &trainRows{opening: p, chain: c, links: c.links[:i]}
			if err := t.Adapt(l.in, rows.all(ctx)); err != nil {
				return rows.place(err)
			}
			l.ready = true
			// The steps after it may only now know what they get.
			if diags := c.infer(c.in); diags.HasErrors() {
				return diags
			}
			i = slices.Index(c.links, l)
		}
		// A feature that begins with another learns nothing of the other's twice, but sees its sizes.
		if diags := c.infer(c.in); diags.HasErrors() {
			return diags
		}
	}
	return nil
}

// trainRows are the rows of the train split as they come out of a chain's first links.
type trainRows struct {
	*opening
	chain *chain
	links []*link

	chunk  int
	picked []int // the chunk's rows that are of the train split
}

// all yields the rows in order, in memory that the next ones use again.
func (t *trainRows) all(ctx context.Context) iter.Seq2[*column.Values, error] {
	return func(yield func(*column.Values, error) bool) {
		var scratch [2]column.Values
		rows := new(column.Values)
		for chunk := range t.store.chunks {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			t.chunk, t.picked = chunk, t.picked[:0]
			for r := range t.store.chunks[chunk].rows {
				if t.part[t.store.starts[chunk]+r] == Train {
					t.picked = append(t.picked, r)
				}
			}
			if len(t.picked) == 0 {
				continue
			}
			v, err := t.raw(t.chain, chunk)
			if err == nil {
				rows.Reset(v.Kind, v.Shape, len(t.picked))
				size := v.Size()
				for to, from := range t.picked {
					rows.CopyRow(to, v, from, size)
				}
				v, err = run(t.links, rows, &scratch)
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// place names the file of an error in the rows yielded last.
func (t *trainRows) place(err error) error {
	var row *column.RowError
	if errors.As(err, &row) && row.Row < len(t.picked) {
		return t.rowError(t.chain, t.chunk, &column.RowError{Row: t.picked[row.Row], Err: row.Err})
	}
	var in *source.Error
	if errors.As(err, &in) {
		return err
	}
	return fmt.Errorf("%s: %w", t.chain.named(), err)
}

// keep works the chains out for all rows as far as a row takes no more memory than before, and lets go
// of what was read.
func (p *opening) keep(ctx context.Context) error {
	p.data.starts = p.store.starts
	for _, c := range p.store.chunks {
		p.data.rows = append(p.data.rows, c.rows)
	}
	for _, c := range p.def.chains() {
		ln, err := p.lane(ctx, c)
		if err != nil {
			return err
		}
		p.data.lanes = append(p.data.lanes, ln)
		if err := p.count(c, ln); err != nil {
			return err
		}
	}
	for _, w := range p.def.weights {
		lw := &laneWeight{target: w.target}
		for chunk := range p.store.chunks {
			v, err := p.weights(w, chunk)
			if err != nil {
				return err
			}
			lw.data = append(lw.data, v)
		}
		p.data.weights = append(p.data.weights, lw)
	}
	state, err := p.def.save()
	if err != nil {
		return err
	}
	p.data.Preprocessing = &Preprocessing{p.def, state}
	return nil
}

// weights reads sample weights of a chunk as float32.
func (p *opening) weights(w weight, chunk int) (*column.Values, error) {
	v, err := p.store.values(chunk, w.decl.Column, column.Float32)
	if err != nil {
		return nil, err
	}
	if v.Size() != 1 {
		return nil, p.store.blame(chunk, 0, w.decl.Column, fmt.Errorf("a sample weight is a single number, and a row is %s", v.Field("").Describe()))
	}
	out := column.Make(column.Float32, nil, v.Rows)
	if err := column.Convert(out, v); err != nil {
		return nil, p.store.blame(chunk, 0, w.decl.Column, err)
	}
	return out, nil
}

// lane works out one chain.
func (p *opening) lane(ctx context.Context, c *chain) (*lane, error) {
	links := c.all()
	// cut is where a row is smallest, and of equals the last.
	cut, least, f := 0, c.in.RowBytes(), c.in
	for i, l := range links {
		if l.augment != nil {
			break
		}
		if n := l.out.RowBytes(); n <= least {
			cut, least, f = i+1, n, l.out
		}
	}
	// What may refuse a row is tried on all of them now, not in the middle of training.
	try := 0
	for i, l := range links {
		if l.augment == nil && l.canFail() {
			try = i + 1
		}
	}
	ln := &lane{chain: c, field: f, tail: links[cut:]}
	var scratch [2]column.Values
	for chunk := range p.store.chunks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := p.raw(c, chunk)
		if err != nil {
			return nil, err
		}
		kept, err := run(links[:cut], v, nil)
		if err == nil && try > cut {
			_, err = run(links[cut:try], kept, &scratch)
		}
		if err != nil {
			return nil, p.rowError(c, chunk, err)
		}
		ln.data = append(ln.data, kept)
		if p.o.Progress != nil {
			p.o.Progress("transforming", p.store.starts[chunk]+p.store.chunks[chunk].rows)
		}
	}
	return ln, nil
}

// count finds out how many classes there are where a column of single whole numbers is not told by any
// step or by the source: one more than the largest of the train split.
func (p *opening) count(c *chain, ln *lane) error {
	if _, _, known := c.categories(); known || p.o.State != nil || len(c.in.Classes) > 0 || c.out.Kind != column.Int32 || c.out.Size() != 1 {
		return nil
	}
	var scratch [2]column.Values
	largest := int32(-1)
	for chunk, v := range ln.data {
		out, err := run(ln.tail, v, &scratch)
		if err != nil {
			return p.rowError(c, chunk, err)
		}
		for r, n := range out.I32 {
			if n < 0 {
				return nil
			}
			if p.part[p.store.starts[chunk]+r] == Train {
				largest = max(largest, n)
			}
		}
	}
	c.numClasses = int(largest) + 1
	return nil
}

// Rows is the number of rows of a split; 0 where there is none of that name.
func (d *Data) Rows(split string) int { return len(d.splits[split]) }

// Files lists the data files that were read, by path.
func (d *Data) Files() []File { return d.files.List() }
