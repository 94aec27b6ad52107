package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/constraint"
	"github.com/dlrun/dlrun/builder/expr"
	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/loss"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/optimizer"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/builder/schedule"
	"github.com/dlrun/dlrun/callbacks"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/augment"
	"github.com/dlrun/dlrun/pipeline/source"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// kind is a registry whose things have a page each.
type kind struct {
	name    string // of the folder, and on the command line
	written string // the argument or block under which a file names one
	summary string
	schema.Choice
}

// kinds are what a file can name things of, in the order of the reference.
var kinds = []kind{
	{"layer", "layer", "Layers of a model or block.", layer.Registry},
	{"activation", "activation", "Activations, for the argument `activation` of layers.", activation.Registry},
	{"initializer", "kernel_initializer", "First values of weights, for the arguments that end in `_initializer`.", initializer.Registry},
	{"regularizer", "kernel_regularizer", "Penalties that are added to the loss, for the arguments that end in `_regularizer`.", regularizer.Registry},
	{"constraint", "kernel_constraint", "What weights are projected onto after each update, for the arguments that end in `_constraint`.", constraint.Registry},
	{"loss", "loss", "Losses of a train block.", loss.Registry},
	{"metric", "metric", "Metrics of a train block.", metric.Registry},
	{"optimizer", "optimizer", "Optimizers of a train block.", optimizer.Registry},
	{"learning_rate", "learning_rate", "Learning-rate schedules, for the argument `learning_rate` of optimizers.", schedule.Registry},
	{"callback", "callback", "Callbacks of a train block.", callbacks.Registry},
	{"source", "source", "Sources of a dataset.", source.Sources},
	{"transform", "transform", "Steps of a feature or target, at training and at prediction.", transform.Transforms},
	{"augment", "augment", "Steps of a feature, at training only.", augment.Augments},
}

// kindNamed finds a kind by its name, or by the registry's own.
func kindNamed(name string) (kind, bool) {
	for _, k := range kinds {
		if k.name == name || k.Kind() == name {
			return k, true
		}
	}
	return kind{}, false
}

// page is the reference page of the thing of a kind.
func (k kind) page(name string) string {
	b := k.Describe(name)
	text := schema.Markdown(k.written, name, b)
	if also := k.Aliases(name); len(also) > 0 {
		quoted := make([]string, len(also))
		for i, a := range also {
			quoted[i] = "`" + a + "`"
		}
		text += "\nAlso called " + strings.Join(quoted, ", ") + ".\n"
	}
	return text
}

// languageBlock is a block of the language itself.
type languageBlock struct {
	name   string   // as it stands in others: dataset, dataset.feature
	labels []string // what its labels are
	*schema.Block
}

// languageBlocks are the blocks of the language, each before those that stand in it. Those that this
// version only knows by name have no page.
func languageBlocks() []languageBlock {
	var out []languageBlock
	var walk func(prefix string, b *schema.Block)
	walk = func(prefix string, b *schema.Block) {
		for _, n := range b.Blocks {
			name := prefix + n.Name
			switch {
			case name == "model.layer": // the arguments of every layer
				out = append(out, languageBlock{name, n.Labels, dsl.LayerArguments()})
			case name == "train":
				train := dsl.TrainBlock(new(builder.Training))
				out = append(out, languageBlock{name, n.Labels, train})
				walk(name+".", train)
			case n.Of == nil || strings.Contains(n.Help, "Not in this version"):
			default:
				inner := schema.Describe(n.Of())
				out = append(out, languageBlock{name, n.Labels, inner})
				walk(name+".", inner)
			}
		}
	}
	walk("", dsl.Language())
	return out
}

func (b languageBlock) page() string {
	header := b.name[strings.LastIndex(b.name, ".")+1:]
	for _, l := range b.labels {
		header += fmt.Sprintf(" %q", strings.ToUpper(l))
	}
	text := schema.Markdown(header, header, b.Block)
	return strings.Replace(text, "# "+header+"\n", "# "+b.name+"\n", 1)
}

// writtenMark stands at the top of the files of the reference.
const writtenMark = "<!-- Written by \"dlrun schema -docs\"; do not edit. -->\n\n"

