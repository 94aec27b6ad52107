package cpu

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestPoolRunsEachTaskOnce counts the tasks of rounds of many sizes, with pauses so that workers park.
func TestPoolRunsEachTaskOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		p := NewPool(workers)
		var ran [40]atomic.Int32
		var busy [8]atomic.Bool
		for round := range 300 {
			n := round * 7 % (len(ran) + 1)
			for i := range ran {
				ran[i].Store(0)
			}
			p.For(n, func(task, worker int) {
				if worker < 0 || worker >= workers || !busy[worker].CompareAndSwap(false, true) {
					t.Errorf("two tasks on worker %d of %d", worker, workers)
				}
				ran[task].Add(1)
				busy[worker].Store(false)
			})
			for i := range ran {
				want := int32(0)
				if i < n {
					want = 1
				}
				if got := ran[i].Load(); got != want {
					t.Fatalf("%d workers, round %d of %d tasks: task %d ran %d times", workers, round, n, i, got)
				}
			}
			if round%60 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		p.Close()
	}
}

// TestPoolWorksInParallel fails if a task waits for one that another worker could run.
func TestPoolWorksInParallel(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one processor")
	}
	p := NewPool(2)
	defer p.Close()
	for range 20 {
		var there atomic.Int32
		var late atomic.Bool
		p.For(2, func(int, int) {
			there.Add(1)
			for end := time.Now().Add(5 * time.Second); there.Load() < 2; runtime.Gosched() {
				if time.Now().After(end) {
					late.Store(true)
					return
				}
			}
		})
		if late.Load() {
			t.Fatal("the second worker ran no task within five seconds")
		}
	}
}

// TestClosedPoolEnds counts goroutines.
func TestClosedPoolEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		p := NewPool(4)
		p.For(8, func(int, int) {})
		p.Close()
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func BenchmarkFor(b *testing.B) {
	p := NewPool(2)
	defer p.Close()
	var sum [2][16]int
	f := func(_, worker int) { sum[worker][0]++ }
	for b.Loop() {
		p.For(8, f)
	}
}

func TestPoolGivesEachWorkerItsShare(t *testing.T) {
	const workers, each = 3, 4
	p := NewPool(workers)
	defer p.Close()
	for range 200 {
		var who [workers * each]int
		var first sync.WaitGroup
		first.Add(workers)
		p.For(len(who), func(task, worker int) {
			who[task] = worker
			if task%each == 0 { // nobody takes of another share before all have begun with their own
				first.Done()
				first.Wait()
			}
		})
		for w := range workers {
			if got := who[w*each]; got != w {
				t.Fatalf("worker %d began with task %d, which is of worker %d's share", got, w*each, w)
			}
		}
	}
}
