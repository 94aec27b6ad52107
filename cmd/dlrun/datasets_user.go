package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// isModelFile tells whether an argument is a model file or a directory of them rather than the name of a set.
func isModelFile(arg string) bool {
	info, err := os.Stat(arg)
	return strings.HasSuffix(arg, ".hcl") || strings.HasSuffix(arg, ".hcl.json") || err == nil && info.IsDir()
}

// downloadResult is what datasets -json shows of a dataset with download blocks.
type downloadResult struct {
	Dataset string   `json:"dataset"`
	Licence []string `json:"licences"`
	State   string   `json:"state"` // fetched, verified or failed
	Folder  string   `json:"folder,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// userDownloads fetches or verifies what the datasets of a model file download.
func (a *app) userDownloads(ctx context.Context, m *modelFile, action, path string) error {
	if err := needFile(path); err != nil {
		return err
	}
	m.path = path
	p, _, err := m.check()
	if err != nil {
		return err
	}
	st := a.setStore()
	if st == nil {
		return errors.New("there is no folder for data sets: DLRUN_CACHE names one")
	}
	results, failed := []downloadResult{}, error(nil)
	for _, d := range p.Doc.Datasets {
		if len(d.Downloads) == 0 {
			continue
		}
		r := downloadResult{Dataset: d.Name, State: "fetched"}
		for _, w := range d.Downloads {
			r.Licence = append(r.Licence, w.Licence)
		}
		var err error
		if action == "fetch" {
			r.Folder, err = st.Downloads(ctx, downloadsOf(d.Downloads))
		} else {
			r.State, err = "verified", st.VerifyDownloads(downloadsOf(d.Downloads))
		}
		if err != nil {
			r.State, r.Error = "failed", err.Error()
			failed = errors.Join(failed, fmt.Errorf("dataset %q: %w", d.Name, err))
		} else {
			a.view.printf("dataset %q: %s. Licence: %s.", d.Name, r.State, strings.Join(r.Licence, ", "))
		}
		results = append(results, r)
	}
	if len(results) == 0 {
		return fmt.Errorf("no dataset of %s has a download block", path)
	}
	a.view.result(results)
	return failed
}
