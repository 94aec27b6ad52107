package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/durable"
)

// fmtOptions are the options of fmt.
type fmtOptions struct{ check, diff, recursive bool }

func fmtCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "fmt FILE|DIR... [options]",
		Short: "Lay out model files in the one standard way.",
		Long: "Lays out model files in the one standard way and lists those it changed. Of a directory it takes the\n" +
			"*.hcl and *.dlvars files in it. \"-\" reads standard input and writes standard output.",
		Example: "dlrun fmt model.hcl\ndlrun fmt -check -diff models\ndlrun fmt -recursive .",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("dlrun fmt needs files or directories, or - for standard input")
			}
			return nil
		},
	}
	var o fmtOptions
	c.Flags().BoolVar(&o.check, "check", false, "Change nothing; exit with 3 where a file is laid out otherwise.")
	c.Flags().BoolVar(&o.diff, "diff", false, "Show the changes.")
	c.Flags().BoolVar(&o.recursive, "recursive", false, "Of a directory, take the folders below it too, but for those that begin with a dot.")
	c.RunE = func(c *cobra.Command, args []string) error { return a.format(c.Context(), args, o) }
	return c
}

// fmtResult is what fmt -json writes.
type fmtResult struct {
	Files   int      `json:"files"`   // that were looked at
	Changed []string `json:"changed"` // or that -check would have changed
	Diff    string   `json:"diff,omitempty"`
}

func (a *app) format(ctx context.Context, args []string, o fmtOptions) error {
	result := fmtResult{Changed: []string{}}
	var failed error
	for _, arg := range args {
		if arg == "-" {
			if err := a.formatInput(ctx, o, &result); err != nil {
				return err
			}
			continue
		}
		files, err := sources(arg, o.recursive)
		if err != nil {
			return err
		}
		for _, file := range files {
			// One file that cannot be parsed does not keep the others from being laid out.
			if err := a.formatFile(file, o, &result); err != nil {
				var diagnosed *diagnosedError
				if !errors.As(err, &diagnosed) {
					return err
				}
				failed = err
			}
		}
	}
	if failed != nil {
		return failed
	}
	a.view.result(result)
	if o.check && len(result.Changed) > 0 {
		return codeError(exitCheckFailed)
	}
	return nil
}

// sources are the files that an argument of fmt stands for. Links to folders are not followed, so that there is an end.
func sources(arg string, recursive bool) ([]string, error) {
	info, err := os.Stat(arg)
	if err != nil {
		return nil, &usageError{err}
	}
	if !info.IsDir() {
		if strings.HasSuffix(arg, ".json") {
			return nil, usagef("%s is JSON; fmt lays out HCL's own syntax only", arg)
		}
		return []string{arg}, nil
	}
	entries, err := os.ReadDir(arg)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if recursive && e.IsDir() && !strings.HasPrefix(name, ".") {
			below, err := sources(filepath.Join(arg, name), true)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
			continue
		}
		if !e.IsDir() && !strings.HasPrefix(name, ".") && (strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".dlvars")) {
			out = append(out, filepath.Join(arg, name))
		}
	}
	return out, nil
}

func (a *app) formatFile(path string, o fmtOptions, result *fmtResult) error {
	src, err := readSource(path)
	if err != nil {
		return err
	}
	out, changed, err := a.laidOut(path, src, result)
	if err != nil || !changed {
		return err
	}
	a.view.printf("%s", path)
	a.showDiff(path, src, out, o, result)
	if o.check {
		return nil
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(out)
		return err
	})
}

func (a *app) formatInput(ctx context.Context, o fmtOptions, result *fmtResult) error {
	src, err := readAll(ctx, a.stdin)
	if err != nil {
		return err
	}
	out, changed, err := a.laidOut("<stdin>", src, result)
	if err != nil {
		return err
	}
	if changed {
		a.showDiff("<stdin>", src, out, o, result)
	}
	if !o.check && !o.diff && !a.view.json {
		a.view.write(out)
	}
	return nil
}

// laidOut lays out one text and notes whether that changes it.
func (a *app) laidOut(name string, src []byte, result *fmtResult) ([]byte, bool, error) {
	out, diags := dsl.Format(name, src)
	if err := a.view.diagnose(diags, map[string]*hcl.File{name: {Bytes: src}}); err != nil {
		return nil, false, err
	}
	result.Files++
	if bytes.Equal(src, out) {
		return out, false, nil
	}
	result.Changed = append(result.Changed, name)
	return out, true, nil
}

func (a *app) showDiff(name string, src, out []byte, o fmtOptions, result *fmtResult) {
	if !o.diff {
		return
	}
	d := diff.Diff(name, src, name+" (laid out)", out)
	result.Diff += string(d)
	if !a.view.json {
		a.view.write(d)
	}
}

// maxInput is the most that is read of a file or standard input, in bytes.
const maxInput = 1 << 20

// readSource reads a regular file of at most maxInput bytes.
func readSource(path string) (_ []byte, err error) {
	f, size, err := durable.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if size > maxInput {
		return nil, fmt.Errorf("%s has %d bytes; a model file has at most %d", path, size, maxInput)
	}
	return io.ReadAll(io.LimitReader(f, maxInput))
}

// readAll reads a text from r until its end, or until ctx is done: r may be a person at a terminal.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type read struct {
		text []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(r, maxInput+1))
		done <- read{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-done:
		if got.err == nil && len(got.text) > maxInput {
			return nil, fmt.Errorf("standard input has more than %d bytes", maxInput)
		}
		return got.text, got.err
	}
}
