package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/par"
)

// Pool runs tasks on a fixed number of workers, the caller being worker 0. Each worker has a share of the tasks, which follow one
// another, so that the parts of a value stay mostly in the caches of the same core from one kernel to the next. When its own share is
// done it takes from those of the others, so which worker runs a task is chance; what a task computes must not depend on it.
//
// A worker without work looks for some for a few tens of microseconds, the usual pause between two
// kernels of a step, and then parks, so that an idle pool costs nothing. A round of tasks ends when
// its tasks are done: a worker that is slow to wake up is not waited for.
type Pool struct {
	workers int
	mu      sync.Mutex // one For at a time
	wake    []chan struct{}
	parked  []atomic.Bool
	closed  bool

	round   uint64
	f       unsafe.Pointer // a func(task, worker int), read and written atomically
	shares  []share        // one for each worker
	_       [64]byte
	left    atomic.Int64 // tasks not done
	waiting atomic.Bool  // whether the caller has parked
	done    chan struct{}
}

// share is a range of the tasks of a round, on cache lines of its own.
type share struct {
	// next is the number of the round, and in its lower half the next task to hand out, closedRound
	// while a round is being prepared. Who takes a task does so by compare-and-swap: that it succeeds
	// says that end and f, read before, are those of the round.
	next atomic.Uint64
	end  atomic.Int64
	_    [112]byte
}

// empty tells whether there is no task to take.
func (s *share) empty() bool { return int64(s.next.Load()&closedRound) >= s.end.Load() }

const (
	closedRound = 1<<32 - 1
	// mostTasks is what one round can hand out.
	mostTasks = closedRound - 1

	// spins is how often an idle worker looks for work, with a pause of some ten nanoseconds in
	// between, before it parks; every yield-th time it lets another goroutine run.
	spins = 600
	yield = 100
	pause = 4
)

// NewPool starts workers-1 goroutines; Close ends them.
func NewPool(workers int) *Pool {
	n := max(1, workers)
	p := &Pool{workers: n, parked: make([]atomic.Bool, n), shares: make([]share, n), done: make(chan struct{}, 1)}
	for i := range p.shares {
		p.shares[i].next.Store(closedRound)
	}
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
	if n > mostTasks {
		panic("cpu: too many tasks")
	}
	p.mu.Lock()
	p.round++
	for i := range p.shares {
		p.shares[i].next.Store(p.round<<32 | closedRound)
	}
	// A func value is a pointer; storing it as one allocates nothing.
	atomic.StorePointer(&p.f, *(*unsafe.Pointer)(unsafe.Pointer(&f)))
	p.left.Store(int64(n))
	for i := range p.shares {
		s := &p.shares[i]
		s.end.Store(int64((i + 1) * n / p.workers))
		s.next.Store(p.round<<32 | uint64(i*n/p.workers))
	}
	for w, wanted := 1, n-1; w < p.workers && wanted > 0; w, wanted = w+1, wanted-1 {
		if p.parked[w].CompareAndSwap(true, false) {
			p.wake[w-1] <- struct{}{}
		}
	}
	p.drain(0)
	p.wait()
	p.mu.Unlock()
}

// take hands out a task of the round in progress, if there is one left: of the worker's own share, or else of another. Shares are
// opened one after the other; until its own is, a worker leaves those of the others alone.
func (p *Pool) take(worker int) (f func(task, worker int), task int, ok bool) {
	own := p.shares[worker].next.Load()
	if own&closedRound == closedRound {
		return nil, 0, false
	}
	for i := range p.shares {
		q := &p.shares[(worker+i)%len(p.shares)]
		for {
			s := q.next.Load()
			if s>>32 != own>>32 || int64(s&closedRound) >= q.end.Load() {
				break
			}
			v := atomic.LoadPointer(&p.f)
			if q.next.CompareAndSwap(s, s+1) {
				return *(*func(task, worker int))(unsafe.Pointer(&v)), int(s & closedRound), true
			}
		}
	}
	return nil, 0, false
}

// drain runs tasks until none is left and tells whether it ran any.
func (p *Pool) drain(worker int) bool {
	did := int64(0)
	for {
		f, t, ok := p.take(worker)
		if !ok {
			break
		}
		f(t, worker)
		did++
	}
	if did > 0 && p.left.Add(-did) == 0 && p.waiting.CompareAndSwap(true, false) {
		p.done <- struct{}{}
	}
	return did > 0
}

// wait returns when all tasks of the round are done.
func (p *Pool) wait() {
	for i := 1; p.left.Load() > 0; i++ {
		if i < spins {
			idle(i)
			continue
		}
		p.waiting.Store(true)
		if p.left.Load() == 0 && p.waiting.CompareAndSwap(true, false) {
			return
		}
		<-p.done
	}
}

func idle(i int) {
	if i%yield == 0 {
		runtime.Gosched()
		return
	}
	par.Pause(pause)
}

func (p *Pool) work(w int, wake chan struct{}) {
	for i := 1; ; i++ {
		if p.drain(w) {
			i = 0
			continue
		}
		if i < spins {
			idle(i)
			continue
		}
		p.parked[w].Store(true)
		if p.idle() || !p.parked[w].CompareAndSwap(true, false) {
			if _, ok := <-wake; !ok {
				return
			}
		}
		i = 0
	}
}

// idle tells whether there is no task to take.
func (p *Pool) idle() bool {
	for i := range p.shares {
		if !p.shares[i].empty() {
			return false
		}
	}
	return true
}
