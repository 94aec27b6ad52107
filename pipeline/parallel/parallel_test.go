package parallel

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// count returns a next that gives 0 to n-1.
func count(n int) func() (int, bool) {
	i := -1
	return func() (int, bool) {
		i++
		return i, i < n
	}
}

func TestOrdered(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 7} {
		for _, n := range []int{0, 1, 3, 100} {
			var got []int
			err := Ordered(context.Background(), workers, count(n), func(i int) int {
				time.Sleep(time.Duration(i*7919%13) * time.Microsecond)
				return i * i
			}, func(x int) bool {
				got = append(got, x)
				return true
			})
			if err != nil || len(got) != n {
				t.Fatalf("%d workers: %d of %d, %v", workers, len(got), n, err)
			}
			for i, x := range got {
				if x != i*i {
					t.Fatalf("%d workers: %v", workers, got)
				}
			}
		}
	}
}

func TestOrderedStops(t *testing.T) {
	var made atomic.Int64
	endless := func() (int, bool) { return int(made.Add(1)), true }
	seen := 0
	if err := Ordered(context.Background(), 3, endless, func(i int) int { return i }, func(int) bool {
		seen++
		return seen < 5
	}); err != nil || seen != 5 {
		t.Errorf("%d %v", seen, err)
	}
	// Pieces are asked for only a little ahead of a consumer who is slow.
	if n := made.Load(); n > 5+3+3+3 {
		t.Errorf("%d pieces were asked for", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := Ordered(ctx, 2, endless, func(i int) int { return i }, func(i int) bool {
		if seen++; seen == 20 {
			cancel()
		}
		return true
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestEach(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 7} {
		done := make([]atomic.Int64, 100)
		if err := Each(context.Background(), workers, 100, func(worker, i int) error {
			if worker < 0 || worker >= max(1, workers) {
				return fmt.Errorf("worker %d", worker)
			}
			done[i].Add(1)
			return nil
		}); err != nil {
			t.Error(err)
		}
		for i := range done {
			if done[i].Load() != 1 {
				t.Fatalf("%d workers: %d was done %d times", workers, i, done[i].Load())
			}
		}
		err := Each(context.Background(), workers, 100, func(_, i int) error {
			if i%10 == 7 {
				time.Sleep(time.Duration(100-i) * time.Microsecond)
				return fmt.Errorf("at %d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "at 7" {
			t.Errorf("%d workers: %v", workers, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := Each(ctx, workers, 3, func(int, int) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
