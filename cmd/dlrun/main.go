// Command dlrun trains, evaluates and runs the deep-learning models that HCL files describe.
//
// This package is the only one that knows of a terminal: it turns arguments into one call of another
// package and shows what comes back, to a person or as JSON. Each command is one file, which says its
// name, its flags and its help; view.go holds how things are shown, root.go what all commands share.
//
// The words: the app is one invocation with its streams and environment; the view is how that
// invocation shows results (standard output) and everything else (standard error).
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	if memory := memoryBytes(); memory > 0 {
		debug.SetMemoryLimit(memory / 8 * 7) // rather collect garbage more often than be killed
	}
	ctx, interrupt := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		interrupt() // what runs finishes its step and saves
		<-signals
		os.Exit(exitInterrupted)
	}()
	os.Exit(execute(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
