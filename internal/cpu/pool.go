package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool runs tasks on a fixed number of workers, the caller being worker 0. Tasks are handed out by
// a counter, so which worker runs a task is chance; what a task computes must not depend on it.
type Pool struct {
	workers int
	mu      sync.Mutex // one For at a time
	next    atomic.Int64
	left    atomic.Int64
	n       int64
	f       func(task, worker int)
	round   atomic.Uint32
	wake    []chan struct{}
	closed  bool
	parked  []atomic.Bool
}

// spins is how often an idle worker looks for work before it parks: some tens of microseconds, the
// usual pause between two kernels of a step.
const spins = 4000

// NewPool starts workers-1 goroutines; Close ends them.
func NewPool(workers int) *Pool {
	p := &Pool{workers: max(1, workers), parked: make([]atomic.Bool, max(1, workers))}
	for w := 1; w < p.workers; w++ {
		p.wake = append(p.wake, make(chan struct{}, 1))
		go p.work(w, p.wake[w-1])
	}
	return p
}

// Workers is the number of workers.
func (p *Pool) Workers() int { return p.workers }

// Close ends the workers. The pool must be idle.
func (p *Pool) Close() {
	if !p.closed {
		p.closed = true
		for _, c := range p.wake {
			close(c)
		}
	}
}

// For calls f(task, worker) for every task in [0,n), and returns when all are done.
func (p *Pool) For(n int, f func(task, worker int)) {
	if n <= 0 {
		return
	}
	if p.workers == 1 || n == 1 {
		for t := 0; t < n; t++ {
			f(t, 0)
		}
		return
	}
	p.mu.Lock()
	p.f, p.n = f, int64(n)
	p.left.Store(int64(p.workers - 1))
	p.next.Store(0)
	p.round.Add(1)
	for w := 1; w < p.workers; w++ {
		if p.parked[w].CompareAndSwap(true, false) {
			p.wake[w-1] <- struct{}{}
		}
	}
	p.drain(0)
	for i := 0; p.left.Load() > 0; i++ {
		if i > 64 {
			runtime.Gosched()
		}
	}
	p.f = nil
	p.mu.Unlock()
}

func (p *Pool) drain(worker int) {
	for {
		t := p.next.Add(1) - 1
		if t >= p.n {
			return
		}
		p.f(int(t), worker)
	}
}

func (p *Pool) work(w int, wake chan struct{}) {
	seen := uint32(0)
	for {
		for i := 0; p.round.Load() == seen; i++ {
			if i < spins {
				if i%64 == 63 {
					runtime.Gosched()
				}
				continue
			}
			p.parked[w].Store(true)
			if p.round.Load() != seen && p.parked[w].CompareAndSwap(true, false) {
				break // work came while parking, and nobody will send
			}
			if _, ok := <-wake; !ok {
				return
			}
			i = 0
		}
		seen = p.round.Load()
		p.drain(w)
		p.left.Add(-1)
	}
}
