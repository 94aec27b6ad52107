package pipeline

import (
	"context"
	"slices"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
	"github.com/dlrun/dlrun/pipeline/shards"
	"github.com/dlrun/dlrun/pipeline/source"
	"github.com/dlrun/dlrun/pipeline/transform"
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
	fill := p.lanes
	if p.store.shards != nil {
		fill = p.streamLanes
	}
	if err := fill(ctx); err != nil {
		return err
	}
	state, err := p.def.save()
	if err != nil {
		return err
	}
	p.data.Preprocessing = &Preprocessing{p.def, state}
	return nil
}

// lanes makes the lanes and weights in memory.
func (p *opening) lanes(ctx context.Context) error {
	for _, c := range p.def.chains() {
		ln, err := p.lane(ctx, c)
		if err != nil {
			return err
		}
		p.data.lanes = append(p.data.lanes, ln)
	}
	if err := p.finish(); err != nil {
		return err
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
	return nil
}

// finish does what is left once all rows have gone through the steps.
func (p *opening) finish() error {
	if err := p.leaveOut(); err != nil {
		return err
	}
	p.data.bad = p.bad.rows
	for _, ln := range p.data.lanes {
		if err := p.count(ln.chain, ln); err != nil {
			return err
		}
	}
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

// newLane decides what of a chain is worked out once.
func (p *opening) newLane(c *chain) *lane {
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
	return &lane{chain: c, field: f, cut: cut, try: try, tail: links[cut:]}
}

// work works out a chunk of a lane as far as it is kept.
func (p *opening) work(s *scratch, ln *lane, chunk int) (*column.Values, error) {
	c, links := ln.chain, ln.all()
	raw := &s.raw
	if ln.cut == 0 { // what is put side by side stays as it is
		raw = new(column.Values)
	}
	v, err := p.raw(c, chunk, raw)
	if err != nil {
		return nil, err
	}
	if err := p.named(c, chunk, v); err != nil {
		return nil, err
	}
	if p.bad.policy == source.Null && len(links) > 0 {
		if t, ok := links[0].transform.(transform.Lenient); ok {
			t.Wrong(v, func(row int, err error) {
				p.bad.note(p.store.starts[chunk]+row, p.rowError(c, chunk, &column.RowError{Row: row, Err: err}))
			})
		}
	}
	from := 0
	if c.tokens {
		if v, err = p.tokenRows(c, chunk, v); err != nil {
			return nil, p.rowError(c, chunk, err)
		}
		from = 1
	}
	kept, err := p.runSound(c, chunk, links[from:ln.cut], v)
	if err == nil && ln.try > ln.cut && c.tokens {
		err = s.walker.walk(links[ln.cut:ln.try], kept, func(int, *column.Values) error { return nil })
	} else if err == nil && ln.try > ln.cut {
		err = p.sound(c, chunk, kept, func(_ int, v *column.Values) error {
			return s.walker.walk(links[ln.cut:ln.try], v, func(int, *column.Values) error { return nil })
		})
	}
	if err != nil {
		return nil, p.rowError(c, chunk, err)
	}
	return kept, nil
}

// lane works out one chain.
func (p *opening) lane(ctx context.Context, c *chain) (*lane, error) {
	ln := p.newLane(c)
	ln.data = make([]*column.Values, len(p.store.chunks))
	work := make([]scratch, p.data.workers)
	err := parallel.Each(ctx, p.data.workers, len(p.store.chunks), func(worker, chunk int) (err error) {
		ln.data[chunk], err = p.work(&work[worker], ln, chunk)
		return err
	})
	if p.o.Progress != nil {
		p.o.Progress("transforming", p.store.rows)
	}
	if err != nil {
		return nil, err
	}
	ln.chunks = column.NewChunks(ln.field, ln.data)
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
	for chunk := range p.store.chunks {
		if err := ln.visit(chunk, func(v *column.Values) error {
			return p.data.sound(walk, ln.tail, int(p.data.chunks.starts[chunk]), v, func(from int, out *column.Values) error {
				for r, n := range out.I32 {
					negative = negative || n < 0
					if p.inTrain(p.store.starts[chunk] + from + r) {
						largest = max(largest, n)
					}
				}
				return nil
			})
		}); err != nil {
			return p.rowError(c, chunk, err)
		}
	}
	if !negative {
		c.numClasses = int(largest) + 1
	}
	return nil
}

// visit calls f with the rows of a chunk.
func (ln *lane) visit(chunk int, f func(v *column.Values) error) error {
	if ln.data != nil {
		return f(ln.data[chunk])
	}
	defer ln.at.rows.Release(chunk)
	return shards.Guarded(ln.at.rows.Path(), func() error {
		v, err := ln.at.rows.Column(chunk, ln.at.column)
		if err != nil {
			return err
		}
		return f(v)
	})
}
