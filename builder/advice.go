package builder

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/loss"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
)

// What follows are warnings of what Keras would train and what is hardly ever meant.

func advise(where hcl.Range, fix *dsl.Fix, summary, format string, a ...any) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: &where}
	if fix != nil {
		d.Extra = fix
	}
	return d
}

// probabilities are the activations whose values lie between 0 and 1.
var probabilities = map[string]bool{"softmax": true, "sigmoid": true, "hard_sigmoid": true, "sparsemax": true, "sparse_sigmoid": true}

// squash finds the activation that an output has been through last: "" for none. known is false where
// that cannot be said, as of an expression.
func squash(t *Tensor) (name string, l *Layer, known bool) {
	for range 32 {
		if t.use == nil || t.use.Layer == nil || t.use.Layer.Args == nil {
			return "", nil, false
		}
		l = t.use.Layer
		if len(t.use.In) == 0 {
			return "", nil, false
		}
		switch l.Type {
		case "softmax":
			return "softmax", l, true
		case "dropout", "flatten", "reshape", "permute", "activity_regularization":
			t = t.use.In[0]
			continue
		case "activation":
			name = l.Args.Chosen["activation"]
			if name == "linear" {
				t = t.use.In[0]
				continue
			}
			return name, l, name != ""
		}
		has := func(arg string) bool { return l.Args.Block != nil && l.Args.Block.Arg(arg) != nil }
		if !has("activation") || has("recurrent_initializer") || !has("units") && !has("filters") && !has("equation") || l.Partial {
			return "", nil, false
		}
		if name = l.Args.Chosen["activation"]; name == "linear" {
			name = ""
		}
		return name, l, true
	}
	return "", nil, false
}

// activate is the fix that gives a layer an activation; nil where the block makes several layers.
func activate(l *Layer, t *Tensor, name string) *dsl.Fix {
	if strings.Contains(l.Path, "/") || t.chain != nil || l.Where.Filename == "" || l.Type == "softmax" {
		return nil
	}
	return &dsl.Fix{Title: fmt.Sprintf("Set activation = %q", name), At: l.Where.Start, Set: map[string]string{"activation": fmt.Sprintf("%q", name)}}
}

// probabilistic holds a loss and metrics of probabilities against what the output gives.
func (p *Program) probabilistic(h *Head, target shape.Spec) hcl.Diagnostics {
	var diags hcl.Diagnostics
	out := h.Output.Tensor
	act, l, known := squash(out)
	last := shape.Unknown
	if out.Spec.Known && len(out.Spec.Shape) > 0 {
		last = out.Spec.Shape[len(out.Spec.Shape)-1]
	}
	if known && act == "softmax" && last == 1 && l.Type != "softmax" {
		diags = append(diags, advise(l.Args.Range("activation"), activate(l, out, "sigmoid"), "Softmax of one number",
			"Output %q has one number, and softmax makes the numbers of an example add up to 1: it is always 1, whatever the model learns. For yes or no use activation = \"sigmoid\" with the loss binary_crossentropy; for several classes give the layer as many units.", h.Name))
		return diags
	}
	ce, ok := h.Loss.(loss.Probabilistic)
	if !ok {
		return diags
	}
	name := p.lossName(h)
	switch {
	case ce.Activation() == "softmax" && last == 1:
		diags = append(diags, advise(h.where, nil, "One class",
			"The loss %s compares classes, but output %q has one number, so there is one class and nothing to learn. For yes or no use the loss binary_crossentropy and activation = \"sigmoid\"; for several classes give the layer as many units.", name, h.Name))
	case !known:
	case ce.FromLogits() && probabilities[act]:
		var fix *dsl.Fix
		if h.args != nil && h.args.Ranges["from_logits"].Filename != "" {
			fix = &dsl.Fix{Title: "Remove from_logits", At: h.args.Ranges["from_logits"].Start, Remove: []string{"from_logits"}}
		}
		diags = append(diags, advise(h.argument("from_logits"), fix, "Probabilities taken for logits",
			"With from_logits = true the loss %s applies a %s itself, but output %q has been through %s already (%s): the loss is then that of a %[2]s of a %[4]s, and the model learns slowly or not at all. Remove from_logits, or the activation.",
			name, ce.Activation(), h.Name, act, place(l.Where)))
	case !ce.FromLogits() && !probabilities[act]:
		through := "without an activation"
		if act != "" {
			through = "with the activation " + act
		}
		diags = append(diags, advise(h.where, activate(l, out, ce.Activation()), "Logits taken for probabilities",
			"The loss %s wants probabilities, but output %q comes from a layer %s (%s), which gives any number: what is below 0 or above 1 is cut off there and has no gradient. Give the layer activation = %q, or the loss from_logits = true.",
			name, h.Name, through, place(l.Where), ce.Activation()))
	case !ce.FromLogits() && ce.Activation() == "softmax" && act == "sigmoid":
		diags = append(diags, advise(h.where, activate(l, out, "softmax"), "Probabilities that do not add up to 1",
			"The loss %s compares classes of which one is right, but output %q comes from a sigmoid (%s), which makes each number by itself. Use activation = \"softmax\"; where several classes can be right at once, use the loss binary_crossentropy.",
			name, h.Name, place(l.Where)))
	}
	if known && !probabilities[act] && ce.FromLogits() {
		for _, m := range h.Metrics {
			if th, ok := m.Metric.(metric.Thresholding); ok && th.Thresholds(target, out.Spec) {
				diags = append(diags, advise(m.where, nil, "Threshold on logits",
					"Metric %s takes the output for a probability and cuts at a threshold between 0 and 1, but output %q is logits (the loss has from_logits = true): a probability of 0.5 is a logit of 0. Use metric \"binary_accuracy\" { threshold = 0 }, metric \"auc\" { from_logits = true }, or give the layer activation = %q and take from_logits away.",
					m.Name, h.Name, ce.Activation()))
			}
		}
	}
	return diags
}

// argument is where an argument of the loss stands, or the loss.
func (h *Head) argument(name string) hcl.Range {
	if h.args != nil {
		if r, ok := h.args.Ranges[name]; ok {
			return r
		}
	}
	return h.where
}

// lossName is what the file calls a head's loss.
func (p *Program) lossName(h *Head) string {
	for _, l := range p.Training.Losses {
		if l.Where == h.where && l.Thing == h.Loss {
			return l.Name
		}
	}
	return "of output " + h.Name
}

// frozenPenalties warns of regularizers of weights that are not trained, which Keras leaves out.
func (p *Program) frozenPenalties() hcl.Diagnostics {
	var diags hcl.Diagnostics
	said := map[hcl.Range]bool{}
	for _, w := range p.Model.Weights {
		if w.Args.Regularizer == nil || w.Trainable || w.NonTrainable {
			continue
		}
		l := w.Layer
		arg := w.Name + "_regularizer"
		where := l.Args.Range(arg)
		if said[where] {
			continue
		}
		said[where] = true
		var fix *dsl.Fix
		if _, ok := l.Args.Ranges[arg]; ok && where.Filename != "" && l.Where.Filename == where.Filename && !strings.Contains(l.Path, "/") {
			fix = &dsl.Fix{Title: "Remove " + arg, At: l.Where.Start, Remove: []string{arg}}
		}
		diags = append(diags, advise(where, fix, "Penalty on frozen weights",
			"Weight %s is not trained, so its %s has no effect: as in Keras, penalties are of trainable weights only.", w.Path, arg))
	}
	return diags
}
