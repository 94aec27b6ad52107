package main

import (
	_ "embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/builder/expr"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/models"
)

// kerasNames are the public names of Keras 3, by group: a line "# GROUP", then a name a line.
//
//go:embed keras.txt
var kerasNames string

// covered says of one name of Keras' what it is called here, or why it is not there.
type covered struct {
	Group string `json:"group"`
	Name  string `json:"keras"`
	Here  string `json:"dlrun,omitempty"`
	Why   string `json:"why,omitempty"`
}

// pythonOnly are groups whose names make sense in Python alone, and what does their work here. A group is
// known by what its title begins with.
var pythonOnly = [][2]string{
	{"layers / other", "wraps models of Python libraries"},
	{"layers / layer", "a base class: new layers are blocks of the file"},
	{"layers / input_spec", "Python; shapes are inferred from the file"},
	{"Models: classes", "a `model` block"},
	{"Models: functions", "Python; a trained model is a model.dlrun"},
	{"Saving", "Python objects; a trained model is a model.dlrun, weights are safetensors under Keras' names"},
	{"Export", "Python"},
	{"Distribution", "names devices and shards arrays among them, in Python; a run has one device (`device` of the train block)"},
	{"Dtype policies", "Python objects; the train block has `precision`"},
	{"Mixed precision", "Python objects; the train block has `precision`"},
	{"Quantizers", "changes a model object after training; weights are float32 here (`layer ternary_dense` trains a quantized matrix)"},
	{"Distillation", "a Python loop around two models: a frozen `layer \"model.NAME\"` beside the student, and `add_loss` of both outputs"},
	{"Config functions", "process-wide settings of Python; the file is the whole configuration"},
	{"Utils: classes", "Python objects; data are said in a `dataset` block, and progress is the terminal's"},
	{"Bounding boxes", "of pipelines in Python"},
	{"Visualization", "draws with matplotlib"},
	{"Random: classes", "a Python object; seeds follow from the run's"},
	{"scikit-learn", "Python"},
	{"Tree", "Python containers"},
	{"Model methods", "a method of a Python object; commands and blocks do its work"},
	{"Sequential own", "a method of a Python object"},
	{"Functional own", "a method of a Python object"},
	{"Layer methods", "a method of a Python object"},
	{"Callback hooks", "a method of a Python object"},
	{"Metric methods", "a method of a Python object"},
	{"Optimizer methods", "a method of a Python object"},
	{"ExportArchive", "a method of a Python object"},
}

