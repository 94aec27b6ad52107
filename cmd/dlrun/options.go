package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// twoDashes rewrites -name to --name, for pflag, which takes one dash for a run of shorthands (there
// are none). Values are left alone, and so is everything after a bare "--".
func twoDashes(root *cobra.Command, args []string) []string {
	takesValue := map[string]bool{}
	var gather func(c *cobra.Command)
	gather = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { takesValue[f.Name] = f.NoOptDefVal == "" })
		for _, sub := range c.Commands() {
			gather(sub)
		}
	}
	gather(root)
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(out, args[i:]...)
		}
		if len(a) < 2 || a[0] != '-' {
			out = append(out, a)
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if a == "-h" {
			a = "-help"
		}
		if a[1] != '-' {
			a = "-" + a
		}
		out = append(out, a)
		if takesValue[name] && !hasValue && i+1 < len(args) {
			i++
			out = append(out, args[i])
		}
	}
	return out
}

// settings are the values of a repeatable -var NAME=VALUE.
type settings map[string]string

func (s settings) String() string { return "" }

func (s settings) Type() string { return "name=value" }

func (s settings) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return usagef("NAME=VALUE is wanted, got %q", text)
	}
	s[name] = value
	return nil
}

// paths are the values of a repeatable option that takes a file.
type paths []string

func (p *paths) String() string { return "" }

func (p *paths) Type() string { return "file" }

func (p *paths) Set(text string) error {
	*p = append(*p, text)
	return nil
}
