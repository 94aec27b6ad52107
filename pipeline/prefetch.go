package pipeline

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/dlrun/dlrun/pipeline/shards"
	"github.com/dlrun/dlrun/pipeline/source"
)

// BatchOptions say which batches to deliver.
type BatchOptions struct {
	Split     string
	BatchSize int
	Shuffle   bool // in an order that depends on the seed and Epoch alone
	Augment   bool // run the augmentations, and draw rows again as oversample says: as in training
	Epoch     int  // from 0
	Start     int  // the first batch to deliver: an epoch is continued where it was left
}

// Batches yields the batches of one epoch in order, the last of which may be smaller. They are made
// ahead, by Options.Workers goroutines of its own, which are gone when the iterator returns. A batch
// and its memory are the caller's until it asks for the next one.
//
// Batch i is a function of the seed, the epoch and i: neither Start nor the number of workers changes
// a bit of it.
func (d *Data) Batches(ctx context.Context, o BatchOptions) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if o.BatchSize < 1 || o.Start < 0 {
			yield(nil, fmt.Errorf("batches of %d rows from batch %d cannot be made", o.BatchSize, o.Start))
			return
		}
		if d.Rows(o.Split) == 0 {
			yield(nil, fmt.Errorf("dataset %q has no %s split", d.def.d.Name, o.Split))
			return
		}
		m := d.maker(o)
		defer m.rows.close()
		if need := m.rowBytes() * int64(min(o.BatchSize, m.rows.len())); need > d.limit {
			yield(nil, fmt.Errorf("a batch of %d rows of dataset %q takes %s, and the limit is %s", o.BatchSize, d.def.d.Name, source.Bytes(need), source.Bytes(d.limit)))
			return
		}
		if n := m.steps() - o.Start; n > 0 {
			m.prefetch(ctx, o.Start, min(d.workers, n), yield)
		}
	}
}

// prefetch makes batches in a ring of buffers: a free one is given a batch's number and goes to any
// worker, and into a queue in the order of the numbers, from which it is delivered once it is done.
func (m *maker) prefetch(ctx context.Context, start, workers int, yield func(*Batch, error) bool) {
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer wg.Wait()
	defer cancel()

	// Two more than there are workers: one is with the consumer, one waits for it.
	ring := min(workers+2, m.steps()-start+1)
	free, work, queue := make(chan *buffer, ring), make(chan *buffer, ring), make(chan *buffer, ring)
	for range ring {
		free <- m.buffer()
	}
	wg.Go(func() {
		defer close(queue)
		defer close(work)
		for i := start; i < m.steps(); i++ {
			select {
			case b := <-free:
				b.index = i
				from, to := m.places(i)
				rows, err := m.rows.next(ctx, b.order, from, to)
				b.batch.Rows, b.err = rows, err
				if m.d.stream != nil {
					b.order = rows
				}
				work <- b // never blocks: there are no more buffers than places
				queue <- b
				if err != nil {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		wg.Go(func() {
			for b := range work {
				if b.err == nil {
					b.err = ctx.Err()
				}
				if b.err == nil {
					b.err = m.made(b)
				}
				b.done <- struct{}{}
			}
		})
	}
	next := start
	for b := range queue {
		<-b.done
		next++
		if b.err != nil {
			yield(nil, b.err)
			return
		}
		if !yield(&b.batch, nil) {
			return
		}
		free <- b
	}
	if next < m.steps() { // cancelled between two batches
		yield(nil, ctx.Err())
	}
}

// made fills a buffer, from rows in memory or on the disk.
func (m *maker) made(b *buffer) error {
	if m.d.stream == nil {
		return m.fill(b)
	}
	err := shards.Guarded(m.d.stream.read.Path(), func() error { return m.fill(b) })
	m.rows.done(m.places(b.index))
	return err
}