// reasons say why a name is not there, by a pattern of path.Match for it. The first that fits counts.
var reasons = []struct{ group, names, why string }{
	{"layers", "Layer,Wrapper", "a base class: new layers are blocks of the file"},
	{"layers", "InputLayer,Input", "an `input` block"},
	{"layers", "Pipeline", "steps stand one after the other in a feature"},
	{"layers / functional", "*", "the functional form of a class"},
	{"Activations", "deserialize,get,serialize", "Python"},
	{"Optimizers", "Optimizer", "a base class"},
	{"Optimizers", "MultiOptimizer,OptimizerMap", "several `optimizer` blocks, each with the `path` of its weights; `learning_rate_multipliers` for one optimizer"},
	{"Learning-rate", "LearningRateSchedule", "a base class; learning_rate may be an expression of epoch"},
	{"Losses", "Loss", "a base class: new losses are blocks of the file"},
	{"Losses", "deserialize,get,serialize", "Python"},
	{"Metrics", "Metric,MeanMetricWrapper,Mean,Sum,*_metric,deserialize,get,serialize", "Python: new metrics are blocks of the file, and what is measured is their mean"},
	{"Callbacks", "Callback,CallbackList,LambdaCallback", "code in Python"},
	{"Callbacks", "History", "metrics.jsonl and history.csv are always written"},
	{"Callbacks", "ProgbarLogger", "the terminal's own"},
	{"Callbacks", "RemoteMonitor", "a file opens no network connection"},
	{"Callbacks", "OrbaxCheckpoint", "JAX's checkpoints; checkpoints are always written"},
	{"Initializers", "Initializer", "a base class"},
	{"Regularizers", "Regularizer", "a base class; add_loss says any other"},
	{"Constraints", "Constraint", "a base class"},
	{"ops.image", "reconstruct_patches", "not there; ops::fold puts patches together, adding what overlaps"},
	{"Ops", "polar,view_as_*", "makes complex numbers; fft and its kin take and give real and imaginary parts"},
	{"Ops", "eig", "its results are complex numbers; eigh is of symmetric matrices"},
	{"Ops", "cond,switch", "takes a Python function; ops::where and ops::select choose among tensors, ? : by what is known"},
	{"Ops", "fori_loop,map,vectorize,vectorized_map", "takes a Python function; a for expression writes it out"},
	{"Ops", "while_loop", "takes a Python function, and how often it runs depends on data"},
	{"Ops", "scan,associative_scan", "takes a Python function; cumsum and cumprod go along an axis"},
	{"Ops", "custom_gradient,jvp", "takes a Python function"},
	{"Ops", "convert_to_numpy", "an array of NumPy's"},
	{"Ops", "nonzero,unique", "the shape of the result depends on the data"},
	{"ops.linalg", "eig", "its results are complex numbers; eigh is of symmetric matrices"},
	{"ops.linalg", "jvp", "takes a Python function"},
	{"ops.nn", "polar", "makes complex numbers; fft and its kin take and give real and imaginary parts"},
	{"Utils", "image_dataset_from_directory", "`source \"image_folder\"`"},
	{"Utils", "text_dataset_from_directory", "`source \"text\"`, or a table with a column of text"},
	{"Utils", "audio_dataset_from_directory", "no sound is read: samples come as npz, parquet or arrow"},
	{"Utils", "timeseries_dataset_from_array", "a `window` block of the dataset"},
	{"Utils", "split_dataset", "a `split` block of the dataset"},
	{"Utils", "to_categorical", "`transform \"one_hot\"`, and `ops::one_hot` in an expression"},
	{"Utils", "normalize", "`ops::normalize`, or `layer \"unit_normalization\"`"},
	{"Utils", "pad_sequences", "`transform \"text_vectorization\"` pads to output_sequence_length; a `window` has one length"},
	{"Utils", "set_random_seed", "`seed` of the dlrun block"},
	{"Utils", "pack_*,unpack_*", "inputs, targets and weights are blocks of the dataset"},
	{"Utils", "plot_model,model_to_dot", "draws with graphviz; `dlrun summary` lists the layers"},
	{"Utils", "array_to_img,img_to_array,load_img,save_img", "pictures as Python objects; sources read them"},
	{"Utils", "get_file", "Python"},
	{"Utils", "*", "Python objects and their settings"},
	{"Datasets", "*get_*", "class_names(dataset.NAME, \"TARGET\") knows them"},
	{"Datasets", "*reuters*", "its file holds pickled Python objects, which can run code when they are read: `source \"reuters\"` says how to bring it"},
	{"", "*", "not yet"},
}

// coverage lists all names of Keras' in the order of the list.
func coverage() []covered {
	var out []covered
	group := ""
	for _, line := range strings.Split(kerasNames, "\n")[1:] {
		switch name, heading := strings.CutPrefix(line, "# "); {
		case heading:
			group = name
		case line != "":
			c := covered{Group: group, Name: line, Here: called(group, line)}
			if c.Here == "" {
				c.Why, _ = whyNot(group, line)
			}
			out = append(out, c)
		}
	}
	return out
}

// whyNot is the reason, and which of reasons it is, or -1.
func whyNot(group, name string) (string, int) {
	for _, g := range pythonOnly {
		if strings.HasPrefix(group, g[0]) {
			return g[1], -1
		}
	}
	for i, r := range reasons {
		if !strings.HasPrefix(group, r.group) {
			continue
		}
		for _, pattern := range strings.Split(r.names, ",") {
			if ok, err := path.Match(pattern, name); err == nil && ok {
				return r.why, i
			}
		}
	}
	return "", -1
}

