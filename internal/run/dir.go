package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dlrun/dlrun/internal/durable"
)

// The files of a run directory.
const (
	ManifestFile   = "manifest.json"
	MetricsFile    = "metrics.jsonl"
	HistoryFile    = "history.csv"
	StepsFile      = "steps.jsonl"
	BundleFile     = "model.dlrun"
	CheckpointsDir = "checkpoints"
)

// DefaultRoot is the folder of numbered run directories where the user names none.
const DefaultRoot = "runs"

// marks are the names whose presence says that a directory holds a run.
var marks = []string{ManifestFile, MetricsFile, StepsFile, BundleFile, CheckpointsDir}

// Options say which directory a run gets.
type Options struct {
	Path   string // the directory itself; empty for the default, ROOT/NAME/0001 and so on
	Root   string // empty for DefaultRoot
	Name   string // the run's name, made safe for a folder by SafeName
	Resume bool   // continue the run that the directory holds; by default the latest of the name
}

// An ExistsError says that a directory holds a run already and -resume was not given.
type ExistsError struct {
	Dir    string
	Status Status // empty where it cannot be told
}

func (e *ExistsError) Error() string {
	status := ""
	if e.Status != "" {
		status = fmt.Sprintf(" (%s)", e.Status)
	}
	return fmt.Sprintf("directory %s already holds a run%s; continue it with -resume, or choose another directory with -run-dir", e.Dir, status)
}

// A Dir is an open run directory. No other process can open it until it is closed.
type Dir struct {
	Path string

	// Previous is the manifest of the run that the directory held when it was opened with Resume; nil where there
	// was none, and the run starts anew.
	Previous *Manifest

	resume   bool
	lock     *durable.DirLock
	logs     *Logs
	children map[string]string // Sub's names, lower case, to catch two that are one folder
	damaged  map[string]bool   // checkpoints that LatestCheckpoint could not use
}

// Open makes or opens the directory that o names and locks it. Without o.Resume a directory that holds a run is an
// *ExistsError; one that another process holds is a *durable.LockedError either way. With o.Resume, where there is no
// run one is started. Temporary files of killed processes are removed.
func Open(o Options) (*Dir, error) {
	path := o.Path
	if path == "" {
		var err error
		if path, err = defaultPath(o); err != nil {
			return nil, fmt.Errorf("run directory: %w", err)
		}
	}
	return open(path, o.Resume)
}

func open(path string, resume bool) (_ *Dir, err error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("run directory: %s is a file", path)
	}
	// Asked before anything is made, so that a refusal leaves no trace, and again under the lock.
	if !resume {
		if err := checkEmpty(path); err != nil {
			return nil, err
		}
	}
	if err := durable.MkdirAll(path); err != nil {
		return nil, err
	}
	lock, err := durable.Lock(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{Path: path, resume: resume, lock: lock, children: map[string]string{}, damaged: map[string]bool{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if !resume {
		if err := checkEmpty(path); err != nil {
			return nil, err
		}
	}
	for _, folder := range []string{path, d.File(CheckpointsDir)} {
		if _, err := durable.RemoveTemporary(folder); err != nil {
			return nil, err
		}
	}
	if d.Previous, err = ReadManifest(d.File(ManifestFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d, nil
}

// checkEmpty returns an *ExistsError where path, or a folder directly in it (a file of several trains has one for
// each), holds a run.
func checkEmpty(path string) error {
	holds, err := holdsRun(path)
	if err != nil || holds {
		return existsError(path, err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("run directory: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if _, err := os.Lstat(filepath.Join(path, e.Name(), ManifestFile)); err == nil {
			return existsError(path, nil)
		}
	}
	return nil
}

func existsError(path string, err error) error {
	if err != nil {
		return fmt.Errorf("run directory: %w", err)
	}
	exists := &ExistsError{Dir: path}
	// The status only rounds off the message; a manifest that cannot be read is an error once the run is resumed.
	if m, err := ReadManifest(filepath.Join(path, ManifestFile)); err == nil {
		exists.Status = m.Status
	}
	return exists
}

func holdsRun(path string) (bool, error) {
	for _, name := range marks {
		switch _, err := os.Lstat(filepath.Join(path, name)); {
		case err == nil:
			return true, nil
		case !errors.Is(err, fs.ErrNotExist):
			return false, err
		}
	}
	return false, nil
}

// defaultPath returns ROOT/NAME/NNNN: a new folder with the number after the highest there is, or with Resume the
// highest.
func defaultPath(o Options) (string, error) {
	root, name := o.Root, o.Name
	if root == "" {
		root = DefaultRoot
	}
	if name == "" {
		name = "run"
	}
	base := filepath.Join(root, SafeName(name))
	if err := durable.MkdirAll(base); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(base)
	if err != nil {
		return "", err
	}
	highest, latest := 0, ""
	for _, e := range entries {
		// Only what this function makes: "+1" and "1" are numbers to Atoi but not folders of runs.
		n, err := strconv.Atoi(e.Name())
		if err == nil && n > highest && e.IsDir() && e.Name() == number(n) {
			highest, latest = n, e.Name()
		}
	}
	if o.Resume && latest != "" {
		return filepath.Join(base, latest), nil
	}
	for n := highest + 1; ; n++ {
		path := filepath.Join(base, number(n))
		err := os.Mkdir(path, 0o777)
		if errors.Is(err, fs.ErrExist) { // another run has just taken it, or a file has the name
			continue
		}
		if err != nil {
			return "", err
		}
		return path, durable.SyncDir(base)
	}
}

func number(n int) string { return fmt.Sprintf("%04d", n) }

// Sub opens the directory of one of several trains inside d, by the train's name, under the same rules as d itself.
// It has its own lock and must be closed before d.
func (d *Dir) Sub(name string) (*Dir, error) {
	folder := SafeName(name)
	if other, ok := d.children[strings.ToLower(folder)]; ok && other != name {
		return nil, fmt.Errorf("run directory: %q and %q would share the folder %s; rename one", other, name, d.File(folder))
	}
	sub, err := open(d.File(folder), d.resume)
	if err != nil {
		return nil, err
	}
	d.children[strings.ToLower(folder)] = name
	return sub, nil
}

// File returns the path of name in the directory; name may have several elements, divided by '/'.
func (d *Dir) File(name string) string { return filepath.Join(d.Path, filepath.FromSlash(name)) }

// WriteManifest replaces manifest.json.
func (d *Dir) WriteManifest(m *Manifest) error { return WriteManifest(d.File(ManifestFile), m) }

// WriteBundle replaces model.dlrun.
func (d *Dir) WriteBundle(b *Bundle) error { return WriteBundle(d.File(BundleFile), b) }

// Close flushes and closes the logs and lets the directory go. A second call does nothing.
func (d *Dir) Close() error {
	var err error
	if d.logs != nil {
		err = d.logs.close()
		d.logs = nil
	}
	return errors.Join(err, d.lock.Unlock())
}
