// Package par is how a kernel asks for its work to be spread over workers, without owning any.
//
// A kernel cuts its work into tasks by the shape of its operands alone, never by the number of workers;
// each task writes outputs that no other task touches. So the bits are the same for any Runner.
package par

// Runner runs the tasks of a kernel.
type Runner interface {
	// Workers returns how many tasks may run at the same time; at least 1.
	Workers() int
	// For calls f(task, worker) once for each task in 0..n-1, in any order and perhaps at the same time,
	// and returns when all calls have returned; what they wrote is then visible to the caller.
	// worker is in 0..Workers()-1, and two calls that run at the same time have different workers, so it
	// can choose private scratch memory. f must not call For.
	For(n int, f func(task, worker int))
}

// Serial is the Runner of one worker: the caller itself, in task order.
type Serial struct{}

// Workers returns 1.
func (Serial) Workers() int { return 1 }

// For calls f(0, 0), f(1, 0) and so on.
func (Serial) For(n int, f func(task, worker int)) {
	for i := range n {
		f(i, 0)
	}
}
