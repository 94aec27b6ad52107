package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeHelp shows what a command does and takes.
func writeHelp(w io.Writer, c *cobra.Command) error {
	var b strings.Builder
	text := c.Long
	if text == "" {
		text = c.Short
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n", strings.TrimSpace(text))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND [options]\n\nCommands:\n", c.CommandPath())
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-10s %s\n", sub.Name(), sub.Short)
			}
		}
		fmt.Fprintf(&b, "\n\"%s COMMAND -help\" says more about one.\n", c.CommandPath())
	} else {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
		if c.Example != "" {
			fmt.Fprintf(&b, "\nExamples:\n%s\n", indent(c.Example))
		}
		fmt.Fprintf(&b, "\nOptions, with one dash or two, before or after the file:\n%s", optionsHelp(c))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// helpCommand makes "dlrun help COMMAND", which is "dlrun COMMAND -help".
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Show what a command does and takes.", SilenceErrors: true, SilenceUsage: true,
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, args)
			}
			return c.Help()
		},
	}
}

// optionsHelp lists a command's options in columns.
func optionsHelp(c *cobra.Command) string {
	var names, texts []string
	width := 0
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		what, usage := pflag.UnquoteUsage(f)
		name := "-" + f.Name
		if what != "" {
			name += " " + what
		}
		names, texts = append(names, name), append(texts, usage)
		width = max(width, len(name))
	})
	var b strings.Builder
	for i := range names {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, names[i], texts[i])
	}
	return b.String()
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}
