package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
	"github.com/dlrun/dlrun/pipeline/shards"
	"github.com/dlrun/dlrun/pipeline/source"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// learn lets each step learn on the rows of the train split as they come to it, or takes what was
// learned from the state.
func (p *opening) learn(ctx context.Context) error {
	for {
		before := p.bad.marked()
		if err := p.learnOnce(ctx); err != nil || p.bad.marked() == before {
			return err
		}
		// Rows with a mistake were found on the way: once more, without them, so that no step has learned from them.
		if err := p.leaveOut(); err != nil {
			return err
		}
		for _, c := range p.def.chains() {
			for _, l := range c.links {
				if l.learner() != nil && p.o.State == nil {
					l.ready = false
				}
			}
		}
	}
}

func (p *opening) learnOnce(ctx context.Context) error {
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
			if err := p.adapt(ctx, c, i, t); err != nil {
				return err
			}
			if p.o.Progress != nil {
				p.o.Progress("learning", p.store.rows)
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

// adapt lets step i of a chain learn, from the rows of a chunk at a time on all workers.
func (p *opening) adapt(ctx context.Context, c *chain, i int, t transform.Learner) error {
	g, err := t.Adapt(c.links[i].in)
	if err != nil {
		return fmt.Errorf("%s: %w", c.named(), err)
	}
	type result struct {
		parts []any
		err   error
	}
	next := 0
	err2 := parallel.Ordered(ctx, p.data.workers, func() (int, bool) {
		next++
		return next - 1, next <= len(p.store.chunks)
	}, func(chunk int) (r result) {
		s, ok := p.free.Get().(*scratch)
		if !ok {
			s = new(scratch)
		}
		defer p.free.Put(s)
		r.err = p.guarded(func() error {
			defer p.store.release(chunk)
			return p.trainRows(s, c, i, chunk, func(rows *column.Values) error {
				part, err := g.Part(rows)
				if err == nil {
					r.parts = append(r.parts, part)
				}
				return err
			})
		})
		return r
	}, func(r result) bool {
		if err = r.err; err != nil {
			return false
		}
		for _, part := range r.parts {
			g.Add(part)
		}
		return true
	})
	if err == nil {
		err = err2
	}
	if err == nil {
		err = g.Done()
	}
	var in *source.Error
	if err == nil || errors.As(err, &in) || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%s: %w", c.named(), err)
}

// guarded calls f, which reads rows.
func (p *opening) guarded(f func() error) error {
	if p.store.shards == nil {
		return f()
	}
	return shards.Guarded(p.store.shards.Path(), f)
}

// inTrain tells whether a row is of the train split.
func (p *opening) inTrain(row int) bool {
	if st := p.data.stream; st != nil {
		return st.codes[row] == 0
	}
	return p.part[row] == Train
}

// scratch is memory to work through a chunk.
type scratch struct {
	raw, picked column.Values
	rows        []int
	walker      walker
}

// trainRows calls f with the rows of a chunk that are of the train split, as they come out of a chain's
// first links, in memory that is used again.
func (p *opening) trainRows(s *scratch, c *chain, links, chunk int, f func(rows *column.Values) error) error {
	n := p.store.chunks[chunk].rows
	s.rows = s.rows[:0]
	if !c.tokens {
		for r := range n {
			if p.inTrain(p.store.starts[chunk] + r) {
				s.rows = append(s.rows, r)
			}
		}
	}
	if len(s.rows) == 0 && !c.tokens {
		return nil
	}
	v, err := p.raw(c, chunk, &s.raw)
	if err != nil {
		return err
	}
	if c.tokens {
		if links > 0 {
			return fmt.Errorf("%s learns from the tokens of a text, and this version of dlrun lets only the step that takes the text apart learn there", c.links[links].step.Kind)
		}
		if texts := p.seen(c, chunk, v.Str); len(texts) > 0 {
			return f(&column.Values{Kind: column.String, Rows: len(texts), Str: texts})
		}
		return nil
	}
	if len(s.rows) < n {
		s.picked.Reset(v.Kind, v.Shape, len(s.rows))
		size := v.Size()
		for to, from := range s.rows {
			s.picked.CopyRow(to, v, from, size)
		}
		v = &s.picked
	}
	for from, to := 0, v.Rows; from < v.Rows; {
		done := from
		err := s.walker.walk(c.links[:links], v.Slice(from, to), func(at int, out *column.Values) error {
			err := f(out)
			var row *column.RowError
			if errors.As(err, &row) {
				return &column.RowError{Row: at + row.Row, Err: row.Err}
			}
			if err == nil {
				done = from + at + out.Rows
			}
			return err
		})
		var row *column.RowError
		switch {
		case err == nil && to < v.Rows: // those in front of a row with a mistake
			from, to = to+1, v.Rows
		case err == nil:
			return nil
		case errors.As(err, &row):
			at := from + row.Row
			err = p.rowError(c, chunk, &column.RowError{Row: s.rows[at], Err: row.Err})
			if !p.bad.mark(p.store.starts[chunk]+s.rows[at], err) {
				return err
			}
			from, to = done, at
		default:
			return err
		}
	}
	return nil
}
