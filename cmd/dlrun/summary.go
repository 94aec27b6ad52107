package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/internal/train"
)

func summaryCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "summary FILE|DIR|model.dlrun [options]",
		Short: "Show a model's layers, output shapes and parameters.",
		Long: "Shows each model of a file as Keras does: layers, output shapes, parameters. None is the batch axis or one\n" +
			"of any length; ? is what only the data knows.",
		Example: "dlrun summary model.hcl\ndlrun summary runs/model/0001/model.dlrun -json",
		Args:    oneFile("a model file, a directory or a model.dlrun"),
	}
	m := a.modelFile(c)
	m.allowUnset = true
	c.RunE = func(_ *cobra.Command, args []string) error {
		m.path = args[0]
		list, err := a.models(m)
		if err != nil {
			return err
		}
		result := summaryResult{Models: []modelSummary{}}
		for i, model := range list {
			s := summarize(model)
			result.Models = append(result.Models, s)
			if i > 0 {
				a.view.printf("")
			}
			a.view.printf("%s", s)
		}
		a.view.result(result)
		return nil
	}
	return c
}

// models are those of a file, or the one of a bundle.
func (a *app) models(m *modelFile) ([]*builder.Model, error) {
	bundle, ok, err := bundlePath(m.path)
	if err != nil {
		return nil, err
	}
	if ok {
		if len(m.vars)+len(m.varFiles) > 0 {
			return nil, usagef("options -var and -var-file go with a model file; %s has the values of its training", bundle)
		}
		model, diags, err := train.ReadModel(bundle)
		if err := a.view.outcome(diags, nil, err); err != nil {
			return nil, err
		}
		return []*builder.Model{model}, nil
	}
	p, _, err := m.check()
	if err != nil {
		return nil, err
	}
	var out []*builder.Model
	for _, model := range p.Doc.Models {
		out = append(out, p.Models[model.Name])
	}
	if len(out) == 0 {
		return nil, usagef("%s has no model", m.path)
	}
	return out, nil
}

// summaryResult is what summary -json writes.
type summaryResult struct {
	Models []modelSummary `json:"models"`
}

// modelSummary is a model's table. What only the data knows is null in JSON.
type modelSummary struct {
	Name         string         `json:"model"`
	Layers       []layerSummary `json:"layers"`
	Total        *int           `json:"total_params"`
	Trainable    *int           `json:"trainable_params"`
	NonTrainable *int           `json:"non_trainable_params"`
}

type layerSummary struct {
	Name   string `json:"name"` // its path: in blocks and repetitions "stage.1/block.0/conv"
	Type   string `json:"type"`
	Shape  []*int `json:"output_shape"` // null is the batch, or an axis of any length
	Params *int   `json:"params"`

	known bool // whether the shape is known at all
}

func summarize(m *builder.Model) modelSummary {
	out := modelSummary{Name: m.Name, Layers: []layerSummary{}}
	for _, in := range m.Inputs {
		none := 0
		out.Layers = append(out.Layers, layerOf(in.Name, "input", in.Tensor.Spec, &none))
	}
	listed := map[*builder.Layer]bool{}
	for _, u := range m.Uses {
		if listed[u.Layer] {
			continue // a shared layer stands where it is used first
		}
		listed[u.Layer] = true
		params := new(int)
		for _, w := range u.Layer.Weights {
			if n := w.Size(); n == shape.Unknown {
				params = nil
				break
			} else {
				*params += n
			}
		}
		if u.Layer.Partial {
			params = nil
		}
		out.Layers = append(out.Layers, layerOf(u.Layer.Path, u.Layer.Type, u.Outs[0].Spec, params))
	}
	if total, trainable, known := m.Parameters(); known {
		rest := total - trainable
		out.Total, out.Trainable, out.NonTrainable = &total, &trainable, &rest
	}
	return out
}

func layerOf(name, kind string, s shape.Spec, params *int) layerSummary {
	l := layerSummary{Name: name, Type: kind, Params: params, known: s.Known}
	if s.Known {
		l.Shape = []*int{nil}
		for _, d := range s.Shape {
			if d == shape.Unknown {
				l.Shape = append(l.Shape, nil)
			} else {
				l.Shape = append(l.Shape, &d)
			}
		}
	}
	return l
}

// shapeText writes a shape as Keras does: (None, 28, 28, 1).
func (l layerSummary) shapeText() string {
	if !l.known {
		return "?"
	}
	parts := make([]string, len(l.Shape))
	for i, d := range l.Shape {
		parts[i] = "None"
		if d != nil {
			parts[i] = strconv.Itoa(*d)
		}
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// String is the table.
func (s modelSummary) String() string {
	rows := [][3]string{{"Layer (type)", "Output Shape", "Param #"}}
	for _, l := range s.Layers {
		rows = append(rows, [3]string{fmt.Sprintf("%s (%s)", l.Name, l.Type), l.shapeText(), countText(l.Params)})
	}
	width := [3]int{31, 22, 13} // Keras' least
	for _, r := range rows {
		for i, cell := range r {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(left, fill, middle, right string) string {
		var parts []string
		for _, w := range width {
			parts = append(parts, strings.Repeat(fill, w+2))
		}
		return left + strings.Join(parts, middle) + right + "\n"
	}
	row := func(bar string, r [3]string) string {
		return fmt.Sprintf("%s %-*s %s %-*s %s %*s %s\n", bar, width[0], r[0], bar, width[1], r[1], bar, width[2], r[2], bar)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Model: %q\n", s.Name)
	b.WriteString(line("┏", "━", "┳", "┓") + row("┃", rows[0]) + line("┡", "━", "╇", "┩"))
	for i, r := range rows[1:] {
		if i > 0 {
			b.WriteString(line("├", "─", "┼", "┤"))
		}
		b.WriteString(row("│", r))
	}
	b.WriteString(line("└", "─", "┴", "┘"))
	fmt.Fprintf(&b, " Total params: %s\n Trainable params: %s\n Non-trainable params: %s", withSize(s.Total), withSize(s.Trainable), withSize(s.NonTrainable))
	return b.String()
}

func countText(n *int) string {
	if n == nil {
		return "?"
	}
	return grouped(*n)
}

// withSize adds the memory that so many float32 take.
func withSize(n *int) string {
	if n == nil {
		return "?"
	}
	size, unit := float64(*n)*4, "B"
	for _, u := range []string{"KB", "MB", "GB", "TB", "PB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, u
	}
	return fmt.Sprintf("%s (%.2f %s)", grouped(*n), size, unit)
}
