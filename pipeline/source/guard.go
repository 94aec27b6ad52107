package source

import (
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Guarded calls f, which reads a file with a library that panics on damaged ones, and makes an error of
// that. f must do its work on the goroutine that it is called on.
func Guarded(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case errFullPanic:
			err = errFull(p.need, p.limit)
		case error:
			err = fmt.Errorf("the file is damaged: %w", p)
		default:
			err = fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	return f()
}

// Allocator gives memory to libraries that allocate what a file asks for, up to a limit; beyond it, it
// panics with what Guarded makes an error of.
type Allocator struct {
	Limit int64 // bytes
	used  int64
}

type errFullPanic struct{ need, limit int64 }

// Reset forgets what was given out.
func (a *Allocator) Reset() { a.used = 0 }

func (a *Allocator) take(n int) {
	if a.used += int64(n); a.used > a.Limit {
		panic(errFullPanic{a.used, a.Limit})
	}
}

// Allocate returns zeroed memory.
func (a *Allocator) Allocate(size int) []byte {
	if size < 0 {
		panic(errors.New("a size below zero"))
	}
	a.take(size)
	return memory.DefaultAllocator.Allocate(size)
}

// Reallocate returns b with another size.
func (a *Allocator) Reallocate(size int, b []byte) []byte {
	if size < 0 {
		panic(errors.New("a size below zero"))
	}
	a.take(size - len(b))
	return memory.DefaultAllocator.Reallocate(size, b)
}

// Free leaves the memory to the garbage collector.
func (a *Allocator) Free(b []byte) { a.used -= int64(len(b)) }
