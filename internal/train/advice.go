package train

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/optimizer"
	"github.com/dlrun/dlrun/callbacks"
	"github.com/dlrun/dlrun/dsl/schema"
)

// advise warns of what runs and is hardly ever meant.
func (u *Unit) advise() hcl.Diagnostics {
	var diags hcl.Diagnostics
	warn := func(r hcl.Range, summary, format string, a ...any) {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf(format, a...), Subject: &r})
	}
	t := u.Training
	if !t.Args.Failed("epochs") && !isUnknown(t.Args, "epochs") {
		for i, c := range u.Callbacks {
			p, ok := c.(callbacks.Patient)
			n := u.written[i]
			if !ok || isUnknown(n.args, "patience") || isUnknown(n.args, "start_from_epoch") {
				continue
			}
			if need, arg := p.After(); need > t.Epochs {
				warn(n.args.Range(arg), "Callback that never acts", "Callback %q can act from epoch %d on at the earliest, and epochs = %d: lower its %s, or train longer.", n.kind, need, t.Epochs, arg)
			}
		}
		if !t.Args.Failed("validation_freq") && !isUnknown(t.Args, "validation_freq") && t.ValidationFreq > t.Epochs {
			warn(t.Args.Range("validation_freq"), "Validation that never runs", "With validation_freq = %d the first validation is at the end of epoch %[1]d, and epochs = %d.", t.ValidationFreq, t.Epochs)
		}
	}
	if !t.Args.Failed("optimizer") {
		u.unusualRates(warn)
	}
	return diags
}

func isUnknown(d *schema.Decoded, arg string) bool {
	if d == nil {
		return false
	}
	for _, a := range d.Unknown {
		if a == arg {
			return true
		}
	}
	return false
}

// Learning rates are unusual when they are so many times the optimizer's default, or so small a part.
const (
	unusuallyHigh = 100
	unusuallyLow  = 1e-4
)

// unusualRates looks at each optimizer's learning rate: a constant, or the values that a schedule takes.
func (u *Unit) unusualRates(warn func(r hcl.Range, summary, format string, a ...any)) {
	for _, o := range u.Training.Optimizers {
		if o.None || o.Args == nil || o.Args.Failed("learning_rate") || isUnknown(o.Args, "learning_rate") || o.Thing.Common().LearningRate == nil {
			continue
		}
		if _, given := o.Args.Ranges["learning_rate"]; !given {
			continue
		}
		def, err := optimizer.Registry.New(o.Name)
		if err != nil {
			continue
		}
		schema.Describe(def) // sets the defaults
		usual, rate, peak := def.Common().LearningRate.At(0), o.Thing.Common().LearningRate, 0.0
		if strings.HasPrefix(o.Name, "adadelta") { // Keras' default is a thousandth of the paper's
			usual = 1
		}
		if isUnknownRate(o.Args) {
			continue
		}
		for _, step := range []int{0, 1, 10, 100, 1000, 10_000, 100_000} {
			peak = max(peak, rate.At(step))
		}
		at := o.Args.Range("learning_rate")
		switch {
		case peak == 0:
			warn(at, "Learning rate of 0", "With a learning rate of 0 optimizer %q changes no weight.", o.Name)
		case peak > unusuallyHigh*usual:
			warn(at, "Unusual learning rate", "A learning rate of %v is very high for %q, whose default is %v: the loss will most likely grow without bound.", peak, o.Name, usual)
		case peak < unusuallyLow*usual:
			warn(at, "Unusual learning rate", "A learning rate of %v is very low for %q, whose default is %v: the weights will hardly change.", peak, o.Name, usual)
		}
	}
}

// isUnknownRate tells whether a part of the learning rate is not known yet.
func isUnknownRate(d *schema.Decoded) bool { return d.Partial() }
