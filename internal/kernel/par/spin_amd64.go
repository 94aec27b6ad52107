package par

// Pause lets a loop that waits for another processor rest for about n times ten nanoseconds, n being
// positive, without giving its own processor away: the processor's other thread, where it has one,
// works on meanwhile.
func Pause(n int) { pause(n) }
