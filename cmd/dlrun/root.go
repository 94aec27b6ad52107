package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2 // the configuration or usage is wrong
	exitCheckFailed = 3
	exitDiffers     = 4 // of plan -detailed-exitcode
	exitInterrupted = 130
)

// app is one invocation: its environment and streams.
type app struct {
	env    map[string]string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	view   *view
	args   []string // as given, for the manifest
}

// execute carries out one command line and returns the exit code. ctx ends when the user interrupts.
func execute(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		// Go would exit with 2, which says that the user did something wrong.
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "Error: dlrun has a defect; please report it with this text: %v\n\n%s", p, debug.Stack())
			code = exitFailed
		}
	}()
	a := &app{env: map[string]string{}, stdin: stdin, stdout: stdout, stderr: stderr, args: append([]string{"dlrun"}, args...)}
	for _, e := range env {
		if k, v, ok := strings.Cut(e, "="); ok {
			a.env[k] = v
		}
	}
	a.view = newView(stdout, stderr, a.env)
	root := a.root()
	args = twoDashes(root, args)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	// Cobra would list likely commands in words of its own. (A shell's completion calls "__complete".)
	if _, _, err := root.Find(args); err != nil && !strings.HasPrefix(args[0], "__") {
		return a.view.exit(unknownCommand(root, args))
	}
	return a.view.exit(root.ExecuteContext(ctx))
}

func unknownCommand(root *cobra.Command, args []string) error {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return usagef("there is no command %q.%s", arg, schema.Suggest(arg, names))
		}
	}
	return usagef("a command is wanted.%s", schema.Suggest("", names))
}

// commands makes the commands; each stands in the file of its name.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		validateCommand(a), fitCommand(a), evaluateCommand(a), predictCommand(a), summaryCommand(a), graphCommand(a),
		planCommand(a), timeCommand(a), datasetsCommand(a), fmtCommand(a), schemaCommand(a), doctorCommand(a), versionCommand(a),
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "dlrun", Short: "Trains deep-learning models that HCL files describe.", Version: version,
		Long:          "dlrun trains, evaluates and runs deep-learning models that HCL files describe.",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cobra.EnableCommandSorting = false
	for _, c := range a.commands() {
		c.SilenceErrors, c.SilenceUsage, c.DisableFlagsInUseLine = true, true, true
		c.Flags().SortFlags = false
		c.Flags().BoolVar(&a.view.json, "json", false, "Write results as JSON.")
		root.AddCommand(c)
	}
	root.SetHelpCommand(helpCommand(root))
	root.SetVersionTemplate("dlrun {{.Version}}\n")
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if err := writeHelp(a.stdout, c); err != nil {
			a.view.failed = err
		}
	})
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagError(c, err) })
	root.PersistentFlags().Bool("help", false, "Show this help.")
	return root
}

// flagError says what is wrong with an option in the words of this program.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "-"+f.Name)
			}
		})
		return usagef("%s has no option -%s.%s", c.CommandPath(), unknown.GetSpecifiedName(), schema.Suggest("-"+unknown.GetSpecifiedName(), names))
	}
	var missing *pflag.ValueRequiredError
	if errors.As(err, &missing) {
		return usagef("option -%s needs a value", missing.GetSpecifiedName())
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		cause := errors.Unwrap(invalid)
		var u *usageError
		if errors.As(cause, &u) {
			return usagef("option -%s: %v", invalid.GetFlag().Name, u)
		}
		return usagef("option -%s: %s is wanted, got %q", invalid.GetFlag().Name, article(invalid.GetFlag().Value.Type()), invalid.GetValue())
	}
	return &usageError{err}
}

func article(typ string) string {
	switch typ {
	case "int", "int64":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a " + typ
}

// usageError is a mistake in how dlrun was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// oneFile is cobra's check that a command got exactly one file, called what in the message.
func oneFile(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] == "" { // an unset variable of a shell; not the working directory
			args = nil
		}
		switch len(args) {
		case 0:
			return usagef("%s needs %s; \"%s -help\" shows how", c.CommandPath(), what, c.CommandPath())
		case 1:
			return nil
		}
		return usagef("%s takes one argument, %s, got %d: %s", c.CommandPath(), what, len(args), strings.Join(args, " "))
	}
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %s", c.CommandPath(), strings.Join(args, " "))
	}
	return nil
}

// exitCode is the code that an error means.
func exitCode(err error) int {
	var (
		usage   *usageError
		diags   *diagnosedError
		exists  *run.ExistsError
		held    *durable.LockedError
		changed *train.ChangedError
		stale   *train.StaleError
		code    codeError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &diags) && diags.data:
		return exitFailed
	case errors.As(err, &usage), errors.As(err, &diags), errors.As(err, &exists), errors.As(err, &held), errors.As(err, &changed), errors.As(err, &stale):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

// codeError ends the program with a code after everything was said.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
