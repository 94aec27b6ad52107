package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// planOptions are the options of plan.
type planOptions struct {
	machineOptions
	only, out, against string
	detailed, measure  bool
	markdown           bool
}

func planCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "plan FILE|DIR [options]",
		Short: "Show what fit would do: layers, memory, time, data, and what changed.",
		Long: "Reads the data, plans every step and times a few, and shows what fit would do: each layer's shape, parameters,\n" +
			"operations and bytes; the memory that the run takes (that of the arena is exact); the time of an epoch; what the\n" +
			"data is and what it feeds; and what differs from the latest run, or from what -against names: a run directory,\n" +
			"another model file, or a revision of git. A batch that does not fit into memory is refused with one that would.\n" +
			"-out saves the plan; \"dlrun fit PLAN\" runs exactly it, and refuses where a file has changed since.",
		Example: "dlrun plan model.hcl\ndlrun plan model.hcl -out model.plan\ndlrun plan model.hcl -against HEAD~1 -markdown",
		Args:    oneFile("a model file or directory"),
	}
	var o planOptions
	m := a.modelFile(c)
	f := c.Flags()
	f.StringVar(&o.only, "train", "", "Plan only the train of this `name`, and what it starts from.")
	f.StringVar(&o.out, "out", "", "Save the plan to this `file`, for dlrun fit.")
	f.StringVar(&o.against, "against", "", "Compare with this run directory, model file or `revision` of git instead of the latest run.")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "Exit with 0 where nothing differs from what is compared with, and with 4 where something does.")
	f.BoolVar(&o.markdown, "markdown", false, "Write Markdown, for a pull request.")
	f.BoolVar(&o.measure, "measure", true, "Time a few steps for the estimate of an epoch.")
	o.bind(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		m.path = args[0]
		return a.plan(c.Context(), m, o)
	}
	return c
}

// planResult is what plan -json writes.
type planResult struct {
	Trains   []*train.Plan       `json:"trains"`
	Against  string              `json:"against,omitempty"`
	Compared []*train.Comparison `json:"compared,omitempty"`
}

func (a *app) plan(ctx context.Context, m *modelFile, o planOptions) error {
	set, err := a.settings(o.machineOptions, nil)
	if err != nil {
		return err
	}
	p, _, err := m.check()
	if err != nil {
		return err
	}
	if err := needTrain(p.Doc, o.only); err != nil {
		return err
	}
	plans, diags, err := train.MakePlan(ctx, train.PlanOptions{Settings: set, Load: m.load, Only: o.only, Measure: o.measure, Command: a.args, Machine: machine(set)})
	failed := a.view.outcome(diags, m.files, err)
	if failed != nil && len(plans) == 0 {
		return failed
	}
	result := planResult{Trains: plans}
	if result.Against, result.Compared, err = a.compare(ctx, m, o, plans); err != nil {
		return err
	}
	a.view.result(result)
	a.view.done = true
	for _, p := range plans {
		a.view.printf("%s", planText(p, o.markdown))
	}
	differs := result.Against == ""
	for _, c := range result.Compared {
		differs = differs || !c.Same
		a.view.printf("%s", comparisonText(c, result.Against, o.markdown))
	}
	if failed != nil {
		return failed
	}
	if o.out != "" {
		if err := m.savePlan(o, plans); err != nil {
			return err
		}
		a.view.printf("Saved %s; run it with: dlrun fit %[1]s", o.out)
	}
	if o.detailed && differs {
		return codeError(exitDiffers)
	}
	return nil
}

// compare finds what the plans are compared with, and compares.
func (a *app) compare(ctx context.Context, m *modelFile, o planOptions, plans []*train.Plan) (string, []*train.Comparison, error) {
	against := o.against
	if against == "" {
		dir, err := train.Latest(m.load, o.only)
		if err != nil {
			return "", nil, nil // there is no run yet: nothing to compare with
		}
		against = dir
	}
	var before, now []*train.Subject
	info, statErr := os.Stat(against)
	_, isRun, err := bundlePath(against)
	switch {
	case statErr == nil && info.IsDir() && (holdsManifest(against) || isRun && err == nil):
		for _, p := range plans {
			dir := against
			if !holdsManifest(dir) {
				dir = filepath.Join(dir, p.Train)
			}
			s, err := train.RunSubject(dir)
			if err != nil {
				return "", nil, err
			}
			n, err := train.PlanSubject(p)
			if err != nil {
				return "", nil, err
			}
			before, now = append(before, s), append(now, n)
		}
	case statErr == nil:
		if before, err = m.subjects(against); err == nil {
			now, err = m.subjects(m.path)
		}
	default:
		var dir string
		if dir, err = checkOut(ctx, m.path, against); err != nil {
			return "", nil, err
		}
		defer os.RemoveAll(filepath.Dir(dir))
		if before, err = m.subjects(filepath.Join(dir, baseIfFile(m.path))); err == nil {
			now, err = m.subjects(m.path)
		}
	}
	if err != nil {
		return "", nil, err
	}
	var out []*train.Comparison
	for _, n := range now {
		for _, b := range before {
			if b.Train == n.Train || b.Train == "" || len(before) == 1 && len(now) == 1 {
				out = append(out, train.Compare(b, n))
				break
			}
		}
	}
	if len(out) == 0 {
		return "", nil, usagef("%s has none of the trains of %s", against, m.path)
	}
	return against, out, nil
}

