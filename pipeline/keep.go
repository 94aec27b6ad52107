package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

// keep works the chains out for all rows as far as a row takes no more memory than before, and lets go
// of what was read.
func (p *opening) keep(ctx context.Context) error {
	p.data.chunks = newChunkIndex(p.store.starts, p.store.rows)
	if w := p.data.windows; w != nil && w.tokens != nil {
		starts := make([]int, len(p.store.starts))
		for i, row := range p.store.starts {
			starts[i] = int(w.tokens[row])
		}
		p.data.rows = p.data.chunks
		p.data.chunks = newChunkIndex(starts, int(w.tokens[p.store.rows]))
	}
	for _, c := range p.store.chunks {
		p.data.origins = append(p.data.origins, c.origin)
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
			lw.shape, lw.size = v.Shape, v.Size()
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

// weights reads sample weights of a chunk as float32: a number a row, or several, as one for each step of a sequence.
func (p *opening) weights(w weight, chunk int) (*column.Values, error) {
	v, err := p.store.values(chunk, w.decl.Column, column.Float32)
	if err != nil {
		return nil, err
	}
	var shape []int
	if v.Size() != 1 {
		shape = slices.Clone(v.Shape)
	}
	out := column.Make(column.Float32, shape, v.Rows)
	if err := column.Convert(out, v); err != nil {
		return nil, p.store.blame(chunk, 0, w.decl.Column, err)
	}
	return out, nil
}

// onceBytes is as large as a row may become by a step that is worked out once for all epochs.
const onceBytes = 4096

// lane works out one chain.
func (p *opening) lane(ctx context.Context, c *chain) (*lane, error) {
	links := c.all()
	// cut is where a row is smallest, and of equals the last.
	cut, least, f := 0, c.in.RowBytes(), c.in
	for i, l := range links {
		if l.augment != nil {
			break
		}
		if n := l.out.RowBytes(); n <= least || l.once() && n <= onceBytes {
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
	ln := &lane{chain: c, field: f, tail: links[cut:], data: make([]*column.Values, len(p.store.chunks))}
	work := make([]scratch, p.data.workers)
	err := parallel.Each(ctx, p.data.workers, len(p.store.chunks), func(worker, chunk int) error {
		s := &work[worker]
		raw := &s.raw
		if cut == 0 { // what is put side by side stays as it is
			raw = new(column.Values)
		}
		v, err := p.raw(c, chunk, raw)
		if err != nil {
			return err
		}
		if r := slices.Index(v.Str, ""); c.target && r >= 0 {
			return p.rowError(c, chunk, &column.RowError{Row: r / v.Size(), Err: errors.New("it is empty where the name of a class is wanted")})
		}
		from := 0
		if c.tokens {
			if v, err = p.tokenRows(c, chunk, v); err != nil {
				return p.rowError(c, chunk, err)
			}
			from = 1
		}
		kept, err := run(links[from:cut], v)
		if err == nil && try > cut {
			err = s.walker.walk(links[cut:try], kept, func(int, *column.Values) error { return nil })
		}
		if err != nil {
			return p.rowError(c, chunk, err)
		}
		ln.data[chunk] = kept
		return nil
	})
	if p.o.Progress != nil {
		p.o.Progress("transforming", p.store.rows)
	}
	if err != nil {
		return nil, err
	}
	ln.chunks = column.NewChunks(f, ln.data)
	return ln, nil
}

// count finds out how many classes there are where a column of single whole numbers is not told by any
// step or by the source: one more than the largest of the train split.
func (p *opening) count(c *chain, ln *lane) error {
	if _, _, known := c.categories(); known || c.tokens || p.o.State != nil || len(c.in.Classes) > 0 || c.out.Kind != column.Int32 || c.out.Size() != 1 {
		return nil
	}
	walk := new(walker)
	largest, negative := int32(-1), false
	for chunk, v := range ln.data {
		if err := walk.walk(ln.tail, v, func(from int, out *column.Values) error {
			for r, n := range out.I32 {
				negative = negative || n < 0
				if p.part[p.store.starts[chunk]+from+r] == Train {
					largest = max(largest, n)
				}
			}
			return nil
		}); err != nil {
			return p.rowError(c, chunk, err)
		}
	}
	if !negative {
		c.numClasses = int(largest) + 1
	}
	return nil
}
