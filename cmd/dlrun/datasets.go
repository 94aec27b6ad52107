package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/datasets"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/fetch"
)

// setStore is the folder of data sets, nil where there is none. DLRUN_DATASETS_MIRROR is looked at before the
// addresses that sets were published at.
func (a *app) setStore() *datasets.Store {
	dir := a.cacheDir()
	if dir == "" {
		return nil
	}
	return &datasets.Store{Dir: filepath.Join(dir, "datasets"), Client: &fetch.Client{
		Mirror: a.env["DLRUN_DATASETS_MIRROR"], Offline: a.offline(), Note: func(text string) { a.view.say("%s", text) },
	}}
}

// offline tells whether DLRUN_OFFLINE says that nothing is to be fetched.
func (a *app) offline() bool { return a.env["DLRUN_OFFLINE"] != "" && a.env["DLRUN_OFFLINE"] != "0" }

// downloads brings the files that a dataset is read from, and returns their folder.
func (a *app) downloads(ctx context.Context, all []*dsl.Download) (string, error) {
	st := a.setStore()
	if st == nil {
		return "", errors.New("there is no folder for data sets: DLRUN_CACHE names one")
	}
	return st.Downloads(ctx, downloadsOf(all))
}

func downloadsOf(all []*dsl.Download) []datasets.Download {
	var out []datasets.Download
	for _, d := range all {
		out = append(out, datasets.Download{Name: d.Name, Addresses: d.Addresses, SHA256: d.SHA256, Size: d.Size, Unpack: d.Unpack, Unpacked: d.Unpacked})
	}
	return out
}

func (a *app) useDataSets() { datasets.Use(a.setStore()) }

// setResult is a data set as datasets -json shows it.
type setResult struct {
	Name    string   `json:"name"`
	Summary string   `json:"summary"`
	Licence string   `json:"licence"`
	Home    string   `json:"home"`
	State   string   `json:"state"` // embedded, fetched or absent
	Paths   []string `json:"paths,omitempty"`
	Error   string   `json:"error,omitempty"`
}

func describeSet(st *datasets.Store, s *datasets.Set) setResult {
	r := setResult{Name: s.Name, Summary: s.Summary, Licence: s.Licence, Home: s.Home, State: "absent"}
	switch {
	case s.Embedded():
		r.State = "embedded"
	case st != nil && st.Has(s):
		r.State = "fetched"
		for _, f := range s.Files {
			r.Paths = append(r.Paths, st.Path(s, f))
		}
	}
	return r
}

func datasetsCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "datasets ACTION [NAME] [PATH] [options]",
		Short: "List, fetch, import and verify the data sets that dlrun knows.",
		Long: "Deals with the data sets that dlrun knows by name:\n\n" +
			"  list                what there is, and whether it is embedded, fetched or absent\n" +
			"  fetch NAME...       bring the files, verified, from DLRUN_DATASETS_MIRROR or where they were published\n" +
			"  fetch FILE          the same for the download blocks of a model file's datasets\n" +
			"  import NAME PATH    take them from a file or folder of this machine\n" +
			"  verify [NAME...]    compare what was fetched with what was published\n" +
			"  verify FILE         the same for the download blocks of a model file's datasets\n" +
			"  path NAME           say where the files are\n" +
			"  show FILE           write an HTML page of examples of a model file's data as the model gets them: after their\n" +
			"                      transforms, and as augmentations change them in the first epochs\n\n" +
			"DLRUN_DATASETS_MIRROR is a folder, or the address of one, with files of the published names. A transfer\n" +
			"that broke off goes on where it ended. With DLRUN_OFFLINE=1 no connection is opened: files come from folders, or were fetched\n" +
			"before. Files are kept in DLRUN_CACHE, or the user's folder for caches.",
		Example: "dlrun datasets list\ndlrun datasets fetch fashion_mnist\nDLRUN_DATASETS_MIRROR=/media/sets dlrun datasets fetch cifar10\ndlrun datasets import fashion_mnist /usr/share/datasets/fashion-mnist\ndlrun datasets show model.hcl -rows 20",
	}
	m, show := a.bindShow(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("dlrun datasets needs an action: list, fetch, import, verify, path or show")
		}
		if args[0] == "show" {
			return show(c.Context(), args[1:])
		}
		action, names := args[0], args[1:]
		if (action == "fetch" || action == "verify") && len(names) == 1 && isModelFile(names[0]) {
			return a.userDownloads(c.Context(), m, action, names[0])
		}
		actions := []string{"list", "fetch", "import", "verify", "path", "show"}
		from := ""
		switch action {
		case "list":
			if len(names) > 0 {
				return usagef("dlrun datasets list takes no names, got %s", names[0])
			}
		case "fetch":
			if len(names) == 0 {
				return usagef("dlrun datasets fetch needs the name of a set")
			}
		case "import":
			if len(names) != 2 {
				return usagef("dlrun datasets import needs the name of a set and the path of its files")
			}
			names, from = names[:1], names[1]
		case "path":
			if len(names) != 1 {
				return usagef("dlrun datasets path needs the name of a set")
			}
		case "verify":
		default:
			return usagef("dlrun datasets has no action %q.%s", action, schema.Suggest(action, actions))
		}
		sets, err := pickSets(names)
		if err != nil {
			return err
		}
		st := a.setStore()
		if st == nil && action != "list" {
			return errors.New("there is no folder for data sets: DLRUN_CACHE names one")
		}
		results, failed := []setResult{}, error(nil)
		for _, s := range sets {
			var err error
			switch {
			case s.Embedded() || action == "list":
			case action == "fetch":
				err = st.Fetch(c.Context(), s)
			case action == "import":
				err = st.Import(c.Context(), s, from)
			case action == "verify":
				if len(names) == 0 && !st.Has(s) {
					continue
				}
				err = st.Verify(s)
			case action == "path" && !st.Has(s):
				err = fmt.Errorf("the set %q is not on this machine: %w; \"dlrun datasets fetch %s\" brings it", s.Name, fs.ErrNotExist, s.Name)
			}
			r := describeSet(st, s)
			if err != nil {
				r.Error, failed = err.Error(), errors.Join(failed, err)
			}
			results = append(results, r)
			a.showSet(action, r)
		}
		a.view.result(results)
		return failed
	}
	return c
}

func pickSets(names []string) ([]*datasets.Set, error) {
	if len(names) == 0 {
		return datasets.All(), nil
	}
	var out []*datasets.Set
	for _, name := range names {
		s := datasets.Find(name)
		if s == nil {
			var known []string
			for _, s := range datasets.All() {
				known = append(known, s.Name)
			}
			return nil, usagef("there is no data set %q.%s", name, schema.Suggest(name, known))
		}
		out = append(out, s)
	}
	return out, nil
}

func (a *app) showSet(action string, r setResult) {
	switch {
	case r.Error != "":
	case action == "list":
		a.view.printf("%-20s %-9s %s Licence: %s.", r.Name, r.State, r.Summary, r.Licence)
	case action == "path" && len(r.Paths) > 0:
		for _, p := range r.Paths {
			a.view.printf("%s", p)
		}
	case action == "verify" && r.State == "fetched":
		a.view.printf("%s: as published", r.Name)
	default:
		a.view.printf("%s: %s", r.Name, r.State)
	}
}
