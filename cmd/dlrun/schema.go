package main

import "github.com/spf13/cobra"

func schemaCommand(a *app) *cobra.Command {
	c := &cobra.Command{Use: "schema", Short: "x"}
	c.RunE = func(_ *cobra.Command, args []string) error { return nil }
	return c
}
