// Package dlrun is the root of the module. It has no code; its test holds the folders to
// docs/architecture.md.
package dlrun

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dlrun/dlrun/"

// things are the packages of builder that hold registries: what a file can name in a model or train.
var things = []string{
	"builder/activation", "builder/constraint", "builder/initializer", "builder/layer", "builder/loss",
	"builder/metric", "builder/optimizer", "builder/regularizer", "builder/schedule",
}

// kernels are pure functions by instruction set.
var kernels = []string{"internal/kernel/..."}

// mayImport says for each folder which others of the module it may import. "x/..." is x and all below it.
var mayImport = map[string][]string{
	"cmd/dlrun": slices.Concat(things, []string{
		"builder", "builder/expr", "builder/shape", "callbacks", "datasets", "dsl", "dsl/schema", "gpu", "gpu/cuda", "internal/durable", "internal/fetch", "internal/kernel/isa",
		"internal/run", "internal/train", "models", "pipeline/augment", "pipeline/source", "pipeline/transform",
	}),
	"internal/train": slices.Concat(things, []string{
		"builder", "builder/op", "builder/shape", "callbacks", "dsl", "dsl/schema", "gpu", "internal/cpu", "internal/durable",
		"internal/kernel/isa", "internal/plan", "internal/run", "internal/safetensors", "pipeline",
	}),

	"callbacks":         {"dsl/schema", "internal/tfevents"},
	"datasets":          {"datasets/embedded", "dsl/schema", "internal/durable", "internal/fetch", "internal/inflate", "pipeline/column", "pipeline/source"},
	"datasets/embedded": {},
	"models":            {},

	"pipeline":           {"dsl", "dsl/schema", "internal/kernel/philox", "pipeline/..."},
	"pipeline/augment":   {"dsl/schema", "internal/kernel/f32vec", "internal/kernel/philox", "pipeline/column"},
	"pipeline/transform": {"dsl/schema", "internal/kernel/f32vec", "internal/kernel/fourier", "pipeline/column", "pipeline/raster"},
	"pipeline/source":    {"dsl/schema", "pipeline/column", "pipeline/parallel", "pipeline/raster"},
	"pipeline/shards":    {"internal/durable", "pipeline/column", "pipeline/source"},
	"pipeline/raster":    {"internal/jpeg", "internal/kernel/isa"},
	"pipeline/column":    {},
	"pipeline/parallel":  {},

	"builder":                 slices.Concat(things, []string{"builder/expr", "builder/op", "builder/shape", "dsl", "dsl/schema"}),
	"builder/expr":            {"builder/op", "builder/shape", "builder/spatial", "dsl/schema"},
	"builder/layer":           {"builder/activation", "builder/constraint", "builder/expr", "builder/initializer", "builder/regularizer", "builder/op", "builder/shape", "builder/spatial", "dsl/schema", "internal/kernel/f32vec"},
	"builder/layer/layertest": {"builder/...", "dsl/schema", "internal/cpu/...", "internal/safetensors"},
	"builder/activation":      {"builder/op", "builder/shape", "dsl/schema"},
	"builder/constraint":      {"builder/op", "dsl/schema"},
	"builder/initializer":     {"builder/shape", "dsl/schema", "internal/kernel/..."},
	"builder/loss":            {"builder/op", "builder/shape", "dsl/schema"},
	"builder/metric":          {"builder/shape", "dsl/schema", "internal/kernel/f32vec"},
	"builder/optimizer":       {"builder/op", "builder/schedule", "dsl/schema", "internal/kernel/f32vec"},
	"builder/regularizer":     {"builder/op", "dsl/schema"},
	"builder/schedule":        {"dsl/schema", "internal/kernel/f32vec"},
	"builder/op":              {},
	"builder/shape":           {},
	"builder/spatial":         {"builder/op"},

	"dsl":        {"dsl/schema"},
	"dsl/schema": {},

	"internal/cpu":         slices.Concat(kernels, []string{"builder/op", "internal/plan"}),
	"internal/cpu/optest":  slices.Concat(kernels, []string{"builder/op", "internal/cpu", "internal/plan"}),
	"internal/plan":        {"builder/op"},
	"internal/kernel":      kernels,
	"internal/run":         {"internal/durable", "internal/safetensors"},
	"internal/safetensors": {"internal/durable"},
	"internal/durable":     {},
	"internal/inflate":     {},
	"internal/jpeg":        {"internal/kernel/isa", "internal/kernel/u8pixel"},
	"internal/fetch":       {"internal/durable"},
	"internal/tfevents":    {},

	"gpu":                  slices.Concat(kernels, []string{"builder/op", "gpu/kernels", "internal/plan"}),
	"gpu/cuda":             {"gpu", "gpu/kernels"},
	"gpu/kernels":          {},
	"gpu/emulator/mutants": {},

	"internal/parity": {},
	"internal/bench":  {},
}

