package source

import (
	"context"
	"sync"
)

// ordered lets several goroutines work on pieces and yields what they make in the order of the pieces.
// next returns the next piece, or false at the end; it is called by one goroutine at a time, ahead of
// the work. yield returns false to stop. When ordered returns, its goroutines are gone. At most workers+2
// pieces are under way: memory stays bounded however slow the consumer is.
func ordered[In, Out any](ctx context.Context, workers int, next func() (In, bool), work func(In) Out, yield func(Out) bool) error {
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
