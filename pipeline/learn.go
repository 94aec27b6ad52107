package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

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

	walker walker

	chunk  int
	picked []int // the chunk's rows that are of the train split
	from   int   // among them, the first that was yielded last
}

// errStopped ends a walk whose consumer has gone.
var errStopped = errors.New("stopped")

// all yields the rows in order, in memory that the next ones use again.
func (t *trainRows) all(ctx context.Context) iter.Seq2[*column.Values, error] {
	return func(yield func(*column.Values, error) bool) {
		rows := new(column.Values)
		for chunk := range t.store.chunks {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			t.chunk, t.picked, t.from = chunk, t.picked[:0], 0
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
				done := false
				if err = t.walker.walk(t.links, rows, func(from int, out *column.Values) error {
					t.from = from
					if done = !yield(out, nil); done {
						return errStopped
					}
					return nil
				}); done {
					return
				}
			}
			if err != nil {
				t.from = 0 // the error counts from the first row picked
				yield(nil, t.place(err))
				return
			}
		}
	}
}

// place names the file of an error in the rows yielded last.
func (t *trainRows) place(err error) error {
	var row *column.RowError
	if errors.As(err, &row) && t.from+row.Row < len(t.picked) {
		return t.rowError(t.chain, t.chunk, &column.RowError{Row: t.picked[t.from+row.Row], Err: row.Err})
	}
	var in *source.Error
	if errors.As(err, &in) {
		return err
	}
	return fmt.Errorf("%s: %w", t.chain.named(), err)
}