// reference is all pages by their slash-separated paths.
func (a *app) reference() (map[string]string, error) {
	pages := map[string]string{}
	var index strings.Builder
	index.WriteString("# Reference\n\nWhat a model file can hold. Each page is also shown by `dlrun schema KIND NAME`.\n\n")
	index.WriteString("- [Commands](commands.md)\n- [Functions](functions.md)\n- [Keras 3 and dlrun](coverage.md)\n")
	index.WriteString("\n## Blocks of the language\n\n")
	for _, b := range languageBlocks() {
		file := path.Join("block", b.name+".md")
		pages[file] = b.page()
		fmt.Fprintf(&index, "- [%s](%s): %s\n", b.name, file, b.Summary)
	}
	for _, k := range kinds {
		fmt.Fprintf(&index, "\n## %s\n\n%s\n\n", k.name, k.summary)
		for _, name := range k.Names() {
			file := path.Join(k.name, name+".md")
			pages[file] = k.page(name)
			fmt.Fprintf(&index, "- [%s](%s): %s\n", name, file, k.Describe(name).Summary)
		}
	}
	modules, err := libraryModules()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&index, "\n## %s\n\nBlocks and ready networks to import as `dlrun:NAME`.\n\n", libraryKind)
	for _, m := range modules {
		file := path.Join(libraryKind, m.name+".md")
		pages[file] = m.page()
		fmt.Fprintf(&index, "- [%s](%s): %s\n", m.name, file, m.summary())
	}
	pages["README.md"] = index.String()
	pages["commands.md"] = a.commandsPage()
	pages["functions.md"] = functionsPage()
	pages["coverage.md"] = coveragePage()
	for name, text := range pages {
		pages[name] = writtenMark + text
	}
	return pages, nil
}

// commandsPage is the help of all commands.
func (a *app) commandsPage() string {
	var b strings.Builder
	b.WriteString("# Commands\n\nOptions take one dash or two and stand before or after the file. Results go to standard output, everything\n" +
		"else to standard error.\n\n" +
		"| exit code | |\n| --- | --- |\n| 0 | done |\n| 1 | failed: data that cannot be used is this |\n| 2 | the model file or the usage is wrong |\n| 3 | a check failed |\n| 4 | `plan -detailed-exitcode`: something differs |\n| 130 | interrupted, after saving what `-resume` continues from |\n\n" +
		"| environment | |\n| --- | --- |\n| `DLRUN_VAR_NAME` | the value of the variable NAME |\n| `DLRUN_ISA` | `avx512`, `avx2` or `generic`: limits the kernels on the CPU; never changes a result |\n| `DLRUN_TF32` | `1` lets a GPU round the factors of products to TensorFloat-32 |\n| `NO_COLOR` | no colours |\n")
	for _, c := range a.root().Commands() {
		var help strings.Builder
		c.InitDefaultHelpFlag()
		// A strings.Builder does not fail.
		_ = writeHelp(&help, c)
		fmt.Fprintf(&b, "\n## %s\n\n```\n%s```\n", c.Name(), help.String())
	}
	return b.String()
}

// functionsPage lists what expressions may call.
func functionsPage() string {
	var b strings.Builder
	b.WriteString("# Functions\n\nWhat an expression may call. The names and meanings are Terraform's, with `exp` and `sqrt` beside them, and\n" +
		"three that ask the data: `vocabulary_size(dataset.NAME, \"COLUMN\")`, `num_classes` and `class_names` of a feature or target.\n" +
		"Those are unknown until the data has been read. No function looks at the clock, the network or the environment; file\n" +
		"functions stay inside the directory of the file that calls them.\n\n" +
		"| function | |\n| --- | --- |\n")
	for _, f := range dsl.Functions() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Signature, cell(f.Description))
	}
	b.WriteString("\n## Functions of tensors\n\nWhat the `function` of a lambda layer, the `value` of add_loss and the `mask` of a lambda may call besides, with the\n" +
		"names, arguments and meaning of keras.ops and keras.random. Arguments are given in order, or by name in a last object:\n" +
		"`ops::sum(x, { axis = -1 })`. None is null, True and False are true and false. Axes count the batch as 0. A shape is a list of\n" +
		"numbers, null in it the batch; a shape of `random::` is of one example, without the batch. A tensor is a layer, an input, the\n" +
		"result of another function, a number or a list of numbers. `+ - * / %`, `== != < <= > >=` and `&& || !` work on tensors element by\n" +
		"element; the condition of `? :` is a constant.\n\n" +
		"| function | |\n| --- | --- |\n")
	for _, f := range expr.Functions() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", cell(f.Name+"("+f.Signature+")"), cell(f.Help))
	}
	return b.String()
}

// cell is a text in a table.
func cell(s string) string {
	return strings.ReplaceAll(s, "|", `\|`)
}
