package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/term"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/train"
)

// view shows things: results on standard output, as text or as JSON, and everything else on standard
// error. Colours and lines that are redrawn are for terminals only.
type view struct {
	out, err io.Writer
	json     bool
	quiet    bool       // errors only
	live     bool       // standard error is a terminal, where a line can be redrawn
	colour   bool       // of standard error
	width    func() int // of the terminal, or 0 where lines are not wrapped

	shown  map[string]bool // diagnostics that were written already
	failed error           // the first failure to write a result
	done   bool            // the JSON result that also tells of failure was written
}

func newView(stdout, stderr io.Writer, env map[string]string) *view {
	v := &view{out: stdout, err: stderr, width: func() int { return 0 }, shown: map[string]bool{}}
	f, ok := stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || env["TERM"] == "dumb" {
		return v
	}
	v.live = true
	v.width = func() int {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
		return 80
	}
	v.colour = env["NO_COLOR"] == "" && enableEscapes(f)
	return v
}

// The colours that are used, as ANSI numbers.
const (
	red   = "31"
	green = "32"
)

// paint colours text meant for standard error.
func (v *view) paint(colour, text string) string {
	if !v.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// printf writes a line of the result for a person; -json and -quiet keep it back.
func (v *view) printf(format string, args ...any) {
	if v.json || v.quiet {
		return
	}
	v.write(fmt.Appendf(nil, format+"\n", args...))
}

// result writes the result for a program, if one was asked for.
func (v *view) result(value any) {
	if !v.json {
		return
	}
	v.encode(value, "  ")
}

// event writes one line of a result that comes in lines.
func (v *view) event(value any) {
	if !v.json {
		return
	}
	v.encode(value, "")
}

func (v *view) encode(value any, indent string) {
	enc := json.NewEncoder(writerFunc(func(b []byte) (int, error) { v.write(b); return len(b), nil }))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(value); err != nil && v.failed == nil {
		v.failed = fmt.Errorf("write the result: %w", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// write writes to standard output and remembers the first failure, which exit reports.
func (v *view) write(b []byte) {
	if v.failed != nil {
		return
	}
	if _, err := v.out.Write(b); err != nil {
		v.failed = fmt.Errorf("write the result: %w", err)
	}
}

// say writes a line to standard error. Where that fails there is nowhere left to say so.
func (v *view) say(format string, args ...any) {
	fmt.Fprintf(v.err, format+"\n", args...)
}

// note says something that -quiet keeps back.
func (v *view) note(format string, args ...any) {
	if !v.quiet {
		v.say(format, args...)
	}
}

// diagnose writes diagnostics to standard error, each once, and returns an error where one of them is.
func (v *view) diagnose(diags hcl.Diagnostics, files map[string]*hcl.File) error {
	var fresh hcl.Diagnostics
	for _, d := range diags {
		if d.Severity == hcl.DiagWarning && v.quiet {
			continue
		}
		key := d.Error() + d.Detail
		if v.shown[key] {
			continue
		}
		v.shown[key] = true
		fresh = append(fresh, d)
	}
	if len(fresh) > 0 {
		if err := dsl.WriteDiagnostics(v.err, fresh, files, v.width(), v.colour); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return &diagnosedError{diags: diags}
	}
	return nil
}

// outcome shows the diagnostics of a computation and returns what of it is the command's error.
func (v *view) outcome(diags hcl.Diagnostics, files map[string]*hcl.File, err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled // the diagnostics are of what was cut short
	}
	shown := v.diagnose(diags, files)
	var diagnosed *diagnosedError
	if !errors.As(shown, &diagnosed) {
		return errors.Join(shown, err)
	}
	diagnosed.data = errors.Is(err, train.ErrData)
	return diagnosed
}

// diagnosedError is a mistake in the files that was shown already.
type diagnosedError struct {
	diags hcl.Diagnostics
	data  bool // it is in the data, and the model file may be right
}

func (e *diagnosedError) Error() string {
	n := 0
	for _, d := range e.diags {
		if d.Severity == hcl.DiagError {
			n++
		}
	}
	return plural(n, "error")
}

// failure is what -json writes for a command that did not do what it was asked.
type failure struct {
	Error       string `json:"error"`
	ExitCode    int    `json:"exit_code"`
	Diagnostics any    `json:"diagnostics,omitempty"`
}

// exit says what went wrong, if anything, and returns the exit code.
func (v *view) exit(err error) int {
	if err == nil {
		err = v.failed
	}
	code := exitCode(err)
	var diagnosed *diagnosedError
	var told codeError
	switch {
	case err == nil || errors.As(err, &told):
		return code
	case code == exitInterrupted:
		v.say("Interrupted.")
	case !errors.As(err, &diagnosed):
		v.say("%s %s", v.paint(red, "Error:"), strings.TrimSpace(err.Error()))
	}
	if v.json && !v.done {
		f := failure{Error: err.Error(), ExitCode: code}
		if diagnosed != nil {
			f.Diagnostics = dsl.DiagnosticsJSON(diagnosed.diags)
		}
		v.encode(f, "  ")
	}
	return code
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", grouped(n), what)
}

// grouped writes a number with its thousands apart: 669,706.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
