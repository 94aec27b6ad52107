package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is that of the language and the program. What has not been released yet counts, for
// required_version, as the release it comes before.
const version = "0.1.0-dev"

// versionResult is what version -json writes.
type versionResult struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Revision string `json:"revision,omitempty"` // of the source, where the build recorded it
	Modified bool   `json:"modified,omitempty"` // the source differed from that revision
}

func versionCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "version [options]",
		Short: "Say which version this is.",
		Args:  noArguments,
	}
	c.RunE = func(*cobra.Command, []string) error {
		v := thisVersion()
		a.view.result(v)
		a.view.printf("dlrun %s", v.Version)
		a.view.printf("%s, %s/%s", v.Go, v.OS, v.Arch)
		if v.Revision != "" {
			state := ""
			if v.Modified {
				state = ", modified"
			}
			a.view.printf("revision %s%s", v.Revision, state)
		}
		return nil
	}
	return c
}

func thisVersion() versionResult {
	v := versionResult{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Revision = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	return v
}
