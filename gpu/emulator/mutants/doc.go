// Package mutants tests the emulator: that it finds the mistakes it is there to find. Its test runs with -tags cuda.
package mutants