// called is what a name of Keras' is called here, "" where it is not there.
func called(group, name string) string {
	for _, g := range pythonOnly {
		if strings.HasPrefix(group, g[0]) {
			return ""
		}
	}
	switch {
	case strings.HasPrefix(group, "layers / functional"):
		return ""
	case strings.HasPrefix(group, "layers"):
		return firstOf(name, "layer", "transform", "augment")
	case strings.HasPrefix(group, "Activations"):
		return firstOf(name, "activation")
	case strings.HasPrefix(group, "Optimizers"):
		return firstOf(name, "optimizer")
	case strings.HasPrefix(group, "Learning-rate"):
		return firstOf(name, "learning_rate")
	case strings.HasPrefix(group, "Losses"):
		return firstOf(name, "loss")
	case strings.HasPrefix(group, "Metrics"):
		return firstOf(name, "metric", "loss")
	case strings.HasPrefix(group, "Callbacks"):
		return firstOf(name, "callback")
	case strings.HasPrefix(group, "Initializers"):
		return firstOf(name, "initializer")
	case strings.HasPrefix(group, "Regularizers"):
		return firstOf(name, "regularizer")
	case strings.HasPrefix(group, "Constraints"):
		return firstOf(name, "constraint")
	case strings.HasPrefix(group, "ops.image"):
		return function("ops::image::" + name)
	case strings.HasPrefix(group, "Ops"), strings.HasPrefix(group, "ops."):
		return function("ops::" + name)
	case strings.HasPrefix(group, "Random"):
		return function("random::" + name)
	case strings.HasPrefix(group, "Datasets"):
		set, ok := strings.CutSuffix(strings.TrimPrefix(name, "keras.datasets."), ".load_data")
		if ok {
			return firstOf(set, "source")
		}
	case strings.HasPrefix(group, "Applications"):
		for _, n := range networks {
			if ok, err := path.Match(n[0], name); err == nil && ok {
				return readyNetwork(n[1])
			}
		}
	}
	return ""
}

// firstOf finds a name of Keras' in the registries of some kinds: its class in snake_case.
func firstOf(name string, in ...string) string {
	for _, kindName := range in {
		k, ok := kindNamed(kindName)
		if !ok {
			continue
		}
		if k.Has(name) {
			return k.name + " " + name
		}
		for _, n := range k.Names() {
			if plain(n) == plain(name) {
				return k.name + " " + n
			}
		}
	}
	return ""
}

func function(name string) string {
	if slices.Contains(expr.Names(), name) {
		return name
	}
	return ""
}

// plain is a name without what tells snake_case from CamelCase.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// networks are the ready networks of Keras by the block of the library that is one, given its params.
var networks = [][2]string{
	{"ConvNeXt*", "convnext"},
	{"DenseNet*", "densenet"},
	{"EfficientNetB*", "efficientnet"},
	{"EfficientNetV2*", "efficientnet_v2"},
	{"InceptionResNetV2", "inception_resnet_v2"},
	{"InceptionV3", "inception_v3"},
	{"MobileNet", "mobilenet"},
	{"MobileNetV2", "mobilenet_v2"},
	{"MobileNetV3*", "mobilenet_v3"},
	{"NASNet*", "nasnet"},
	{"ResNet*V2", "resnet_v2"},
	{"ResNet*", "resnet"},
	{"VGG*", "vgg"},
	{"Xception", "xception"},
}

// readyNetwork is a block of the embedded library, under the name of its file.
func readyNetwork(name string) string {
	text, err := fs.ReadFile(models.Library, name+".hcl")
	if err != nil || !strings.Contains(string(text), "\nblock \""+name+"\" {") {
		return ""
	}
	return dsl.LibraryScheme + name
}

// coveragePage is the page of what there is of Keras.
func coveragePage() string {
	var b strings.Builder
	b.WriteString("# Keras 3 and dlrun\n\nEvery public name of Keras 3, and what it is called in a model file or why it is not there. `dlrun schema -coverage` says the same.\n")
	list := coverage()
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(c covered) bool { return c.Group != list[0].Group })
		if n < 0 {
			n = len(list)
		}
		there := 0
		var rows strings.Builder
		for _, c := range list[:n] {
			says := c.Why
			if c.Here != "" {
				there++
				says = "`" + c.Here + "`"
			}
			fmt.Fprintf(&rows, "| `%s` | %s |\n", c.Name, cell(says))
		}
		fmt.Fprintf(&b, "\n## %s: %d of %d\n\n| Keras | dlrun |\n| --- | --- |\n%s", list[0].Group, there, n, rows.String())
		list = list[n:]
	}
	b.WriteString(coverageArguments())
	return b.String()
}

// schemaCoverage shows the same on the terminal.
func (a *app) schemaCoverage() {
	list := coverage()
	a.view.result(list)
	for _, c := range list {
		says := c.Here
		if says == "" {
			says = "not there: " + c.Why
		}
		a.view.printf("%-48s %-44s %s", c.Group, c.Name, says)
	}
}
