// Package parallel spreads work over goroutines such that what comes of it does not depend on how many
// there are: pieces are the caller's, results come in the order of the pieces, and of several errors the
// first piece's counts.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Ordered lets several goroutines work on pieces and yields what they make in the order of the pieces.
// next returns the next piece, or false at the end; it is called by one goroutine at a time, ahead of
// the work. yield returns false to stop. When Ordered returns, its goroutines are gone. At most workers+2
// pieces are under way: memory stays bounded however slow the consumer is.
func Ordered[In, Out any](ctx context.Context, workers int, next func() (In, bool), work func(In) Out, yield func(Out) bool) error {
	type job struct {
		in   In
		out  Out
		done chan struct{}
	}
	workers = max(1, workers)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	jobs, queue := make(chan *job, workers), make(chan *job, workers)
	wg.Go(func() {
		defer close(queue)
		defer close(jobs)
		for ctx.Err() == nil {
			in, ok := next()
			if !ok {
				return
			}
			j := &job{in: in, done: make(chan struct{})}
			select {
			case queue <- j:
			case <-ctx.Done():
				return
			}
			jobs <- j // has a worker sooner or later
		}
	})
	for range workers {
		wg.Go(func() {
			for j := range jobs {
				if ctx.Err() == nil {
					j.out = work(j.in)
				}
				close(j.done)
			}
		})
	}
	for j := range queue {
		<-j.done
		if err := ctx.Err(); err != nil {
			return err
		}
		if !yield(j.out) {
			return nil
		}
	}
	return ctx.Err()
}

// Each calls work for 0 to n-1 on several goroutines, and returns the error of the least i that has one:
// those after it may or may not have been worked on. worker is below workers, and is one at a time.
func Each(ctx context.Context, workers, n int, work func(worker, i int) error) error {
	workers = max(1, min(workers, n))
	if workers == 1 {
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := work(0, i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		wg     sync.WaitGroup
		next   atomic.Int64
		failed atomic.Bool
		mu     sync.Mutex
		first  error
		at     = n
	)
	for worker := range workers {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = work(worker, i)
				}
				if err != nil {
					failed.Store(true)
					mu.Lock()
					if i < at {
						first, at = err, i
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}