// never lists what the packages below a folder must not need, directly or through others.
var never = []struct {
	folders []string
	needs   string // a pattern of import paths
	why     string
}{
	{[]string{"."}, `^C$|^plugin$`, "dlrun uses no cgo and no plugins"},
	{[]string{"builder", "callbacks", "datasets", "dsl", "gpu", "internal", "models", "pipeline"}, `^os/exec$`, "only a command runs another program: git, where the user names a revision"},
	{[]string{"pipeline", "datasets", "dsl", "callbacks", "internal/run", "internal/kernel"}, `^gorgonia\.org/`, "the graph is the builder's"},
	{[]string{"builder", "dsl", "internal/cpu", "internal/plan", "internal/run", "internal/kernel", "callbacks"}, `^github\.com/apache/arrow/go/v15`, "Arrow is the pipeline's (Gorgonia has an older one of its own)"},
	{[]string{"internal/kernel", "internal/run", "internal/safetensors", "internal/durable", "builder/op", "internal/plan", "internal/cpu", "gpu"}, `^github\.com/(hashicorp/hcl|zclconf/go-cty)`, "the language ends at the builder"},
}

// outside lists what only cmd/dlrun imports itself: it alone knows of a terminal and a command line.
var outside = regexp.MustCompile(`^flag$|^os/signal$|^golang\.org/x/term$|^github\.com/spf13/`)

// network is what internal/fetch alone imports itself (one of Parquet's codecs has a helper for servers).
var network = regexp.MustCompile(`^net(/http.*)?$`)

// forbidden finds what library code does not do: print, exit, or read arguments, environment or clock.
var forbidden = regexp.MustCompile(`\b(fmt\.Print(f|ln)?|os\.(Exit|Getenv|LookupEnv|Environ|Args|Stdout|Stderr|Stdin)|time\.(Now|Since|Until))\b`)

// generator tells the programs that write assembly, and the tests' own tools.
func generator(folder string) bool {
	return path.Base(folder) == "asm" || folder == "internal/kernel/vecgen" || path.Base(folder) == "expgen" || folder == "internal/kernel/f32vec/poly" ||
		folder == "internal/bench" || folder == "internal/parity"
}

type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	if testing.Short() {
		t.Skip("calls the go command")
	}
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,Deps", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// within tells whether a folder is the one that a pattern names, or below it for "x/...".
func within(folder, pattern string) bool {
	below, all := strings.CutSuffix(pattern, "/...")
	return folder == below || all && strings.HasPrefix(folder, below+"/")
}

// TestImportsPointDown holds every package to the imports that its folder may have.
func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		folder := strings.TrimPrefix(p.ImportPath, module)
		if folder == p.ImportPath {
			continue // this one
		}
		allowed, known := mayImport[folder]
		if !known && strings.HasPrefix(folder, "internal/kernel/") {
			allowed, known = mayImport["internal/kernel"], true
		}
		if !known {
			t.Errorf("%s: a folder that this test does not know; say in mayImport what it may import, and in docs/architecture.md what it is", folder)
			continue
		}
		for _, i := range p.Imports {
			inner, ours := strings.CutPrefix(i, module)
			if ours && !slices.ContainsFunc(allowed, func(pattern string) bool { return within(inner, pattern) }) {
				t.Errorf("%s must not import %s", folder, inner)
			}
			if network.MatchString(i) && folder != "internal/fetch" && !generator(folder) {
				t.Errorf("%s imports %s: internal/fetch alone uses the network", folder, i)
			}
			if folder != "cmd/dlrun" && outside.MatchString(i) && !generator(folder) {
				t.Errorf("%s must not import %s: only cmd/dlrun knows of the command line", folder, i)
			}
		}
	}
}

// TestNobodyNeeds holds folders to what they must not need even through others.
func TestNobodyNeeds(t *testing.T) {
	list := packages(t)
	for _, rule := range never {
		needs := regexp.MustCompile(rule.needs)
		checked := 0
		for _, p := range list {
			folder := strings.TrimPrefix(p.ImportPath, module)
			if generator(folder) || !slices.ContainsFunc(rule.folders, func(f string) bool { return f == "." || within(folder, f+"/...") }) {
				continue
			}
			if strings.HasSuffix(folder, "test") {
				continue // a harness of tests
			}
			checked++
			for _, dep := range p.Deps {
				if needs.MatchString(dep) {
					t.Errorf("%s needs %s: %s", folder, dep, rule.why)
				}
			}
		}
		if checked == 0 {
			t.Errorf("no package is held to %q", rule.why)
		}
	}
}

// TestLibraryCodeIsSilent finds library code that prints, exits, or reads arguments, environment or clock.
func TestLibraryCodeIsSilent(t *testing.T) {
	for _, p := range packages(t) {
		folder := strings.TrimPrefix(p.ImportPath, module)
		if folder == "cmd/dlrun" || generator(folder) || strings.HasSuffix(folder, "test") {
			continue
		}
		for _, name := range p.GoFiles {
			text, err := os.ReadFile(path.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				if found := forbidden.FindString(code); found != "" {
					t.Errorf("%s/%s:%d uses %s", folder, name, i+1, found)
				}
			}
		}
	}
}