func holdsManifest(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, run.ManifestFile))
	return err == nil && info.Mode().IsRegular()
}

// subjects are the trains of a file, without data.
func (m *modelFile) subjects(path string) ([]*train.Subject, error) {
	other := *m
	other.path, other.allowUnset = path, true
	out, diags := train.Document(other.load)
	if diags.HasErrors() {
		return nil, m.app.view.diagnose(diags, other.files)
	}
	return out, nil
}

func baseIfFile(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "."
	}
	return filepath.Base(path)
}

// maxRevision bounds the files that are taken out of a revision of git.
const maxRevision = 10_000

// checkOut writes the model files that a directory had in a revision of git into a folder of its own.
func checkOut(ctx context.Context, path, revision string) (string, error) {
	dir := path
	if baseIfFile(path) != "." {
		dir = filepath.Dir(path)
	}
	git := func(args ...string) ([]byte, error) {
		var stderr bytes.Buffer
		c := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
		c.Stderr = &stderr
		out, err := c.Output()
		if err != nil {
			return nil, usagef("-against: %s is neither a file, a run nor a revision of git: %s", revision, strings.TrimSpace(stderr.String()))
		}
		return out, nil
	}
	if strings.HasPrefix(revision, "-") {
		return "", usagef("-against: %q is no revision of git", revision)
	}
	listed, err := git("ls-tree", "-r", "-z", "--name-only", revision, ".")
	if err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp("", "dlrun-plan-")
	if err != nil {
		return "", err
	}
	to := filepath.Join(tmp, "model")
	n := 0
	for _, name := range strings.Split(string(listed), "\x00") {
		if !(strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json") || strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".dlvars")) || !filepath.IsLocal(name) {
			continue
		}
		if n++; n > maxRevision {
			return "", fmt.Errorf("%s has more than %d model files in %s", revision, maxRevision, dir)
		}
		text, err := git("show", revision+":./"+name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o777)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o666)
		}
		if err != nil {
			os.RemoveAll(tmp)
			return "", err
		}
	}
	return to, nil
}

// savedPlan is a plan on the disk.
type savedPlan struct {
	Format   int                      `json:"dlrun_plan"`
	Dlrun    string                   `json:"dlrun_version"`
	Path     string                   `json:"path"`
	Vars     map[string]string        `json:"vars,omitempty"`
	VarFiles []string                 `json:"var_files,omitempty"`
	Only     string                   `json:"train,omitempty"`
	Trains   map[string]*run.Manifest `json:"trains"`
}

// planHead is how a saved plan begins.
const planHead = `{"dlrun_plan":`

// maxPlan is the largest saved plan that is read, in bytes.
const maxPlan = 256 << 20

func (m *modelFile) savePlan(o planOptions, plans []*train.Plan) error {
	s := savedPlan{Format: 1, Dlrun: version, Path: m.path, Vars: map[string]string{}, VarFiles: m.varFiles, Only: o.only, Trains: map[string]*run.Manifest{}}
	for k, v := range m.vars {
		s.Vars[k] = v
	}
	for k, v := range m.app.env { // the plan is the same wherever it is run
		if name, ok := strings.CutPrefix(k, dsl.EnvPrefix); ok && s.Vars[name] == "" {
			s.Vars[name] = v
		}
	}
	for _, p := range plans {
		s.Trains[p.Train] = p.Manifest
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return durable.WriteFile(o.out, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// readPlan reads a saved plan; nil where the file is something else.
func readPlan(path string) (*savedPlan, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxPlan || strings.HasSuffix(path, ".hcl") {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(text, []byte(planHead)) {
		return nil, nil // whoever reads it as a model will say what is wrong
	}
	s := new(savedPlan)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, usagef("%s is a damaged plan: %v", path, err)
	}
	if s.Format != 1 || s.Dlrun != version {
		return nil, usagef("%s was made by dlrun %s; this is %s: make a new plan", path, s.Dlrun, version)
	}
	return s, nil
}
