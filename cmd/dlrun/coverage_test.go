package main

import (
	"strings"
	"testing"

	"github.com/dlrun/dlrun/builder/layer"
)

// TestCoverage: every name of Keras' is there or has a reason, and no reason outlives what it was for.
func TestCoverage(t *testing.T) {
	used := make([]bool, len(reasons))
	groups := map[string]bool{}
	list := coverage()
	there := 0
	for _, c := range list {
		if c.Here == "" && c.Why == "" {
			t.Errorf("%s: %s is not there, and nothing says why", c.Group, c.Name)
		}
		if c.Here != "" {
			there++
			continue
		}
		if _, i := whyNot(c.Group, c.Name); i >= 0 {
			used[i] = true
		}
		for _, g := range pythonOnly {
			if strings.HasPrefix(c.Group, g[0]) {
				groups[g[0]] = true
			}
		}
	}
	for i, r := range reasons {
		if !used[i] && r.names != "*" {
			t.Errorf("the reason for %s of %s is no longer needed", r.names, r.group)
		}
	}
	for _, g := range pythonOnly {
		if !groups[g[0]] {
			t.Errorf("there is no group %s", g[0])
		}
	}
	if len(list) < 1150 || there < 500 {
		t.Errorf("%d of %d names are there", there, len(list))
	}
	for _, want := range []covered{
		{"layers / core", "Lambda", "layer lambda", ""},
		{"Optimizers (keras.optimizers)", "AdamW", "optimizer adamw", ""},
		{"Ops (keras.ops), names only", "logsumexp", "ops::logsumexp", ""},
		{"Callbacks (keras.callbacks)", "RemoteMonitor", "", "a file opens no network connection"},
	} {
		found := false
		for _, c := range list {
			found = found || c == want
		}
		if !found {
			t.Errorf("%v is missing", want)
		}
	}
}

// TestUncoveredArguments holds the list of arguments that are not there against the layers.
func TestUncoveredArguments(t *testing.T) {
	for _, u := range uncovered {
		if u.layers == "all" {
			continue
		}
		for _, l := range strings.Split(u.layers, ", ") {
			if !layer.Registry.Has(l) {
				t.Errorf("there is no layer %q", l)
				continue
			}
			for _, a := range strings.Split(u.arguments, ", ") {
				if layer.Registry.Describe(l).Arg(a) != nil {
					t.Errorf("layer %q has the argument %q: take it off the list", l, a)
				}
			}
		}
	}
}
