//go:build !amd64

package par

import "sync/atomic"

var spun atomic.Uint32

// Pause lets a loop that waits for another processor rest for about n times ten nanoseconds, n being
// positive, without giving its own processor away.
func Pause(n int) {
	for range 8 * n {
		spun.Load()
	}
}
